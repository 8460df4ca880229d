package dev.mooring.transport.config;

import dev.mooring.setting.InvalidSetting;

/**
 * How connections are kept.
 *
 * @param eventLoops how many event loops, each a thread
 * @param backlog connections that the operating system may hold until they are accepted
 * @param frameBytes the longest message that is read
 * @param writeLowBytes how little must wait to be written before a session goes on
 * @param writeHighBytes how much may wait to be written before a session stops
 * @param lingerMillis how long a connection that the server ended may take to read the last word
 * @param sickAfterMillis how long a call may go on after it was to stop, until its loop counts as
 *     sick and gets no new connections
 * @param limits what connections may cost
 * @param listener how connections come in
 */
public record TransportConfig(
    int eventLoops,
    int backlog,
    int frameBytes,
    int writeLowBytes,
    int writeHighBytes,
    int lingerMillis,
    int sickAfterMillis,
    ConnectionLimits limits,
    ListenerConfig listener) {
  /** What a server does if its operator says nothing. */
  public static final TransportConfig DEFAULTS =
      new TransportConfig(
          Runtime.getRuntime().availableProcessors(),
          4_096,
          4 << 20,
          32 << 10,
          64 << 10,
          2_000,
          1_000,
          ConnectionLimits.DEFAULTS,
          ListenerConfig.DEFAULTS);

  public TransportConfig {
    InvalidSetting.requireAtLeast(1, "eventLoops", eventLoops);
    InvalidSetting.requireAtLeast(1, "backlog", backlog);
    InvalidSetting.requireAtLeast(1_024, "frameBytes", frameBytes);
    InvalidSetting.requireAtLeast(0, "writeLowBytes", writeLowBytes);
    InvalidSetting.require(
        writeHighBytes > writeLowBytes,
        "writeHighBytes",
        writeHighBytes,
        "be at least 1 more than",
        "writeLowBytes",
        writeLowBytes);
    InvalidSetting.requireAtLeast(1, "lingerMillis", lingerMillis);
    InvalidSetting.requireAtLeast(1, "sickAfterMillis", sickAfterMillis);
  }

  public TransportConfig withEventLoops(int changed) {
    return with(changed, backlog, sickAfterMillis, limits, listener);
  }

  public TransportConfig withBacklog(int changed) {
    return with(eventLoops, changed, sickAfterMillis, limits, listener);
  }

  public TransportConfig withSickAfterMillis(int changed) {
    return with(eventLoops, backlog, changed, limits, listener);
  }

  public TransportConfig withLimits(ConnectionLimits changed) {
    return with(eventLoops, backlog, sickAfterMillis, changed, listener);
  }

  public TransportConfig withListener(ListenerConfig changed) {
    return with(eventLoops, backlog, sickAfterMillis, limits, changed);
  }

  /** What anybody changes, with what nobody does. */
  private TransportConfig with(
      int eventLoops,
      int backlog,
      int sickAfterMillis,
      ConnectionLimits limits,
      ListenerConfig listener) {
    return new TransportConfig(
        eventLoops,
        backlog,
        frameBytes,
        writeLowBytes,
        writeHighBytes,
        lingerMillis,
        sickAfterMillis,
        limits,
        listener);
  }
}
