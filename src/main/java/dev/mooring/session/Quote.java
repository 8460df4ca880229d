package dev.mooring.session;

import java.nio.charset.StandardCharsets;

/** Says back, in a message for people, what somebody else wrote: its beginning, if it is long. */
public final class Quote {
  /** How much of it is said back. */
  static final int SHOWN_CHARS = 100;

  private static final String CUT = "…";
  private static final int CUT_BYTES = CUT.getBytes(StandardCharsets.UTF_8).length;

  /** No char takes more in UTF-8. */
  private static final int MOST_BYTES_PER_CHAR = 3;

  private Quote() {}

  /** The text, or its first {@link #SHOWN_CHARS} characters and an ellipsis. */
  public static String of(String text) {
    return text.length() <= SHOWN_CHARS ? text : cut(text, SHOWN_CHARS);
  }

  /** The text, or as much of it as, with an ellipsis, is no longer than this in UTF-8. */
  static String ofBytes(String text, int mostBytes) {
    if (text.length() <= mostBytes / MOST_BYTES_PER_CHAR) {
      return text;
    }
    int bytes = 0;
    int fits = 0;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      bytes += utf8Bytes(codePoint);
      if (bytes > mostBytes) {
        return cut(text, fits);
      }
      i += Character.charCount(codePoint);
      fits = bytes <= mostBytes - CUT_BYTES ? i : fits;
    }
    return text;
  }

  private static int utf8Bytes(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    return codePoint < 0x800 ? 2 : codePoint < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4;
  }

  private static String cut(String text, int chars) {
    boolean splitsPair = chars > 0 && Character.isHighSurrogate(text.charAt(chars - 1));
    return text.substring(0, splitsPair ? chars - 1 : chars) + CUT;
  }
}
