package dev.mooring.server.protocol;

import dev.mooring.client.CallRequest;
import dev.mooring.client.CallResult;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionEnd;
import dev.mooring.client.SessionLimits;
import dev.mooring.client.Value;
import dev.mooring.client.ValueType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The script of {@code client/raw/scenario.txt}, for the bundled client. One thread. */
final class ClientScenario {
  private static final String MODULE = "conformance";
  private static final int WAIT_SECONDS = 20;

  private static final List<String> NUMBERS =
      List.of(
          "f32 0.1",
          "f32 -inf",
          "f32 nan",
          "f32 nan:0x200000",
          "f32 -nan:0x1",
          "f64 nan:0x1",
          "f64 -nan:0x4000000000000",
          "i32 4294967295",
          "i64 -0x8000000000000000",
          "i32 4294967296",
          "i32 0.5",
          "i64 nan",
          "i64 18446744073709551616",
          "f32 1e39",
          "f64 -1e309",
          "f32 nan:0x800000",
          "f64 half");

  private final MooringClient client;
  private final String address;
  private final @Nullable String token;
  private final BlockingQueue<byte[]> events = new LinkedBlockingQueue<>();
  private final StringBuilder transcript = new StringBuilder();

  ClientScenario(MooringClient client, String address, @Nullable String token) {
    this.client = client;
    this.address = address;
    this.token = token;
  }

  /** Runs it all; what it told. */
  String run() throws Exception {
    title("opening");
    tell("nobody: " + why(openingFailure(OpenOptions.module("nobody"))));
    tell("an unknown key: " + why(openingFailure(module().withConfig("colour", "red"))));
    tell("a guest that traps: " + why(openingFailure(module().withConfig("open", "trap"))));
    MooringSession session =
        open(
            module()
                .withConfig("text", "grüß dich")
                .withConfig("open", "event")
                .withConfig("close", "event")
                .withLimits(
                    SessionLimits.DEFAULTS
                        .withMemoryBytes(1 << 20)
                        .withCallTimeout(Duration.ofSeconds(1)))
                .onEvent(events::add));
    tell("opened: " + join(session.exports()));
    tell("memory_bytes: " + session.limits().memoryBytes());
    tell("call_timeout_ms: " + session.limits().callTimeout().toMillis());
    tell("event: " + nextEvent());
    typedCalls(session);
    byteCalls(session);
    pipelinedCalls(session);
    events(session);
    errors(session);
    times(session);
    title("ping");
    tell(get(session.ping()).isNegative() ? "answered before it was asked" : "answered");
    closing(session);
    keptSessions();
    return transcript.toString();
  }

  private void typedCalls(MooringSession session) throws Exception {
    title("typed calls");
    tell("i32(-1): " + value(session, "i32", Value.i32(-1)));
    tell("i32(-2147483648): " + value(session, "i32", Value.i32(Integer.MIN_VALUE)));
    tell("i64(9223372036854775807): " + value(session, "i64", Value.i64(Long.MAX_VALUE)));
    tell("f32(1.5): " + value(session, "f32", Value.f32(1.5f)));
    tell("f64(-0.0): " + value(session, "f64", Value.f64(-0.0)));
    tell("f64(inf): " + value(session, "f64", Value.f64(Double.POSITIVE_INFINITY)));
    tell(
        "mix(1, 2, 3.5, 4.25): "
            + value(session, "mix", Value.i32(1), Value.i64(2), Value.f32(3.5f), Value.f64(4.25)));
    for (String number : NUMBERS) {
      String function = number.substring(0, number.indexOf(' '));
      String text = number.substring(number.indexOf(' ') + 1);
      tell(function + "(" + text + "): " + valueOfText(session, function, text));
    }
  }

  /** What comes back of a number as people write it, or why it isn't sent. */
  private static String valueOfText(MooringSession session, String function, String text)
      throws Exception {
    Value argument;
    try {
      argument = Value.parse(ValueType.valueOf(function.toUpperCase(Locale.ROOT)), text);
    } catch (NumberFormatException e) {
      return String.valueOf(e.getMessage());
    }
    return value(session, function, argument);
  }

  private void byteCalls(MooringSession session) throws Exception {
    title("byte calls");
    tell("echo(): " + get(session.call("echo")).output().length + " bytes");
    tell("echo(grüß dich): " + get(session.call("echo", utf8("grüß dich"))).outputText());
    byte[] many = new byte[300_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = (byte) (i % 250);
    }
    boolean same = Arrays.equals(many, get(session.call("echo", many)).output());
    tell("echo of " + many.length + " bytes: " + (same ? "the same" : "others"));
    tell("config(text): " + get(session.call("config", utf8("text"))).outputText());
  }

