package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.terminal.Progress;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.client.CallRequest;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring stream}: a file of any size as the calls of one session. */
@Command(
    name = "stream",
    header = "Send files to one session in pieces, then print its answer.",
    description = {
      "Cuts the files, one after the other, into pieces of one size and calls the function with each"
          + " piece as its input, without waiting for each answer. What these calls write goes to"
          + " stdout in order: a guest may so transform a stream. Then --then is called, and its"
          + " answer printed.",
      "",
      "Examples:",
      "  mooring stream --module wordcount --function feed --then top README.md",
      "  zcat access.log.gz | mooring stream --module wordcount --function feed --then 'top 3' -",
      "  mooring stream --module echo --function echo photo.jpg > copy.jpg"
    })
public final class StreamCommand implements Callable<Integer> {
  private static final int PIECE_LIMIT_BYTES = 1 << 28;
  private static final int PIPELINE_LIMIT = 1 << 16;

  /**
   * What may be unanswered in all: enough to keep any link busy, little enough to keep in memory.
   */
  private static final int IN_FLIGHT_LIMIT_BYTES = 1 << 23;

  private final Console console;

  @Mixin private SessionOptions options = new SessionOptions();

  @Option(
      names = {"-f", "--function"},
      required = true,
      paramLabel = "F",
      description = "The function that takes the pieces; words for its parameters may follow.")
  private String function = "";

  @Option(
      names = "--then",
      paramLabel = "FUNCTION",
      description =
          "The function that gives the final answer; words for its parameters, then its input, may"
              + " follow, as in --then 'top 3'.")
  private @Nullable String then;

  @Option(
      names = "--piece",
      paramLabel = "BYTES",
      defaultValue = "65536",
      description = "How long a piece is; ${DEFAULT-VALUE} by default.")
  private int pieceBytes;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      defaultValue = "64",
      description = "How many pieces may be unanswered at a time; ${DEFAULT-VALUE} by default.")
  private int pipeline;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "What to send; - is stdin.")
  private List<String> files = new ArrayList<>();

  public StreamCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    requireRange("--piece", pieceBytes, PIECE_LIMIT_BYTES);
    requireRange("--pipeline", pipeline, PIPELINE_LIMIT);
    // Opened first: a name that is wrong should cost nobody anything.
    var sources = new Sources(files, console.in());
    OpenOptions open =
        options
            .toOpenOptions()
            .withInFlight(new OpenOptions.InFlight(pipeline, IN_FLIGHT_LIMIT_BYTES))
            .withListener(new EventPrinter(console));
    try (sources;
        var client = options.newClient();
        MooringSession session = options.open(client, open);
        var _ = options.leaving(session)) {
      CallRequest piece = toRequest(session, function);
      CallRequest last = then == null ? null : toRequest(session, then);
      try (var progress = Progress.on(console, sources.sizeBytes())) {
        send(sources, new Pipeline(session, piece, pipeline, console.out()::writeBytes), progress);
      }
      if (last != null) {
        Answer.print(Remote.await(session.call(last)), console);
      }
      return ExitCode.OK;
    }
  }

  private void send(Sources sources, Pipeline pieces, Progress progress) {
    var cutter = new Pieces(pieceBytes);
    try {
      for (InputStream in = sources.next(); in != null; in = sources.next()) {
        for (byte[] piece = cutter.next(in); piece != null; piece = cutter.next(in)) {
          progress.add(pieces.send(piece));
        }
      }
    } catch (IOException e) {
      throw CommandFailure.failed("can't read " + sources.name() + ": " + ErrorText.of(e), e);
    }
    byte[] rest = cutter.rest();
    if (rest != null) {
      progress.add(pieces.send(rest));
    }
    progress.add(pieces.finish());
  }

  private static CallRequest toRequest(MooringSession session, String line) {
    try {
      return CallLine.parse(line).toRequest(session);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  private static void requireRange(String option, int value, int highest) {
    if (value < 1 || value > highest) {
      throw CommandFailure.usage("%s is %d, expected 1 to %d".formatted(option, value, highest));
    }
  }
}
