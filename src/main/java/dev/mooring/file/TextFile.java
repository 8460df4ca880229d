package dev.mooring.file;

import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads the files that people write: configurations, tokens, certificates in PEM. They are UTF-8; a
 * byte order mark at the beginning is skipped.
 */
public final class TextFile {
  /** Longer ones are refused, as all of one is kept. */
  static final int MAX_BYTES = 16 << 20;

  private TextFile() {}

  /**
   * The text of a file.
   *
   * @param expected what should be in it, for whoever is told that it isn't
   * @throws IOException if it can't be read, or isn't text; the message names the file, and says
   *     where and why. Its cause is another IOException if it couldn't be read.
   */
  public static String read(Path file, String expected) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new IOException(file + ": " + ErrorText.of(e), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException(
          "%s: has more than %d bytes; expected %s".formatted(file, MAX_BYTES, expected));
    }
    return new TextDecoder(file.toString(), expected).decode(bytes);
  }
}
