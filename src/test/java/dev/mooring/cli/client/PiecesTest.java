package dev.mooring.cli.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PiecesTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 10, 11})
  void next_severalStreams_cutsThemAsOne(int pieceBytes) throws IOException {
    var pieces = new Pieces(pieceBytes);
    List<byte[]> cut = new ArrayList<>();
    for (String stream : List.of("abcd", "", "efg", "hij")) {
      InputStream in = trickling(stream);
      for (byte[] piece = pieces.next(in); piece != null; piece = pieces.next(in)) {
        assertEquals(pieceBytes, piece.length);
        cut.add(piece);
      }
    }
    byte[] rest = pieces.rest();
    assertEquals(10 % pieceBytes, rest == null ? 0 : rest.length);
    if (rest != null) {
      cut.add(rest);
    }
    var whole = new StringBuilder();
    cut.forEach(piece -> whole.append(new String(piece, StandardCharsets.US_ASCII)));
    assertEquals("abcdefghij", whole.toString());
    assertNull(pieces.rest());
  }

  @Test
  void next_secondPiece_leavesTheFirstAlone() throws IOException {
    var pieces = new Pieces(2);
    InputStream in = trickling("abcd");
    byte[] first = pieces.next(in);
    byte[] second = pieces.next(in);
    assertArrayEquals(new byte[] {'a', 'b'}, first);
    assertArrayEquals(new byte[] {'c', 'd'}, second);
  }

  /** A stream that gives one byte at a time, as a slow pipe does. */
  private static InputStream trickling(String text) {
    return new FilterInputStream(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return super.read(into, offset, Math.min(length, 1));
      }
    };
  }
}
