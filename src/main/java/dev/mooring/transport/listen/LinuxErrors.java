package dev.mooring.transport.listen;

import dev.mooring.error.ErrorText;
import io.netty.channel.unix.Errors;

/** What Linux has a number for, and a person can do something about, in words. */
final class LinuxErrors {
  private static final int EACCES = 13;
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int EADDRINUSE = 98;
  private static final int EADDRNOTAVAIL = 99;

  private LinuxErrors() {}

  static String inWords(Throwable cause) {
    int number = cause instanceof Errors.NativeIoException error ? -error.expectedErr() : 0;
    return switch (number) {
      case EACCES -> "permission denied; ports below 1024 are root's";
      case ENFILE -> "this machine has as many files and connections open as it may";
      case EMFILE -> "this process has as many files and connections open as it may (ulimit -n)";
      case EADDRINUSE -> "the address is in use: another process listens there";
      case EADDRNOTAVAIL -> "this machine has no such address";
      default -> ErrorText.of(cause);
    };
  }
}
