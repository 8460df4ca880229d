package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Progress;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Input;
import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Files to read one after the other, each open only while it is read. For one thread. */
final class Sources implements AutoCloseable {
  private final List<String> names;
  private final InputStream stdin;
  private final long sizeBytes;
  private int nextIndex;
  private @Nullable InputStream current;

  /**
   * @throws CommandFailure if one of the files isn't there or may not be read
   */
  Sources(List<String> names, InputStream stdin) {
    this.names = List.copyOf(names);
    this.stdin = stdin;
    this.sizeBytes = names.stream().mapToLong(Sources::sizeOf).reduce(0, Sources::add);
  }

  /** How much there is to read in all, or {@link Progress#UNKNOWN}. */
  long sizeBytes() {
    return sizeBytes;
  }

  /**
   * Closes what was open and opens the next.
   *
   * @return null when there is no other
   */
  @Nullable InputStream next() {
    close();
    current = nextIndex == names.size() ? null : Input.open(names.get(nextIndex++), stdin);
    return current;
  }

  /** The file that is being read, for messages. */
  String name() {
    return names.get(Math.max(0, nextIndex - 1));
  }

  /** Closes the file that is open, if any; never stdin, which is the process's. */
  @Override
  public void close() {
    InputStream open = current;
    current = null;
    if (open != null && !name().equals("-")) {
      try {
        open.close();
      } catch (IOException e) {
        throw CommandFailure.failed("can't close " + name() + ": " + ErrorText.of(e), e);
      }
    }
  }

  private static long sizeOf(String name) {
    if (name.equals("-")) {
      return Progress.UNKNOWN;
    }
    Path file = Path.of(name);
    try {
      // A pipe or a device has no size, but can be read; whatever isn't there fails here.
      if (Files.isDirectory(file) || !Files.isReadable(file)) {
        Input.open(name, InputStream.nullInputStream()).close();
      }
      return Files.isRegularFile(file) ? Files.size(file) : Progress.UNKNOWN;
    } catch (IOException e) {
      throw Input.unreadable(file, e);
    }
  }

  private static long add(long total, long size) {
    boolean isUnknown = total == Progress.UNKNOWN || size == Progress.UNKNOWN;
    return isUnknown ? Progress.UNKNOWN : total + size;
  }
}
