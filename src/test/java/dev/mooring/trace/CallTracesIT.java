package dev.mooring.trace;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static dev.mooring.trace.OtlpReceiver.hex;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.client.CallRequest;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.store.StoreConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Calls that are parts of traces, from a client through a server to a collector. */
@Timeout(60)
@Patient
final class CallTracesIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String SAMPLED = "00-" + TRACE + "-" + PARENT + "-01";
  private static final String UNSAMPLED = "00-" + TRACE + "-" + PARENT + "-00";

  @TempDir private Path modules;
  @TempDir private Path store;

  private final MooringClient client = MooringClient.builder().build();
  private OtlpReceiver collector;
  private MooringServer server;

  @BeforeEach
  void start() throws IOException {
    collector = new OtlpReceiver();
    Guests.in(modules);
    Files.writeString(
        modules.resolve("told.js"), "export function told() { return traceparent() ?? 'none'; }\n");
    serve(TracingConfig.DEFAULTS.withEndpoint(collector.endpoint()));
  }

  private void serve(TracingConfig tracing) throws IOException {
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        MooringServer.start(
            ServerConfig.of(any, modules)
                .withStore(StoreConfig.NONE.withFolder(store))
                .withTracing(tracing));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
    collector.close();
  }

  private MooringSession open(OpenOptions options) throws Exception {
    return client.open(server.address(), options).get();
  }

  private static String call(MooringSession session, String function, String traceparent)
      throws Exception {
    var request = CallRequest.of(function).withTraceparent(traceparent);
    return session.call(request).get().outputText();
  }

  private static Span named(List<Span> spans, String name) {
    return spans.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  private static String attribute(Span span, String key) {
    return span.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals(key))
        .map(KeyValue::getValue)
        .map(value -> value.hasIntValue() ? "" + value.getIntValue() : value.getStringValue())
        .findFirst()
        .orElse("");
  }

  private static void assertInside(Span outer, List<Span> parts) {
    long last = outer.getStartTimeUnixNano();
    for (Span part : parts) {
      assertEquals(outer.getSpanId(), part.getParentSpanId(), part::getName);
      assertTrue(part.getStartTimeUnixNano() >= last, part::getName);
      assertTrue(part.getEndTimeUnixNano() >= part.getStartTimeUnixNano(), part::getName);
      last = part.getEndTimeUnixNano();
    }
    assertTrue(outer.getEndTimeUnixNano() >= last);
  }

  @Test
  void call_ofASampledTrace_isASpanOfIt_thatTheGuestKnows() throws Exception {
    MooringSession session = open(OpenOptions.module("traced"));
    String seen = call(session, "trace", SAMPLED);
    List<Span> spans = collector.spans(TRACE, 4);
    assertEquals(4, spans.size());
    Span call = named(spans, "traced/trace");
    assertEquals(PARENT, hex(call.getParentSpanId()));
    assertEquals(Span.SpanKind.SPAN_KIND_SERVER, call.getKind());
    assertEquals(StatusCode.STATUS_CODE_UNSET, call.getStatus().getCode());
    assertEquals("00-" + TRACE + "-" + hex(call.getSpanId()) + "-01", seen);
    assertEquals(session.id(), attribute(call, "mooring.session.id"));
    assertEquals("traced", attribute(call, "mooring.module"));
    assertEquals("1", attribute(call, "mooring.call.id"));
    assertEquals("mooring", collector.about("service.name"));
    assertInside(
        call, List.of(named(spans, "waiting"), named(spans, "running"), named(spans, "commit")));
  }

  @Test
  void call_ofAKeptSession_commitsWhenTheStoreHasIt() throws Exception {
    MooringSession session =
        open(
            OpenOptions.module("traced")
                .withKeep(Keep.forTtl(Duration.ofMinutes(1)).withDurability(Keep.Durability.DISK)));
    for (int i = 0; i < 3; i++) {
      call(session, "trace", SAMPLED);
    }
    List<Span> spans = collector.spans(TRACE, 12);
    List<Span> commits =
        spans.stream()
            .filter(span -> span.getName().equals("commit"))
            .sorted(Comparator.comparingLong(Span::getStartTimeUnixNano))
            .toList();
    assertEquals(3, commits.size());
    for (Span commit : commits) {
      long nanos = commit.getEndTimeUnixNano() - commit.getStartTimeUnixNano();
      assertTrue(nanos > 10_000, () -> "a disk was never as fast: " + nanos + " ns");
    }
    session.close();
  }

  @Test
  void call_thatFails_isAFailedSpan() throws Exception {
    MooringSession session = open(OpenOptions.module("traced"));
    assertThrows(ExecutionException.class, () -> call(session, "fall", SAMPLED));
    List<Span> spans = collector.spans(TRACE, 3);
    Span call = named(spans, "traced/fall");
    assertEquals(StatusCode.STATUS_CODE_ERROR, call.getStatus().getCode());
    assertEquals("GUEST_TRAP", attribute(call, "error.type"));
    assertTrue(call.getStatus().getMessage().contains("trapped"), call.getStatus()::getMessage);
    assertInside(call, List.of(named(spans, "waiting"), named(spans, "running")));
    assertEquals(3, spans.size());
  }

  @Test
  void call_ofNoFunction_isAFailedSpanOfItsModule() throws Exception {
    MooringSession session = open(OpenOptions.module("traced"));
    assertThrows(ExecutionException.class, () -> call(session, "nothing", SAMPLED));
    Span call = named(collector.spans(TRACE, 3), "traced");
    assertEquals("FUNCTION_NOT_FOUND", attribute(call, "error.type"));
  }

  @Test
  void call_ofATraceThatIsntSampled_isNoSpan_butTheGuestKnows() throws Exception {
    MooringSession session = open(OpenOptions.module("traced"));
    assertEquals(UNSAMPLED, call(session, "trace", UNSAMPLED));
    assertEquals("", call(session, "trace", ""));
    for (String wrong : List.of("x", SAMPLED + "0", SAMPLED.replace('f', 'F'), "ü".repeat(55))) {
      assertEquals("", call(session, "trace", wrong), wrong);
    }
    assertEquals(UNSAMPLED, call(session, "trace", "42" + UNSAMPLED.substring(2) + "-more"));
    call(session, "trace", SAMPLED);
    collector.spans(TRACE, 4);
    assertEquals(4, collector.count());
  }

  @Test
  void calls_beyondWhatIsTraced_areCounted_andGoOn() throws Exception {
    server.close();
    serve(TracingConfig.DEFAULTS.withEndpoint(collector.endpoint()).withLimits(2, 64, 1_000));
    var registry = new SimpleMeterRegistry();
    server.metrics().bindTo(registry);
    MooringSession session = open(OpenOptions.module("traced"));
    int calls = 50;
    for (int i = 0; i < calls; i++) {
      call(session, "trace", SAMPLED);
    }
    int refused = (int) registry.get("mooring.tracing.calls.refused").functionCounter().count();
    assertTrue(2 * refused > calls, () -> "refused " + refused);
    collector.spans(TRACE, 4 * (calls - refused));
  }

  @Test
  void timer_isPartOfNoTrace() throws Exception {
    MooringSession session = open(OpenOptions.module("traced"));
    var later = CallRequest.of("later").withTraceparent(SAMPLED);
    assertEventually(() -> session.call(later).join().i32() == 0, "the timer knew no trace");
  }

  @Test
  void script_readsItsTrace() throws Exception {
    MooringSession session = open(OpenOptions.module("told"));
    String seen = call(session, "told", SAMPLED);
    Span call = named(collector.spans(TRACE, 4), "told/told");
    assertEquals("00-" + TRACE + "-" + hex(call.getSpanId()) + "-01", seen);
    assertEquals("none", call(session, "told", ""));
  }

  @Test
  void log_ofATracedCall_namesTheTrace() throws Exception {
    var logger = (Logger) LoggerFactory.getLogger("dev.mooring.guest.log");
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    Level before = logger.getLevel();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
    try {
      MooringSession session = open(OpenOptions.module("traced"));
      call(session, "trace", UNSAMPLED);
      call(session, "trace", "");
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(before);
    }
    List<Boolean> traced =
        lines.list.stream()
            .map(
                line ->
                    line.getKeyValuePairs().stream()
                        .anyMatch(pair -> pair.toString().equals("trace_id=\"" + TRACE + "\"")))
            .toList();
    assertEquals(List.of(true, false), traced);
  }

  @Test
  void collector_thatIsAway_isCounted_andCallsGoOn() throws Exception {
    URI nowhere = collector.endpoint();
    server.close();
    collector.close();
    serve(TracingConfig.DEFAULTS.withEndpoint(nowhere));
    var registry = new SimpleMeterRegistry();
    server.metrics().bindTo(registry);
    MooringSession session = open(OpenOptions.module("traced"));
    call(session, "trace", SAMPLED);
    assertEventually(
        () ->
            registry.get("mooring.tracing.spans").tag("outcome", "failed").functionCounter().count()
                == 4,
        "four spans are lost");
    session.close();
  }
}
