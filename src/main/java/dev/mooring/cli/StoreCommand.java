package dev.mooring.cli;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.server.StoreFiles;
import dev.mooring.session.StoredSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mooring store}: a look into a store, and a hand in it. */
@Command(
    name = "store",
    header = "Look into a folder of stored sessions.",
    description = {
      "The store of a server that runs is the server's alone: end it first.",
      "",
      "  list              a line for each session: its id, name, module, tenant, until when it lives",
      "  show SESSION      all that may be said of one, by its id or its name",
      "  delete SESSION    ends one for good, by its id; its guest doesn't hear of it",
      "  export SESSION F  writes one to the file F, without its tokens; whoever has F has the state",
      "  import F          adds one that was exported; it is found by its name",
      "  backup DIR        copies all to a new folder, which is a store then",
      "",
      "Examples:",
      "  mooring store /var/lib/mooring list",
      "  mooring store sessions export visits visits.session"
    })
final class StoreCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder, as in serve --store.")
  private Path folder = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "WHAT",
      description = "list, show, delete, export, import or backup.")
  private String what = "";

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "SESSION|F|DIR",
      description = "Of what, or to where.")
  private @Nullable String of;

  @Parameters(index = "3", arity = "0..1", paramLabel = "F", description = "The file of an export.")
  private @Nullable Path to;

  StoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    checkArguments();
    try (var store = new StoreFiles(folder)) {
      return act(store);
    } catch (IOException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
  }

  private void checkArguments() {
    int wanted =
        switch (what) {
          case "list" -> 0;
          case "show", "delete", "import", "backup" -> 1;
          case "export" -> 2;
          default ->
              throw CommandFailure.usage(
                  "expected list, show, delete, export, import or backup, got '" + what + "'");
        };
    int given = (of == null ? 0 : 1) + (to == null ? 0 : 1);
    if (given != wanted) {
      throw CommandFailure.usage(
          "store %s takes %d more, got %d; see `mooring store --help`"
              .formatted(what, wanted, given));
    }
  }

  private int act(StoreFiles store) throws IOException {
    String argument = String.valueOf(of);
    switch (what) {
      case "list" -> {
        return list(store);
      }
      case "show" -> show(store, argument);
      case "delete" -> {
        store.delete(argument);
        console.out().println("deleted " + argument);
      }
      case "export" -> store.export(store.find(argument).id(), Path.of(String.valueOf(to)));
      case "import" ->
          console.out().println("imported " + line(store.importFrom(Path.of(argument))));
      default -> store.backup(Path.of(argument));
    }
    return ExitCode.OK;
  }

  private int list(StoreFiles store) throws IOException {
    StoreFiles.Content content = store.list();
    content.sessions().forEach(session -> console.out().println(line(session)));
    content
        .damaged()
        .forEach(
            one -> console.err().println(Bytes.toLine(one.id()) + " can't be read: " + one.why()));
    return content.damaged().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static String line(StoredSummary session) {
    return Bytes.toLine(
        "%s  %-16s  %s%s  %s  %s"
            .formatted(
                session.id(),
                session.name().isEmpty() ? "-" : session.name(),
                session.module(),
                session.tenant() == null ? "" : "  of " + session.tenant(),
                session.durability().name().toLowerCase(Locale.ROOT),
                until(session)));
  }

  private static String until(StoredSummary session) {
    return session.expiresMillis() == 0
        ? "on a connection"
        : "until " + time(Math.min(session.expiresMillis(), session.endMillis()));
  }

  private static String time(long millis) {
    return millis == Long.MAX_VALUE
        ? "for ever"
        : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void show(StoreFiles store, String argument) throws IOException {
    StoredSummary session = store.find(argument);
    console.out().println(line(session));
    console.out().println("module bytes   " + session.moduleDigest());
    store.details(session.id()).forEach(line -> console.out().println(Bytes.toLine(line)));
  }
}
