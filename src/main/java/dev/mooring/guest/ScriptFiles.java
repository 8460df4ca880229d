package dev.mooring.guest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A script's files as a module's bytes: what is hashed, stored, and given to the engine.
 *
 * <p>{@link #MAGIC}; then of each file, the script's own first, how long its name is, the name, how
 * long its text is, the text, both in UTF-8 and with a zero behind them; lengths in four bytes, the
 * least significant first.
 */
public final class ScriptFiles {
  private static final byte[] MAGIC = {0, 'j', 's', 1};

  /** So many files a script may have. */
  public static final int MAX_FILES = 1_000;

  private ScriptFiles() {}

  /** Whether these bytes are meant to be a script's, and no WebAssembly. */
  public static boolean isScript(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** Of files by their names, the script's own first. */
  public static byte[] of(Map<String, byte[]> files) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(MAGIC);
    files.forEach(
        (name, text) -> {
          put(bytes, name.getBytes(StandardCharsets.UTF_8));
          put(bytes, text);
        });
    return bytes.toByteArray();
  }

  private static void put(ByteArrayOutputStream bytes, byte[] part) {
    ByteBuffer length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.writeBytes(length.putInt(part.length).array());
    bytes.writeBytes(part);
    bytes.write(0);
  }

  /** What the engine takes, of bytes that were {@link #check checked}. */
  public static ByteBuffer forEngine(byte[] bytes) {
    return ByteBuffer.wrap(bytes, MAGIC.length, bytes.length - MAGIC.length).slice();
  }

  /**
   * Requires that bytes are a script's.
   *
   * @return the files' texts by their names, the script's own first
   * @throws ModuleRefused if they aren't, or a file is no text
   */
  public static Map<String, byte[]> check(byte[] bytes) throws ModuleRefused {
    var files = new LinkedHashMap<String, byte[]>();
    ByteBuffer rest = forEngine(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (rest.hasRemaining()) {
      String name = new String(part(rest), StandardCharsets.UTF_8);
      byte[] text = part(rest);
      requireText(name, text);
      files.put(name, text);
    }
    if (files.isEmpty() || files.size() > MAX_FILES) {
      throw new ModuleRefused(
          "has %d files; a script has at least one, and at most %,d"
              .formatted(files.size(), MAX_FILES));
    }
    return files;
  }

  private static byte[] part(ByteBuffer rest) throws ModuleRefused {
    int length = rest.remaining() < Integer.BYTES ? -1 : rest.getInt();
    if (length < 0 || length >= rest.remaining()) {
      throw new ModuleRefused("is a script that is cut off");
    }
    var part = new byte[length];
    rest.get(part);
    if (rest.get() != 0) {
      throw new ModuleRefused("is a script that is damaged");
    }
    return part;
  }

  private static void requireText(String name, byte[] text) throws ModuleRefused {
    var decoder = StandardCharsets.UTF_8.newDecoder();
    var bytes = ByteBuffer.wrap(text);
    try {
      decoder.decode(bytes);
    } catch (CharacterCodingException e) {
      throw new ModuleRefused(
          "%s isn't UTF-8: what is at byte %,d is no character".formatted(name, bytes.position()));
    }
  }
}
