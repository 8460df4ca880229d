package dev.mooring.spec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** As much of the tar format as an archive of files with short names needs. */
final class Tar {
  private static final int BLOCK_BYTES = 512;
  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_DIGITS = 11;
  private static final int TYPE_AT = 156;

  private Tar() {}

  /** The regular files, by the last part of their names. */
  static Map<String, byte[]> files(InputStream tar) throws IOException {
    var files = new LinkedHashMap<String, byte[]>();
    while (true) {
      byte[] header = exactly(tar, BLOCK_BYTES);
      if (header[0] == 0) {
        return files;
      }
      String name = text(header, 0, NAME_BYTES);
      int size = Integer.parseInt(text(header, SIZE_AT, SIZE_DIGITS), 8);
      byte[] content = exactly(tar, size);
      tar.skipNBytes(Math.floorMod(-size, BLOCK_BYTES));
      if (header[TYPE_AT] == '0') {
        files.put(name.substring(name.lastIndexOf('/') + 1), content);
      }
    }
  }

  private static String text(byte[] header, int at, int length) {
    int end = at;
    while (end < at + length && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, StandardCharsets.US_ASCII);
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the archive ends too soon");
    }
    return bytes;
  }
}
