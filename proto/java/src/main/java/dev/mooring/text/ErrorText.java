package dev.mooring.text;

import java.io.EOFException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says in words what Java, the network or a library has thrown, for an answer, a log line or an
 * exit message: without the names of classes, which say nothing to whoever reads it. What was being
 * done, and to which file or address, is for the caller to say.
 *
 * <p>Thread-safe.
 */
public final class ErrorText {
  /** A class in front of what it says, as {@code Throwable.toString} puts it. */
  private static final Pattern CLASS =
      Pattern.compile(
          "(?:[a-z][\\w$]*\\.)+[A-Z][\\w$]*(?:Exception|Error|Throwable)(?:: *|(?![\\w$]))");

  /** The system call that failed, as Netty's native transport puts it. */
  private static final Pattern SYSTEM_CALL =
      Pattern.compile("^\\w+\\(\\.\\.\\) failed(?: with error\\(-?\\d+\\))?: ");

  private static final Pattern NEXT_WORD = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  private ErrorText() {}

  /** What was wrong; never blank, and one line if the message was one. */
  public static String of(Throwable thrown) {
    return switch (thrown) {
      case NoSuchFileException e -> "there is no such file";
      case AccessDeniedException e -> "permission denied";
      case FileAlreadyExistsException e -> "it exists already";
      case NotDirectoryException e -> "it is no folder";
      case FileSystemException e -> words(e, e.getReason());
      case CharacterCodingException e -> "it isn't valid UTF-8";
      case ClosedChannelException e -> "the connection is closed";
      case EOFException e -> "it ends too soon";
      case SocketTimeoutException e -> "nothing came in time";
      case UnknownHostException e -> words(e, "there is no host " + e.getMessage());
      case OutOfMemoryError e -> words(e, "there is no memory left: " + e.getMessage());
      case StackOverflowError e -> "the stack is used up";
      default -> words(thrown, thrown.getMessage());
    };
  }

  private static String words(Throwable thrown, @Nullable String message) {
    String text = message == null ? "" : message;
    text = SYSTEM_CALL.matcher(text).replaceFirst("");
    text = CLASS.matcher(text).replaceAll("").strip();
    return text.isEmpty() ? name(thrown) : text;
  }

  /** The words that an exception's name is made of: all there is if it has no message. */
  private static String name(Throwable thrown) {
    String name = thrown.getClass().getSimpleName().replaceFirst("(?:Exception|Error)$", "");
    return name.isEmpty()
        ? "something unforeseen"
        : NEXT_WORD.matcher(name).replaceAll(" ").toLowerCase(Locale.ROOT);
  }
}
