package dev.mooring.cli.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Bytes for people to read. What goes to a program goes as it is, and not through here. */
public final class Bytes {
  private static final int SHOWN_AT_MOST = 1024;

  private Bytes() {}

  /**
   * The bytes as text if that is what they are, else as hexadecimal; never anything that would
   * command a terminal.
   */
  public static String toText(byte[] bytes) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
    } catch (CharacterCodingException e) {
      return toHex(bytes);
    }
    return text.chars().anyMatch(Bytes::isUnprintable) ? toHex(bytes) : text;
  }

  /** One line of text from whatever a guest or a server said. */
  public static String toLine(String text) {
    var line = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      line.append(Character.isISOControl(c) ? ' ' : c);
    }
    return line.toString();
  }

  /** 1,234,567 as '1.2 MiB'. */
  public static String toSize(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    double size = bytes / 1024.0;
    int unit = 0;
    while (size >= 1024 && unit < units.length - 1) {
      size /= 1024;
      unit++;
    }
    return size == Math.rint(size)
        ? (long) size + " " + units[unit]
        : Math.round(size * 10) / 10.0 + " " + units[unit];
  }

  private static boolean isUnprintable(int c) {
    return Character.isISOControl(c) && c != '\n' && c != '\t';
  }

  private static String toHex(byte[] bytes) {
    int shown = Math.min(bytes.length, SHOWN_AT_MOST);
    String hex = HexFormat.ofDelimiter(" ").formatHex(bytes, 0, shown);
    int hidden = bytes.length - shown;
    return hidden == 0 ? hex : hex + " … and " + hidden + " bytes more";
  }
}
