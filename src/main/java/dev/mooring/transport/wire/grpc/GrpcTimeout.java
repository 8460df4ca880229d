package dev.mooring.transport.wire.grpc;

import java.util.concurrent.TimeUnit;

/**
 * {@code grpc-timeout}: up to eight digits and a unit.
 *
 * <p>Any thread; no state.
 */
final class GrpcTimeout {
  /** There is none. */
  static final long NONE = -1;

  /** What came is no timeout. */
  static final long MALFORMED = -2;

  private static final int MOST_DIGITS = 8;

  private GrpcTimeout() {}

  /** In nanoseconds, or {@link #MALFORMED}. */
  static long nanos(CharSequence text) {
    int digits = text.length() - 1;
    if (digits < 1 || digits > MOST_DIGITS) {
      return MALFORMED;
    }
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return MALFORMED;
      }
      value = 10 * value + digit;
    }
    return switch (text.charAt(digits)) {
      case 'H' -> TimeUnit.HOURS.toNanos(value);
      case 'M' -> TimeUnit.MINUTES.toNanos(value);
      case 'S' -> TimeUnit.SECONDS.toNanos(value);
      case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
      case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
      case 'n' -> value;
      default -> MALFORMED;
    };
  }
}
