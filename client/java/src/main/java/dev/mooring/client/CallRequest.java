package dev.mooring.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A call with everything that it can carry. Start with {@link #of}; every {@code with} method
 * returns another value. Immutable, for any thread; the same request may be called any number of
 * times, which copies nothing.
 */
public final class CallRequest {
  static final byte[] NO_INPUT = {};

  private final String function;
  private final List<Value> arguments;
  private final byte[] input;
  private final Duration timeout;
  private final String traceparent;

  private CallRequest(
      String function, List<Value> arguments, byte[] input, Duration timeout, String traceparent) {
    this.function = function;
    this.arguments = arguments;
    this.input = input;
    this.timeout = timeout;
    this.traceparent = traceparent;
  }

  /** A call of the function, without arguments, input or a timeout of its own. */
  public static CallRequest of(String function) {
    return new CallRequest(function, List.of(), NO_INPUT, Duration.ZERO, "");
  }

  /** The function's parameters, in order: as its signature wants them, or the server refuses. */
  public CallRequest withArguments(Value... arguments) {
    return withArguments(List.of(arguments));
  }

  /** As {@link #withArguments(Value...)}. */
  public CallRequest withArguments(List<Value> arguments) {
    return new CallRequest(function, List.copyOf(arguments), input, timeout, traceparent);
  }

  /** Bytes that the guest may read. They are copied. */
  public CallRequest withInput(byte[] input) {
    return withInput(input, 0, input.length);
  }

  /** As {@link #withInput(byte[])}, a part of an array. */
  public CallRequest withInput(byte[] input, int offset, int length) {
    byte[] copy = Arrays.copyOfRange(input, offset, offset + length);
    return new CallRequest(function, arguments, copy, timeout, traceparent);
  }

  /** Text that the guest may read, in UTF-8. */
  public CallRequest withInput(String text) {
    return new CallRequest(
        function, arguments, text.getBytes(StandardCharsets.UTF_8), timeout, traceparent);
  }

  /**
   * How long the call may take. The server counts from when the call arrives, queueing included; it
   * undoes a call that takes longer, and says so. In case the server says nothing, this client
   * counts too, from when there was room for the call, and a little longer so that the server's
   * word counts.
   *
   * @param timeout more than 0, rounded up to whole milliseconds; at most 30 days
   * @throws IllegalArgumentException when it is out of that range
   */
  public CallRequest withTimeout(Duration timeout) {
    Durations.requirePositive("timeout", timeout);
    return new CallRequest(function, arguments, input, timeout, traceparent);
  }

  /**
   * The trace that the call is part of, and the span that makes it. The server's spans of the call
   * are children of that span, if it is sampled; the guest can read it, and the server's log names
   * the trace.
   *
   * <p>With OpenTelemetry it is what its propagator injects under {@code traceparent}.
   *
   * @param traceparent as W3C's Trace Context writes it, such as {@code
   *     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01}; empty for none. What is written
   *     otherwise is as if it weren't there.
   */
  public CallRequest withTraceparent(String traceparent) {
    return new CallRequest(function, arguments, input, timeout, traceparent);
  }

  /** The function's name. */
  public String function() {
    return function;
  }

  public List<Value> arguments() {
    return arguments;
  }

  /** How many bytes of input there are. */
  public int inputLength() {
    return input.length;
  }

  /** How long the call may take; zero for as long as the session's limits allow. */
  public Duration timeout() {
    return timeout;
  }

  /** The trace that the call is part of; empty for none. */
  public String traceparent() {
    return traceparent;
  }

  /** The bytes themselves, not a copy: nobody may write to them. */
  byte[] sharedInput() {
    return input;
  }

  @Override
  public String toString() {
    return "CallRequest[" + function + arguments + ", " + input.length + " bytes of input]";
  }
}