  private void pipelinedCalls(MooringSession session) throws Exception {
    title("pipelined calls");
    var calls = new ArrayList<CompletableFuture<CallResult>>();
    for (int i = 0; i < 100; i++) {
      calls.add(session.call("add", Value.i64(1)));
    }
    var sums = new ArrayList<Long>();
    for (CompletableFuture<CallResult> call : calls) {
      sums.add(get(call).i64());
    }
    boolean inOrder = sums.equals(sums.stream().sorted().toList());
    tell(
        "100 times add(1): %d to %d, %s"
            .formatted(sums.getFirst(), sums.getLast(), inOrder ? "in order" : "in no order"));
    calls.clear();
    calls.add(session.call("add", Value.i64(1)));
    calls.add(session.call("fail"));
    calls.add(session.call("add", Value.i64(1)));
    calls.add(session.call("trap", Value.i32(6)));
    calls.add(session.call("add", Value.i64(1)));
    var answers = new ArrayList<String>();
    for (CompletableFuture<CallResult> call : calls) {
      try {
        answers.add(String.valueOf(get(call).i64()));
      } catch (MooringException e) {
        answers.add(e.code().name());
      }
    }
    tell("add(1), fail, add(1), trap(6), add(1): " + String.join(", ", answers));
  }

  private void events(MooringSession session) throws Exception {
    title("events");
    String output = get(session.call("events", Value.i32(3))).outputText();
    tell("events(3): %s, and then: %s".formatted(join(takeEvents()), output));
    for (int size : new int[] {0, 70_000}) {
      get(session.call("event", Value.i32(size)));
      List<String> taken = takeEvents();
      tell(
          "event(%d): %d event, %d bytes".formatted(size, taken.size(), taken.getFirst().length()));
    }
    get(session.call("timer", Value.i32(20)));
    tell("timer(20): " + nextEvent());
  }

  private void errors(MooringSession session) throws Exception {
    title("errors");
    tell("nothing: " + why(failure(session.call("nothing"))));
    tell("add(i32 1): " + why(failure(session.call("add", Value.i32(1)))));
    MooringException failed = failure(session.call("fail", utf8("no more")));
    tell("fail(no more): " + why(failed) + ": " + text(failed));
    tell("exit(3): " + why(failure(session.call("exit", Value.i32(3)))));
    tell("spin: " + why(failure(session.call("spin"))));
    tell("fill(5000000): " + why(failure(session.call("fill", Value.i32(5_000_000)))));
    tell("events(300): " + why(failure(session.call("events", Value.i32(300)))));
    for (int kind = 1; kind < 10; kind++) {
      tell("trap(" + kind + "): " + why(failure(session.call("trap", Value.i32(kind)))));
    }
    MooringException tooLarge = failure(session.call("echo", new byte[5_000_000]));
    tell("echo of 5000000 bytes: " + tooLarge.code());
    tell("grow(1000): " + value(session, "grow", Value.i32(1_000)));
    tell("get: " + value(session, "get"));
    tell("events meanwhile: " + takeEvents().size());
  }

  private void times(MooringSession session) throws Exception {
    title("times");
    // The first may run before the server has read the others, whose time begins when it has.
    for (int i = 0; i < 3; i++) {
      var _ = session.call("work", Value.i32(60));
    }
    var late = session.call(CallRequest.of("get").withTimeout(Duration.ofMillis(30)));
    tell("3 times work(60), then get within 30 ms: " + failure(late).code());
    CompletableFuture<CallResult> first = session.call("work", Value.i32(200));
    CompletableFuture<CallResult> second = session.call("add", Value.i64(1));
    second.cancel(false);
    tell("work(200), then add(1) cancelled: " + cancelled(second));
    get(first);
    tell("get: " + value(session, "get"));
  }

  private void closing(MooringSession session) throws Exception {
    title("closing");
    SessionEnd end = get(session.closeAsync());
    tell("event: " + nextEvent());
    tell(reason(end));
    failure(session.call("get"));
    tell("get: refused");
  }

