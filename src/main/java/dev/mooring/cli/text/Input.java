package dev.mooring.cli.text;

import dev.mooring.error.ErrorText;
import dev.mooring.file.TextFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The bytes that a person names on the command line as a call's input. */
public final class Input {
  private Input() {}

  /**
   * The bytes that {@code --input} means: {@code -} is stdin to its end; {@code @FILE} is that
   * file, which must exist; the name of an existing file is that file too; anything else is itself,
   * as UTF-8.
   *
   * @param limitBytes more than this is refused before it is read into memory
   * @throws CommandFailure if a file can't be read, or is too large
   */
  public static byte[] read(String source, InputStream stdin, int limitBytes) {
    if (source.equals("-")) {
      return readAll("stdin", stdin, limitBytes);
    }
    if (source.startsWith("@")) {
      return readFile(Path.of(source.substring(1)), limitBytes);
    }
    Path file = existingFile(source);
    return file == null ? source.getBytes(StandardCharsets.UTF_8) : readFile(file, limitBytes);
  }

  /**
   * Opens what {@code stream} reads: {@code -} is stdin, anything else a file.
   *
   * @throws CommandFailure if the file can't be read
   */
  public static InputStream open(String source, InputStream stdin) {
    if (source.equals("-")) {
      return stdin;
    }
    Path file = Path.of(source);
    try {
      if (Files.isDirectory(file)) {
        throw CommandFailure.usage("expected a file, but " + file + " is a folder");
      }
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** That a file could not be read, and why. */
  public static CommandFailure unreadable(Path file, IOException cause) {
    return CommandFailure.usage(
        cause instanceof NoSuchFileException
            ? "there is no file " + file
            : "can't read " + file + ": " + ErrorText.of(cause));
  }

  /**
   * The text of a file.
   *
   * @param expected what should be in it
   * @throws CommandFailure if it can't be read, or isn't text
   */
  public static String text(Path file, String expected) {
    try {
      return TextFile.read(file, expected);
    } catch (IOException e) {
      throw e.getCause() instanceof IOException cause
          ? unreadable(file, cause)
          : CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Path existingFile(String source) {
    try {
      Path path = Path.of(source);
      // The empty text is the current folder to Path; a folder is not what anyone means.
      return Files.exists(path) && !Files.isDirectory(path) ? path : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static byte[] readFile(Path file, int limitBytes) {
    try (InputStream in = Files.newInputStream(file)) {
      return readAll(file.toString(), in, limitBytes);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static byte[] readAll(String name, InputStream in, int limitBytes) {
    try {
      byte[] bytes = in.readNBytes(limitBytes);
      if (bytes.length == limitBytes && in.read() >= 0) {
        throw CommandFailure.usage(
            name
                + " is larger than "
                + Bytes.toSize(limitBytes)
                + ", which is the most that one call takes; `mooring stream` sends pieces");
      }
      return bytes;
    } catch (IOException e) {
      throw CommandFailure.failed("can't read " + name + ": " + ErrorText.of(e), e);
    }
  }
}
