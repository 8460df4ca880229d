package dev.mooring.cli;

import dev.mooring.cli.client.CallLine;
import dev.mooring.cli.client.Pipeline;
import dev.mooring.cli.client.Remote;
import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Durations;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.cli.text.Values;
import dev.mooring.client.CallRequest;
import dev.mooring.client.CallResult;
import dev.mooring.client.ErrorCode;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionLimits;
import dev.mooring.release.Release;
import dev.mooring.server.MooringServer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The chapters of the demo. Each shows something, and fails if it wasn't so. For one thread. */
final class Tour {
  private static final int PATIENCE_SECONDS = 10;
  private static final int ANSWER_COLUMN = 30;
  private static final int EVENTS = 3;
  private static final int TEXT_BYTES = 16 << 20;
  private static final int PIECE_BYTES = 64 << 10;
  private static final int PIPELINE = 64;

  private final MooringServer server;
  private final MooringClient client;
  private final Console console;
  private final PrintStream out;
  private int chapter;

  Tour(MooringServer server, MooringClient client, Console console) {
    this.server = server;
    this.client = client;
    this.console = console;
    this.out = console.out();
  }

  /**
   * Tells all of it.
   *
   * @throws CommandFailure if something isn't as promised
   */
  void run() throws InterruptedException {
    out.println(
        "Mooring %s listens on %s, in this process. What follows goes through it over TCP."
            .formatted(Release.version(), HostAndPort.name(server.address())));
    twoSessions();
    events();
    failure();
    stream();
    end();
  }

  private void twoSessions() {
    title("One module, two sessions: each connection has an instance of its own");
    try (MooringSession left = open(OpenOptions.module("counter"));
        MooringSession right = open(OpenOptions.module("counter"))) {
      show("left", left, "add 40", "40");
      show("right", right, "add 7", "7");
      show("left", left, "add 2", "42");
      show("right", right, "get", "7");
      tell("The functions are the module's plain exports; this one uses no SDK.");
    }
  }

  private void events() throws InterruptedException {
    title("A guest may speak first: a timer of its own, and an event for each tick");
    var events = new LinkedBlockingQueue<String>();
    var options =
        OpenOptions.module("ticker")
            .onEvent(payload -> events.add(new String(payload, StandardCharsets.UTF_8)));
    try (MooringSession session = open(options)) {
      show("ticker", session, "start 100", "");
      for (int tick = 1; tick <= EVENTS; tick++) {
        String event = next(events);
        expect("an event", event.contains("\"tick\":" + tick + ","), event);
        out.println("   " + console.outInk(Console.Ink.CYAN, "event ") + event);
      }
      show("ticker", session, "stop", "");
    }
  }

  private void failure() {
    title("A call that fails costs that call: the session and its state live on");
    try (MooringSession session = open(OpenOptions.module("kv"))) {
      show("kv", session, "put harbour=Brest", "");
      try {
        Remote.await(session.call(CallRequest.of("get").withInput("lighthouse")));
        throw CommandFailure.failed("the demo expected an error, but the call succeeded");
      } catch (MooringException e) {
        expect("the guest's own error", e.code() == ErrorCode.GUEST_FAILED, e.toString());
        line(
            "kv",
            "get lighthouse",
            console.outInk(Console.Ink.RED, String.valueOf(e.getMessage())));
      }
      show("kv", session, "get harbour", "Brest");
    }
  }

  private void stream() {
    var text = new SeaText(TEXT_BYTES);
    title(
        "%s of text in pieces of %s, pipelined: words may be cut anywhere"
            .formatted(Bytes.toSize(TEXT_BYTES), Bytes.toSize(PIECE_BYTES)));
    // The first pieces run before the JIT has compiled the guest: give them time on a busy machine.
    var limits = SessionLimits.DEFAULTS.withCallTimeout(Duration.ofSeconds(1));
    try (MooringSession session = open(OpenOptions.module("wordcount").withLimits(limits))) {
      long startNanos = System.nanoTime();
      int pieces = feed(session, text.bytes());
      CallResult top = Remote.await(session.call(CallRequest.of("top").withInput("3")));
      var took = Duration.ofNanos(System.nanoTime() - startNanos);
      line("wordcount", pieces + " times feed", Durations.print(took));
      line("wordcount", "top 3", top.outputText());
      String words = "\"words\":" + text.words() + ",";
      String most = "{\"word\":\"%s\",\"count\":%d}".formatted(text.topWord(), text.topCount());
      expect("the right number of words", top.outputText().contains(words), top.outputText());
      expect("the right first word", top.outputText().contains(most), top.outputText());
      tell("The same counts as this program made when it wrote the text.");
    }
  }

  private void end() throws InterruptedException {
    title("Goodbye: a session's instance ends with it, and a server drains before it stops");
    int left = server.liveSpaces();
    for (int tries = 0; left > 0 && tries < PATIENCE_SECONDS * 10; tries++) {
      Thread.sleep(100);
      left = server.liveSpaces();
    }
    expect("no instance left behind", left == 0, left + " instances");
    expect("a drained server", server.drain(), "sessions that did not end");
    tell("No instance is left. Now you: mooring serve, and in another window");
    tell("mooring shell --module kv");
  }

  private int feed(MooringSession session, byte[] text) {
    var pieces = new Pipeline(session, CallRequest.of("feed"), PIPELINE, output -> {});
    int count = 0;
    for (int at = 0; at < text.length; at += PIECE_BYTES) {
      int end = Math.min(at + PIECE_BYTES, text.length);
      pieces.send(Arrays.copyOfRange(text, at, end));
      count++;
    }
    pieces.finish();
    return count;
  }

  private MooringSession open(OpenOptions options) {
    return Remote.await(client.open(server.address(), options));
  }

  /** Makes a call as it would be typed, and shows it with its answer. */
  private void show(String name, MooringSession session, String call, String expected) {
    CallRequest request = CallLine.parse(call).toRequest(session);
    CallResult result = Remote.await(session.call(request));
    String answer = result.values().isEmpty() ? result.outputText() : Values.print(result.value());
    line(name, call, answer);
    expect("'" + expected + "' from " + call, answer.equals(expected), "'" + answer + "'");
  }

  private void title(String text) {
    chapter++;
    out.println();
    out.println(console.outInk(Console.Ink.BOLD, chapter + ". " + text));
  }

  private void line(String name, String call, String answer) {
    String prompt = name + "> ";
    String blanks = " ".repeat(Math.max(1, ANSWER_COLUMN - prompt.length() - call.length()));
    out.println("   " + console.outInk(Console.Ink.DIM, prompt) + call + blanks + answer);
  }

  private void tell(String text) {
    out.println("   " + text);
  }

  private static String next(BlockingQueue<String> events) throws InterruptedException {
    String event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (event == null) {
      throw CommandFailure.failed(
          "the demo expected an event within %d s, got none".formatted(PATIENCE_SECONDS));
    }
    return event;
  }

  private static void expect(String what, boolean isSo, String actual) {
    if (!isSo) {
      throw CommandFailure.failed("the demo expected " + what + ", got " + Bytes.toLine(actual));
    }
  }
}
