package dev.mooring.session;

/**
 * Words that aren't ours, as they stand in a line of the log, and how long they are there: the same
 * in each of the log's formats, or as in the one that takes more for it.
 *
 * <p>What controls something becomes a blank, as conf/logback.xml has it for its text format: so
 * JSON has nothing to escape but quotes and slashes, for which it takes two bytes and text one.
 *
 * @param bytes in UTF-8 and escaped
 */
record LogLine(String text, int bytes) {
  /** How long a line with a guest's words is at most, with all that the log puts around them. */
  static final int MAX_BYTES = 8 * 1024;

  /**
   * What the log puts around words and names at most: the time, the level, the logger, the thread,
   * what the names name.
   */
  static final int FRAME_BYTES = 288;

  /** Words in a line where so many bytes are left; what is more is left out. */
  static LogLine of(String words, int roomBytes) {
    var text = new StringBuilder(Math.min(words.length(), Math.max(0, roomBytes)));
    int bytes = 0;
    int i = 0;
    while (i < words.length()) {
      int point = words.codePointAt(i);
      int wide = bytes(point);
      if (bytes + wide > roomBytes) {
        break;
      }
      bytes += wide;
      text.appendCodePoint(controls(point) ? ' ' : point);
      i += Character.charCount(point);
    }
    return new LogLine(text.toString(), bytes);
  }

  /** How long a name is in a line. */
  static int bytes(String name) {
    return name.codePoints().map(LogLine::bytes).sum();
  }

  private static int bytes(int point) {
    if (controls(point) || Character.getType(point) == Character.SURROGATE) {
      return 1;
    } else if (point == '"' || point == '\\' || point == '/') {
      return 2;
    } else if (point < 0x80) {
      return 1;
    } else if (point < 0x800) {
      return 2;
    }
    return point < 0x10000 ? 3 : 4;
  }

  /** Whether it controls what shows the log: a terminal, a line's end, a direction. */
  private static boolean controls(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
