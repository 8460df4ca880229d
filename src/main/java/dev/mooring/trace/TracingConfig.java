package dev.mooring.trace;

import dev.mooring.setting.InvalidSetting;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where spans go.
 *
 * @param endpoint a collector's address for OTLP over HTTP, without {@code /v1/traces}; null for
 *     nowhere
 * @param serviceName what the server is called in traces
 * @param callsPerSecond how many calls are traced in a second; of more, none is a span; 0: any
 *     number
 * @param queuedSpans how many may wait to be sent; what is more is dropped, and counted
 * @param timeoutMillis how long a collector may take for a batch
 */
public record TracingConfig(
    @Nullable URI endpoint,
    String serviceName,
    int callsPerSecond,
    int queuedSpans,
    int timeoutMillis) {
  /** Nowhere. */
  public static final TracingConfig DEFAULTS =
      new TracingConfig(null, "mooring", 200, 8_192, 10_000);

  public TracingConfig {
    InvalidSetting.requireAtLeast(0, "callsPerSecond", callsPerSecond);
    InvalidSetting.requireAtLeast(1, "queuedSpans", queuedSpans);
    InvalidSetting.requireAtLeast(1, "timeoutMillis", timeoutMillis);
    if (serviceName.isBlank()) {
      throw new InvalidSetting("serviceName", "is empty; it must name the server");
    }
  }

  public TracingConfig withEndpoint(@Nullable URI changed) {
    return new TracingConfig(changed, serviceName, callsPerSecond, queuedSpans, timeoutMillis);
  }

  public TracingConfig withLimits(int callsPerSecond, int queuedSpans, int timeoutMillis) {
    return new TracingConfig(endpoint, serviceName, callsPerSecond, queuedSpans, timeoutMillis);
  }
}
