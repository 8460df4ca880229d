package dev.mooring.trace;

import dev.mooring.error.ErrorText;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what a collector takes, and says in our log, now and then, that it takes nothing.
 *
 * <p>Thread-safe.
 */
final class CountingExporter implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(CountingExporter.class);

  /**
   * What the library would say by itself, past our log. It is held, as else it may be forgotten.
   */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private static final long TELL_NANOS = TimeUnit.MINUTES.toNanos(1);

  static {
    LIBRARY.setLevel(Level.OFF);
  }

  private final URI endpoint;
  private final SpanExporter exporter;
  private final LongAdder exported = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicLong toldNanos = new AtomicLong(System.nanoTime() - TELL_NANOS);

  CountingExporter(URI endpoint, SpanExporter exporter) {
    this.endpoint = endpoint;
    this.exporter = exporter;
  }

  /** How many spans were taken. */
  long exported() {
    return exported.sum();
  }

  /** How many were not. */
  long failed() {
    return failed.sum();
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int count = spans.size();
    CompletableResultCode result = exporter.export(spans);
    return result.whenComplete(
        () -> {
          if (result.isSuccess()) {
            exported.add(count);
          } else {
            failed.add(count);
            tell(result.getFailureThrowable());
          }
        });
  }

  private void tell(@Nullable Throwable why) {
    long now = System.nanoTime();
    long told = toldNanos.get();
    if (now - told >= TELL_NANOS && toldNanos.compareAndSet(told, now)) {
      LOG.atWarn()
          .addKeyValue("endpoint", endpoint)
          .addKeyValue("spans", failed.sum())
          .log(
              "traces can't be sent, and are dropped: {}",
              why == null ? "the collector refused them" : ErrorText.of(why));
    }
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
