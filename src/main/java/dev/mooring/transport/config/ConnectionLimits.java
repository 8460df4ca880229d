package dev.mooring.transport.config;

import dev.mooring.setting.InvalidSetting;

/**
 * What connections may cost, together and one by one. At a limit of all, the newest is refused and
 * told to come again; what runs goes on.
 *
 * @param sessions how many there may be
 * @param sessionsPerAddress how many there may be from one address
 * @param inboundBytes how much that came from all clients together may wait to be whole or to be
 *     done; above it, new connections are refused, and those for which most is held are ended
 * @param outboundBytes how much may wait to be written to all clients together; above it, new
 *     connections and the calls of those that don't read are refused, and those for which most is
 *     held are ended
 * @param writeStallMillis how long a client may take too little of what waits for it
 * @param frameAgeMillis how long a client may take over one frame; time in which it wasn't read
 *     doesn't count
 * @param idleMillis how long a client may say nothing while nothing is done for it; 0: for ever
 */
public record ConnectionLimits(
    int sessions,
    int sessionsPerAddress,
    long inboundBytes,
    long outboundBytes,
    int writeStallMillis,
    int frameAgeMillis,
    int idleMillis) {
  private static final int HEAP_SHARE = 8;
  private static final long MAX_DEFAULT_SESSIONS = 100_000;

  /** What a session that does nothing takes of the heap is a third of this. */
  private static final long SESSION_HEAP_BYTES = 16 * 1024;

  /** What a server allows if its operator says nothing. */
  public static final ConnectionLimits DEFAULTS =
      new ConnectionLimits(
          (int)
              Math.min(MAX_DEFAULT_SESSIONS, Runtime.getRuntime().maxMemory() / SESSION_HEAP_BYTES),
          10_000,
          Runtime.getRuntime().maxMemory() / HEAP_SHARE,
          Runtime.getRuntime().maxMemory() / HEAP_SHARE,
          30_000,
          30_000,
          0);

  public ConnectionLimits {
    InvalidSetting.requireAtLeast(1, "sessions", sessions);
    InvalidSetting.requireAtLeast(1, "sessionsPerAddress", sessionsPerAddress);
    InvalidSetting.requireAtLeast(1, "inboundBytes", inboundBytes);
    InvalidSetting.requireAtLeast(1, "outboundBytes", outboundBytes);
    InvalidSetting.requireAtLeast(1, "writeStallMillis", writeStallMillis);
    InvalidSetting.requireAtLeast(1, "frameAgeMillis", frameAgeMillis);
    InvalidSetting.requireAtLeast(0, "idleMillis", idleMillis);
  }

  public ConnectionLimits withSessions(int all, int perAddress) {
    return new ConnectionLimits(
        all, perAddress, inboundBytes, outboundBytes, writeStallMillis, frameAgeMillis, idleMillis);
  }

  public ConnectionLimits withInboundBytes(long changed) {
    return new ConnectionLimits(
        sessions,
        sessionsPerAddress,
        changed,
        outboundBytes,
        writeStallMillis,
        frameAgeMillis,
        idleMillis);
  }

  public ConnectionLimits withOutboundBytes(long changed) {
    return new ConnectionLimits(
        sessions,
        sessionsPerAddress,
        inboundBytes,
        changed,
        writeStallMillis,
        frameAgeMillis,
        idleMillis);
  }

  /** With other times, in milliseconds. */
  public ConnectionLimits withTimes(int writeStall, int frameAge, int idle) {
    return new ConnectionLimits(
        sessions, sessionsPerAddress, inboundBytes, outboundBytes, writeStall, frameAge, idle);
  }
}
