package dev.mooring.trace;

import dev.mooring.rate.Rate;
import dev.mooring.rate.RateLimiter;
import dev.mooring.release.Release;
import dev.mooring.session.CallTracer;
import dev.mooring.session.Problem;
import dev.mooring.session.TraceParent;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each call whose client says that its trace is sampled, with what it took inside
 * ({@code waiting}, {@code running}, {@code commit}), and sends them to a collector over OTLP.
 *
 * <p>Event loops only put what has ended into a queue, whose thread sends it in batches. What is
 * more than the queue takes, or the collector, is dropped and counted.
 *
 * <p>Thread-safe.
 */
public final class OtlpTracer implements CallTracer, MeterBinder, AutoCloseable {
  static final AttributeKey<String> RPC_SYSTEM = AttributeKey.stringKey("rpc.system.name");
  static final AttributeKey<String> RPC_METHOD = AttributeKey.stringKey("rpc.method");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  static final AttributeKey<String> SESSION = AttributeKey.stringKey("mooring.session.id");
  static final AttributeKey<String> MODULE = AttributeKey.stringKey("mooring.module");
  static final AttributeKey<String> TENANT = AttributeKey.stringKey("mooring.tenant");
  static final AttributeKey<Long> CALL = AttributeKey.longKey("mooring.call.id");

  private static final String RPC_MOORING = "mooring";
  private static final String PATH = "v1/traces";
  private static final int BATCH_SPANS = 512;
  private static final Duration DELAY = Duration.ofMillis(250);

  /** How long the end of a server waits for the last spans to be sent. */
  private static final int CLOSE_MILLIS = 2_000;

  /** A longer description of what went wrong is cut: it may be a guest's words. */
  private static final int MOST_CHARACTERS = 256;

  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final CountingExporter exporter;
  private final Clock clock = Clock.getDefault();
  private final LongAdder ended = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final RateLimiter limiter;

  private OtlpTracer(Rate rate, SdkTracerProvider provider, CountingExporter exporter) {
    this.limiter = new RateLimiter(rate, System.nanoTime());
    this.provider = provider;
    this.exporter = exporter;
    this.tracer = provider.get("dev.mooring");
  }

  /**
   * Begins to send, once there is something to send; the collector needn't be there yet.
   *
   * @param endpoint the configuration's
   */
  public static OtlpTracer start(TracingConfig config, URI endpoint) {
    var exporter =
        new CountingExporter(
            endpoint,
            OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint + (endpoint.getPath().endsWith("/") ? "" : "/") + PATH)
                .setTimeout(Duration.ofMillis(config.timeoutMillis()))
                .build());
    var about =
        Attributes.of(
            AttributeKey.stringKey("service.name"),
            config.serviceName(),
            AttributeKey.stringKey("service.version"),
            Release.version());
    var provider =
        SdkTracerProvider.builder()
            .setResource(Resource.getDefault().merge(Resource.create(about)))
            .setSampler(Sampler.parentBased(Sampler.alwaysOff()))
            .addSpanProcessor(
                BatchSpanProcessor.builder(exporter)
                    .setMaxQueueSize(config.queuedSpans())
                    .setMaxExportBatchSize(Math.min(BATCH_SPANS, config.queuedSpans()))
                    .setScheduleDelay(DELAY)
                    .setExporterTimeout(Duration.ofMillis(config.timeoutMillis()))
                    .build())
            .build();
    return new OtlpTracer(Rate.perSecond(config.callsPerSecond()), provider, exporter);
  }

  @Override
  public @Nullable TracedCall begin(TraceParent parent, Call call, long waitedNanos) {
    if (!limiter.tryTake(1, System.nanoTime())) {
      refused.increment();
      return null;
    }
    return new CallSpan(parent, call, waitedNanos);
  }

  private static Context remote(TraceParent parent) {
    return Context.root()
        .with(
            Span.wrap(
                SpanContext.createFromRemoteParent(
                    parent.traceId(),
                    parent.spanId(),
                    TraceFlags.getSampled(),
                    TraceState.getDefault())));
  }

  private void finish(Span span, long epochNanos) {
    ended.increment();
    span.end(epochNanos, TimeUnit.NANOSECONDS);
  }

  /** A call's span, and those inside. */
  private final class CallSpan implements CallTracer.TracedCall {
    private final Span call;
    private final Context inside;
    private final Span running;
    private final TraceParent context;
    private long ranNanos;
    private boolean failed;

    CallSpan(TraceParent parent, Call made, long waitedNanos) {
      long now = clock.now();
      String method =
          made.function().isEmpty() ? made.module() : made.module() + "/" + made.function();
      Context outside = remote(parent);
      SpanBuilder builder =
          tracer
              .spanBuilder(method)
              .setSpanKind(SpanKind.SERVER)
              .setParent(outside)
              .setStartTimestamp(now - waitedNanos, TimeUnit.NANOSECONDS)
              .setAttribute(RPC_SYSTEM, RPC_MOORING)
              .setAttribute(RPC_METHOD, method)
              .setAttribute(MODULE, made.module())
              .setAttribute(SESSION, made.session())
              .setAttribute(CALL, made.id());
      if (made.tenant() != null) {
        builder.setAttribute(TENANT, made.tenant());
      }
      call = builder.startSpan();
      inside = outside.with(call);
      context = contextOf(call.getSpanContext());
      finish(part("waiting", now - waitedNanos), now);
      running = part("running", now);
    }

    private static TraceParent contextOf(SpanContext span) {
      String text =
          "00-" + span.getTraceId() + "-" + span.getSpanId() + "-" + span.getTraceFlags().asHex();
      return new TraceParent(text);
    }

    private Span part(String name, long startNanos) {
      return tracer
          .spanBuilder(name)
          .setParent(inside)
          .setStartTimestamp(startNanos, TimeUnit.NANOSECONDS)
          .startSpan();
    }

    @Override
    public TraceParent context() {
      return context;
    }

    @Override
    public void ran(@Nullable Problem problem) {
      ranNanos = clock.now();
      if (problem != null) {
        failed = true;
        String words = problem.message();
        call.setAttribute(ERROR_TYPE, problem.code().name());
        call.setStatus(
            StatusCode.ERROR, words.substring(0, Math.min(words.length(), MOST_CHARACTERS)));
      }
      finish(running, ranNanos);
    }

    @Override
    public void end() {
      long now = clock.now();
      if (!failed) {
        finish(part("commit", ranNanos), now);
      }
      finish(call, now);
    }
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    counter(registry, "ended", tracer -> tracer.ended.sum());
    counter(registry, "exported", tracer -> tracer.exporter.exported());
    counter(registry, "failed", tracer -> tracer.exporter.failed());
    FunctionCounter.builder("mooring.tracing.calls.refused", this, tracer -> tracer.refused.sum())
        .description("Calls of sampled traces that were more than are traced in a second")
        .register(registry);
  }

  private void counter(MeterRegistry registry, String outcome, ToDoubleFunction<OtlpTracer> count) {
    FunctionCounter.builder("mooring.tracing.spans", this, count)
        .description(
            "Spans: those that ended, and of them those that a collector took, or would not; the"
                + " rest wait, or were too many")
        .tag("outcome", outcome)
        .register(registry);
  }

  /** Sends what waits, for two seconds at most. */
  @Override
  public void close() {
    provider.shutdown().join(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
