package dev.mooring.session;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.setting.InvalidSetting;

/**
 * What one session may use.
 *
 * @param memoryBytes its guest's linear memory
 * @param callTimeoutMillis how long a call may run when nobody asks for another time
 * @param maxCallTimeoutMillis how long a client may ask for
 * @param outputBytes what one call may write
 * @param eventsPerCall how many events one call may send
 * @param timers how many timers may be set at a time
 * @param queuedCalls decoded calls that may wait; reading stops there
 * @param queuedBytes their payloads together; reading stops there
 * @param configEntries how many keys a client may configure
 * @param configBytes keys and values together
 * @param firstMessageMillis how long a connection may wait before it opens a session
 * @param onFailure what becomes of a session whose call failed without the guest's asking
 * @param log what its guest may log
 * @param lifetime how long it may live
 * @param keep how it may be kept without a connection
 */
public record SessionLimits(
    long memoryBytes,
    int callTimeoutMillis,
    int maxCallTimeoutMillis,
    int outputBytes,
    int eventsPerCall,
    int timers,
    int queuedCalls,
    int queuedBytes,
    int configEntries,
    int configBytes,
    int firstMessageMillis,
    OnFailure onFailure,
    LogLimits log,
    SessionLifetime lifetime,
    KeepLimits keep) {
  private static final int WASM_PAGE_BYTES = 65_536;

  /** What an {@code Open} may have beside its configuration: a name, a token, the wire's own. */
  private static final int OPEN_BYTES = 64 << 10;

  /** What a server allows if its operator says nothing. */
  public static final SessionLimits DEFAULTS =
      new SessionLimits(
          16L << 20,
          50,
          1_000,
          4 << 20,
          256,
          64,
          1_024,
          1 << 20,
          64,
          64 << 10,
          5_000,
          OnFailure.ROLLBACK,
          LogLimits.OF_A_SESSION,
          SessionLifetime.DEFAULTS,
          KeepLimits.DEFAULTS);

  public SessionLimits {
    InvalidSetting.require(
        memoryBytes >= WASM_PAGE_BYTES,
        "memoryBytes",
        memoryBytes,
        "be at least one page of 64 KiB");
    InvalidSetting.requireAtLeast(1, "callTimeoutMillis", callTimeoutMillis);
    InvalidSetting.require(
        maxCallTimeoutMillis >= callTimeoutMillis,
        "maxCallTimeoutMillis",
        maxCallTimeoutMillis,
        "be at least",
        "callTimeoutMillis",
        callTimeoutMillis);
    InvalidSetting.requireAtLeast(0, "outputBytes", outputBytes);
    InvalidSetting.requireAtLeast(0, "eventsPerCall", eventsPerCall);
    InvalidSetting.requireAtLeast(0, "timers", timers);
    InvalidSetting.requireAtLeast(1, "queuedCalls", queuedCalls);
    InvalidSetting.requireAtLeast(1, "queuedBytes", queuedBytes);
    InvalidSetting.requireAtLeast(0, "configEntries", configEntries);
    InvalidSetting.requireAtLeast(0, "configBytes", configBytes);
    InvalidSetting.requireAtLeast(1, "firstMessageMillis", firstMessageMillis);
  }

  /** With another bound of its guest's memory. */
  public SessionLimits withMemoryBytes(long changed) {
    return with(
        changed, callTimeoutMillis, maxCallTimeoutMillis, firstMessageMillis, log, lifetime, keep);
  }

  /** With other times for calls. */
  public SessionLimits withCallTimeouts(int otherwiseMillis, int maxMillis) {
    return with(memoryBytes, otherwiseMillis, maxMillis, firstMessageMillis, log, lifetime, keep);
  }

  /** With another time to wait for its opening. */
  public SessionLimits withFirstMessageMillis(int changed) {
    return with(memoryBytes, callTimeoutMillis, maxCallTimeoutMillis, changed, log, lifetime, keep);
  }

  /** With another bound of what its guest may log. */
  public SessionLimits withLog(LogLimits changed) {
    return with(
        memoryBytes,
        callTimeoutMillis,
        maxCallTimeoutMillis,
        firstMessageMillis,
        changed,
        lifetime,
        keep);
  }

  /** With another time to live. */
  public SessionLimits withLifetime(SessionLifetime changed) {
    return with(
        memoryBytes,
        callTimeoutMillis,
        maxCallTimeoutMillis,
        firstMessageMillis,
        log,
        changed,
        keep);
  }

  /** With another way of being kept. */
  public SessionLimits withKeep(KeepLimits changed) {
    return with(
        memoryBytes,
        callTimeoutMillis,
        maxCallTimeoutMillis,
        firstMessageMillis,
        log,
        lifetime,
        changed);
  }

  private SessionLimits with(
      long memory,
      int callMillis,
      int maxCallMillis,
      int firstMillis,
      LogLimits logging,
      SessionLifetime living,
      KeepLimits keeping) {
    return new SessionLimits(
        memory,
        callMillis,
        maxCallMillis,
        outputBytes,
        eventsPerCall,
        timers,
        queuedCalls,
        queuedBytes,
        configEntries,
        configBytes,
        firstMillis,
        onFailure,
        logging,
        living,
        keeping);
  }

  /**
   * What a session gets whose client asked for {@code wanted}: never more than these allow.
   *
   * @param initialMemoryBytes what its module's memory begins with, and can't be less than
   */
  public SessionLimits grant(OpenRequest.WantedLimits wanted, long initialMemoryBytes) {
    long memory = least(wanted.memoryBytes(), memoryBytes);
    return new SessionLimits(
        Math.max(memory - memory % WASM_PAGE_BYTES, Math.max(initialMemoryBytes, WASM_PAGE_BYTES)),
        wanted.callTimeoutMillis() == 0
            ? callTimeoutMillis
            : (int) least(wanted.callTimeoutMillis(), maxCallTimeoutMillis),
        maxCallTimeoutMillis,
        (int) least(wanted.outputBytes(), outputBytes),
        (int) least(wanted.eventsPerCall(), eventsPerCall),
        timers,
        (int) least(wanted.queuedCalls(), queuedCalls),
        (int) least(wanted.queuedBytes(), queuedBytes),
        configEntries,
        configBytes,
        firstMessageMillis,
        onFailure,
        log,
        lifetime,
        keep);
  }

  private static long least(long wanted, long allowed) {
    return wanted == 0 || Long.compareUnsigned(wanted, allowed) > 0 ? allowed : wanted;
  }

  /** These, as a client would ask for them. */
  OpenRequest.WantedLimits asWanted() {
    return new OpenRequest.WantedLimits(
        memoryBytes, callTimeoutMillis, outputBytes, eventsPerCall, queuedCalls, queuedBytes);
  }

  /** How long an {@code Open} may be, in bytes. */
  public int openBytes() {
    return (int) Math.min((long) configBytes + OPEN_BYTES, Integer.MAX_VALUE);
  }

  CallLimits callLimits() {
    return new CallLimits(callTimeoutMillis, outputBytes, eventsPerCall, timers);
  }
}
