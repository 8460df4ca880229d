package dev.mooring.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What to open, and how. Start with {@link #module(String)}, or with {@link #resume(SessionToken,
 * long)} to go on with a kept session; every {@code with} method returns another value. Immutable,
 * for any thread and any number of sessions.
 *
 * @param module {@code NAME}; or {@code NAME@sha256:HEX} to insist on exactly those bytes; or
 *     {@code sha256:HEX}; empty if a session is gone on with
 * @param config what the guest reads as its configuration
 * @param limits wishes for the session's limits
 * @param authToken who asks, if the server wants to know
 * @param keep how the session is to outlive its connection; null: it ends with it
 * @param resume which kept session to go on with, as it was opened; null for none
 * @param timeouts how long to wait for the server
 * @param inFlight how much may be unanswered
 * @param traceparent asked for each call that doesn't say itself of which trace it is a part, by
 *     the thread that makes it; see {@link CallRequest#withTraceparent}
 * @param listener hears events and the session's end
 */
public record OpenOptions(
    String module,
    Map<String, String> config,
    SessionLimits limits,
    @Nullable String authToken,
    @Nullable Keep keep,
    @Nullable Resume resume,
    Timeouts timeouts,
    InFlight inFlight,
    Supplier<String> traceparent,
    SessionListener listener) {
  /** Calls are parts of no trace, but those that say so themselves. */
  static final Supplier<String> UNTRACED = () -> "";

  /**
   * How long to wait for the server.
   *
   * @param open from the first attempt to connect until the session is open
   * @param close how long closing waits for the calls in flight and for the server's goodbye
   * @param silence how long the server may say nothing while answers are due; then, or up to half
   *     as long later, it is asked for a sign of life, and if none comes for half as long, the
   *     connection counts as lost. Make it longer than any call of the server's may run: a server
   *     says nothing while a guest has its event loop
   * @param reconnect of a kept session: for how long after its connection was lost another is
   *     tried, each attempt for at most as long as {@code open}; zero: none is. Attempts follow at
   *     once at first, then up to 5 s apart, at random
   */
  public record Timeouts(Duration open, Duration close, Duration silence, Duration reconnect) {
    /** 10 s to open, 10 s to close, 60 s of silence, 60 s to reconnect. */
    public static final Timeouts DEFAULTS =
        new Timeouts(
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60));

    /**
     * @throws IllegalArgumentException when one is not positive, but for {@code reconnect}, which
     *     may be zero; or longer than 30 days
     */
    public Timeouts {
      Durations.requirePositive("open timeout", open);
      Durations.requirePositive("close timeout", close);
      Durations.requirePositive("silence timeout", silence);
      if (!reconnect.isZero()) {
        Durations.requirePositive("reconnect timeout", reconnect);
      }
    }

    public Timeouts withOpen(Duration open) {
      return new Timeouts(open, close, silence, reconnect);
    }

    public Timeouts withClose(Duration close) {
      return new Timeouts(open, close, silence, reconnect);
    }

    public Timeouts withSilence(Duration silence) {
      return new Timeouts(open, close, silence, reconnect);
    }

    public Timeouts withReconnect(Duration reconnect) {
      return new Timeouts(open, close, silence, reconnect);
    }
  }

  /**
   * A kept session to go on with.
   *
   * @param token the session's
   * @param received the sequence up to which all that the session has said was heard: {@link
   *     MooringSession#received} of whoever had it before; 0: nothing
   */
  public record Resume(SessionToken token, long received) {
    /**
     * @throws IllegalArgumentException when the sequence is negative
     */
    public Resume {
      Objects.requireNonNull(token, "token");
      if (received < 0) {
        throw new IllegalArgumentException(
            "received is %d, expected at least 0".formatted(received));
      }
    }
  }

  /**
   * How much may be unanswered before {@link MooringSession#call(CallRequest)} waits. Of a kept
   * session it is at most half of what its server queues: see {@link SessionLimits#queuedCalls} and
   * {@link SessionLimits#queuedBytes}.
   *
   * @param maxCalls calls, 1 to 65,536
   * @param maxBytes bytes of their input; a single larger call goes alone
   */
  public record InFlight(int maxCalls, int maxBytes) {
    /** 128 calls, 8 MiB. */
    public static final InFlight DEFAULTS = new InFlight(128, 8 << 20);

    private static final int HIGHEST_CALLS = 1 << 16;

    /**
     * @throws IllegalArgumentException when a value is out of its range
     */
    public InFlight {
      if (maxCalls < 1 || maxCalls > HIGHEST_CALLS) {
        throw new IllegalArgumentException(
            "maxCalls is %d, expected 1 to %d".formatted(maxCalls, HIGHEST_CALLS));
      }
      if (maxBytes < 1) {
        throw new IllegalArgumentException(
            "maxBytes is %d, expected at least 1".formatted(maxBytes));
      }
    }
  }

  /**
   * @throws IllegalArgumentException when the module has no name; or when a session that is gone on
   *     with has another module, configuration, limits or way to be kept than its own
   */
  public OpenOptions {
    if (module.isEmpty() && resume == null) {
      throw new IllegalArgumentException("module is empty, expected NAME or NAME@sha256:HEX");
    }
    if (resume != null
        && !(module.isEmpty()
            && config.isEmpty()
            && limits.equals(SessionLimits.DEFAULTS)
            && keep == null)) {
      throw new IllegalArgumentException(
          "a session that is gone on with has its module, configuration, limits and keep already");
    }
    config = Map.copyOf(config);
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(timeouts, "timeouts");
    Objects.requireNonNull(inFlight, "inFlight");
    Objects.requireNonNull(traceparent, "traceparent");
    Objects.requireNonNull(listener, "listener");
  }

  /** The module with no configuration, everything at its default, and nobody listening. */
  public static OpenOptions module(String module) {
    return new OpenOptions(
        module,
        Map.of(),
        SessionLimits.DEFAULTS,
        null,
        null,
        null,
        Timeouts.DEFAULTS,
        InFlight.DEFAULTS,
        UNTRACED,
        SessionListener.NONE);
  }

  /**
   * A kept session, with everything at its default, and nobody listening. What it has said above
   * {@code received} is heard again; answers of calls that were made before are nobody's any more.
   * Whoever has the session loses it, with {@link ErrorCode#SESSION_TAKEN}.
   *
   * @param token the session's: {@link MooringSession#token}
   * @param received {@link MooringSession#received} of whoever had it before; 0: nothing
   * @throws IllegalArgumentException when {@code received} is negative
   */
  public static OpenOptions resume(SessionToken token, long received) {
    return new OpenOptions(
        "",
        Map.of(),
        SessionLimits.DEFAULTS,
        null,
        null,
        new Resume(token, received),
        Timeouts.DEFAULTS,
        InFlight.DEFAULTS,
        UNTRACED,
        SessionListener.NONE);
  }

  /** Whether the session outlives its connection, if it is opened. */
  boolean isKept() {
    return keep != null || resume != null;
  }

  /** Adds one key of the guest's configuration, or replaces it. */
  public OpenOptions withConfig(String key, String value) {
    var config = new HashMap<>(this.config);
    config.put(key, value);
    return withConfig(config);
  }

  /** Replaces the guest's configuration. */
  public OpenOptions withConfig(Map<String, String> config) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  public OpenOptions withLimits(SessionLimits limits) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  public OpenOptions withAuthToken(@Nullable String authToken) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  /** The session is to outlive its connection, if {@code keep} isn't null. */
  public OpenOptions withKeep(@Nullable Keep keep) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  public OpenOptions withTimeouts(Timeouts timeouts) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  public OpenOptions withInFlight(InFlight inFlight) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  /**
   * From where calls learn of which trace they are a part, such as the one that the program's own
   * thread is in. What it throws is thrown by {@link MooringSession#call(CallRequest)}.
   */
  public OpenOptions withTraceparent(Supplier<String> traceparent) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  public OpenOptions withListener(SessionListener listener) {
    return new OpenOptions(
        module, config, limits, authToken, keep, resume, timeouts, inFlight, traceparent, listener);
  }

  /** Hears events alone; replaces the listener. The consumer runs on the session's event loop. */
  public OpenOptions onEvent(Consumer<byte[]> consumer) {
    return withListener(SessionListener.events(consumer));
  }

  /** Without the token, and without the values of the configuration: both may be secrets. */
  @Override
  public String toString() {
    return "OpenOptions[module=" + module + ", config=" + config.keySet() + "]";
  }
}
