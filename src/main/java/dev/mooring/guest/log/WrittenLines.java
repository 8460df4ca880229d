package dev.mooring.guest.log;

import dev.mooring.guest.call.GuestEnvironment.GuestLog;
import dev.mooring.guest.call.GuestEnvironment.Level;
import dev.mooring.guest.deadline.Lane;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a guest writes to one of its streams, in pieces of any size: it is logged line by line. A
 * line that is still open when its call ends is ended by that; so nothing is kept between calls.
 *
 * <p>One thread, one call at a time.
 */
public final class WrittenLines {
  /** Of a longer line the rest is left out. */
  public static final int MAX_LINE_BYTES = 8 * 1024;

  private static final int FIRST_BYTES = 128;
  private static final byte[] NOTHING = {};

  private final Level level;

  /** The line that is open: its first {@code length} bytes. */
  private byte[] line = NOTHING;

  private int length;

  public WrittenLines(Level level) {
    this.level = level;
  }

  /** Whether anything was written since this was last ended. */
  public boolean isUsed() {
    return line.length > 0;
  }

  /** Takes a piece, and logs the lines that end in it. */
  public void write(byte[] piece, GuestLog log) {
    int start = 0;
    for (int i = 0; i < piece.length; i++) {
      if (piece[i] == '\n' || piece[i] == '\r') {
        Lane.stopIfCondemned(); // One piece may be thousands of lines.
        append(piece, start, i);
        logLine(log);
        start = i + 1;
      }
    }
    append(piece, start, piece.length);
  }

  private void append(byte[] piece, int start, int end) {
    int count = Math.min(end - start, MAX_LINE_BYTES - length);
    int needed = length + count;
    if (needed > line.length) {
      int doubled = Math.max(FIRST_BYTES, 2 * line.length);
      line = Arrays.copyOf(line, Math.min(MAX_LINE_BYTES, Math.max(needed, doubled)));
    }
    System.arraycopy(piece, start, line, length, count);
    length = needed;
  }

  /** Ends the line that is open, if any, and gives its memory back. */
  public void end(GuestLog log) {
    try {
      logLine(log);
    } finally {
      length = 0;
      line = NOTHING;
    }
  }

  /** One that is blank says nothing. */
  private void logLine(GuestLog log) {
    int bytes = length;
    length = 0;
    boolean isBlank = true;
    for (int i = 0; i < bytes && isBlank; i++) {
      isBlank = line[i] >= 0 && line[i] <= ' ';
    }
    if (!isBlank && log.takes(level)) {
      log.log(level, new String(line, 0, bytes, StandardCharsets.UTF_8));
    }
  }
}
