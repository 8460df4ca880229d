package dev.mooring.cli.text;

import org.jspecify.annotations.Nullable;

/**
 * The end of a command that can't go on: one line that says what was wrong and what was expected,
 * and the exit code.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  private CommandFailure(int exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The call, or whatever else was asked for, failed. */
  public static CommandFailure failed(String message) {
    return new CommandFailure(ExitCode.FAILED, message, null);
  }

  /** As {@link #failed(String)}; the cause shows with {@code --verbose}. */
  public static CommandFailure failed(String message, Throwable cause) {
    return new CommandFailure(ExitCode.FAILED, message, cause);
  }

  /** What was typed makes no sense. */
  public static CommandFailure usage(String message) {
    return new CommandFailure(ExitCode.USAGE, message, null);
  }

  /** Nobody listens, or who listens doesn't speak Mooring's protocol. */
  public static CommandFailure noServer(String message, Throwable cause) {
    return new CommandFailure(ExitCode.NO_SERVER, message, cause);
  }

  public int exitCode() {
    return exitCode;
  }

  /** What went wrong, in one line. */
  public String line() {
    String message = getMessage();
    return message == null ? "failed" : message;
  }
}
