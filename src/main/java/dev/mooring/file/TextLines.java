package dev.mooring.file;

import dev.mooring.error.ErrorText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines as they come, from a pipe, say: each ends with a line feed, a carriage return, or
 * both. They are UTF-8, as in a {@link TextFile}. For one thread.
 */
public final class TextLines {
  /** A longer line is refused. */
  static final int MAX_LINE_BYTES = 16 << 20;

  private final String name;
  private final InputStream in;
  private final TextDecoder decoder;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int last;

  /**
   * Reads nothing yet.
   *
   * @param name what the stream is called
   * @param in buffered; the caller's to close
   */
  public TextLines(String name, InputStream in) {
    this.name = name;
    this.in = in;
    this.decoder = new TextDecoder(name, "lines");
  }

  /**
   * Waits for the next line.
   *
   * @return without its end; null at the end of the stream
   * @throws IOException if it can't be read, or isn't text; the message says where and why
   */
  public @Nullable String next() throws IOException {
    // The second half of the end of the line before this one comes with this one.
    boolean endsLast = false;
    line.reset();
    for (int next = read(); next >= 0; next = read()) {
      endsLast |= next == '\n' && last == '\r';
      boolean ends = next == '\r' || (next == '\n' && last != '\r');
      last = next;
      line.write(next);
      if (ends) {
        String whole = decoder.decode(line.toByteArray());
        return whole.substring(endsLast ? 1 : 0, whole.length() - 1);
      }
      if (line.size() > MAX_LINE_BYTES) {
        throw decoder.tooLong(MAX_LINE_BYTES);
      }
    }
    String rest = decoder.decode(line.toByteArray());
    return line.size() == (endsLast ? 1 : 0) ? null : rest.substring(endsLast ? 1 : 0);
  }

  private int read() throws IOException {
    try {
      return in.read();
    } catch (IOException e) {
      throw new IOException(name + ": " + ErrorText.of(e), e);
    }
  }
}