  private void keptSessions() throws Exception {
    title("kept sessions");
    Keep keep = Keep.named("till").withTtl(Duration.ofMinutes(1));
    Keep existing = keep.withNamePolicy(Keep.NamePolicy.MUST_EXIST);
    tell("there is none: " + why(openingFailure(kept(existing))));
    tell("a bad name: " + why(openingFailure(kept(Keep.named("-")))));
    MooringSession first = open(kept(keep.withNamePolicy(Keep.NamePolicy.MUST_BE_NEW)));
    Keep granted = first.keep().orElseThrow();
    tell(
        "a new one: %s, %s, %d ms, after call %d"
            .formatted(
                granted.name(),
                granted.durability(),
                granted.ttl().toMillis(),
                first.committedId()));
    tell("event: " + nextEvent());
    tell("add(5): " + value(first, "add", Value.i64(5)));
    tell("left: " + reason(get(first.detachAsync())));
    tell("received: " + first.received());
    var mustBeNew = kept(keep.withNamePolicy(Keep.NamePolicy.MUST_BE_NEW));
    tell("must be new: " + why(openingFailure(mustBeNew)));
    MooringSession second = open(kept(existing));
    tell("gone on with by name: after call " + second.committedId());
    tell("add(5): " + value(second, "add", Value.i64(5)));
    var resume = OpenOptions.resume(second.token(), second.received()).onEvent(events::add);
    MooringSession third = open(resume);
    tell("gone on with by token: after call " + third.committedId());
    tell("the other: " + reason(get(second.ended())));
    tell("get: " + value(third, "get"));
    tell("events meanwhile: " + takeEvents().size());
    tell("closed: " + reason(get(third.closeAsync())));
    tell("by token again: " + why(openingFailure(resume)));
  }

  private OpenOptions kept(Keep keep) {
    return module().withConfig("open", "event").withKeep(keep).onEvent(events::add);
  }

  private static String reason(SessionEnd end) {
    return switch (end) {
      case SessionEnd.Closed(var reason) -> reason.name();
      case SessionEnd.Failed(var error) -> why(error);
    };
  }

  private OpenOptions module() {
    return OpenOptions.module(MODULE);
  }

  private MooringSession open(OpenOptions options) throws Exception {
    return get(client.open(address, options.withAuthToken(token)));
  }

  private MooringException openingFailure(OpenOptions options) throws Exception {
    return failure(client.open(address, options.withAuthToken(token)));
  }

  private String nextEvent() throws InterruptedException {
    byte[] event = events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    if (event == null) {
      throw new AssertionError("no event came");
    }
    return new String(event, StandardCharsets.UTF_8);
  }

  private List<String> takeEvents() {
    var taken = new ArrayList<byte[]>();
    events.drainTo(taken);
    return taken.stream().map(event -> new String(event, StandardCharsets.UTF_8)).toList();
  }

  private static String value(MooringSession session, String function, Value... arguments)
      throws Exception {
    return switch (get(session.call(function, arguments)).value()) {
      case Value.I32(int value) -> "i32 " + value;
      case Value.I64(long value) -> "i64 " + value;
      case Value.F32(float value) -> "f32 %08x".formatted(Float.floatToRawIntBits(value));
      case Value.F64(double value) -> "f64 %016x".formatted(Double.doubleToRawLongBits(value));
    };
  }

  private static <T> T get(CompletableFuture<T> answer) throws Exception {
    try {
      return answer.get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof MooringException error ? error : e;
    }
  }

  /** What it fails of. */
  private static MooringException failure(CompletableFuture<?> answer) throws Exception {
    try {
      get(answer);
    } catch (MooringException e) {
      return e;
    }
    throw new AssertionError("it didn't fail");
  }

  /** The bundled client doesn't wait for the answer of a call that it cancelled. */
  private static String cancelled(CompletableFuture<CallResult> call) throws Exception {
    try {
      return "a result: " + get(call);
    } catch (CancellationException e) {
      return "CANCELLED";
    }
  }

  private static String why(MooringException error) {
    return error.code()
        + (error.retryable() ? ", retryable" : ", not retryable")
        + (error.trap() == null ? "" : ", " + error.trap());
  }

  /** What the server said, without the code that the client puts before it. */
  private static String text(MooringException error) {
    String message = String.valueOf(error.getMessage());
    return message.substring(message.indexOf(": ") + 2);
  }

  private static String join(List<?> things) {
    return things.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void title(String text) {
    transcript.append(text).append('\n');
  }

  private void tell(String line) {
    transcript.append("  ").append(line).append('\n');
  }
}
