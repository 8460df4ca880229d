package dev.mooring.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text of files, and of pipes. */
final class TextFileTest {
  private static final String TEXT = "eins\r\nzw\u00F6i\rdr\u20ACi\n\n\uD83C\uDF0Avier";

  @TempDir Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("file"), bytes);
  }

  private static List<String> lines(InputStream in) throws IOException {
    var lines = new TextLines("pipe", in);
    var all = new ArrayList<String>();
    for (String line = lines.next(); line != null; line = lines.next()) {
      all.add(line);
    }
    return all;
  }

  @Test
  void read_utf8_withOrWithoutMark_isItsText() throws IOException {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    assertEquals(TEXT, TextFile.read(file(bytes), "text"));
    assertEquals(TEXT.lines().toList(), lines(new ByteArrayInputStream(bytes)));
    byte[] marked = ("\uFEFF" + TEXT).getBytes(StandardCharsets.UTF_8);
    assertEquals(TEXT, TextFile.read(file(marked), "text"));
    assertEquals(TEXT.lines().toList(), lines(new ByteArrayInputStream(marked)));
    assertEquals("", TextFile.read(file(new byte[0]), "text"));
    assertEquals("", TextFile.read(file("\uFEFF".getBytes(StandardCharsets.UTF_8)), "text"));
  }

  /** Only the first may be a mark; U+FEFF elsewhere is a character. */
  @Test
  void read_markInTheMiddle_isKept() throws IOException {
    byte[] bytes = "a\n\uFEFFb".getBytes(StandardCharsets.UTF_8);
    assertEquals("a\n\uFEFFb", TextFile.read(file(bytes), "text"));
    assertEquals(List.of("a", "\uFEFFb"), lines(new ByteArrayInputStream(bytes)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FF | , line 1, offset 0: the byte FF is not UTF-8",
        "61 0A 62 E4 63 0A | , line 2, offset 3: the byte E4 is not UTF-8",
        "61 0D 0A 0D 0A 62 E4 | , line 3, offset 6: the byte E4 is not UTF-8",
        "61 0D 62 0D 0A 80 | , line 3, offset 5: the byte 80 is not UTF-8",
        "EF BB BF 61 0A C0 80 | , line 2, offset 5: the byte C0 is not UTF-8",
        "61 ED A0 80 | , line 1, offset 1: the byte ED is not UTF-8",
        "61 E2 82 | , line 1, offset 1: the byte E2 is not UTF-8",
        "61 E2 82 00 | , line 1, offset 1: the byte E2 is not UTF-8",
        "61 0A 00 FF | , line 2, offset 2: a zero byte, which is in no text",
        "61 00 62 00 | , line 1, offset 1: a zero byte, which is in no text",
        "FF FE 61 00 0A 00 | : this is UTF-16, as it begins with FF FE",
        "FE FF 00 61 00 0A | : this is UTF-16, as it begins with FE FF",
        "FF FE 00 00 61 00 00 00 | : this is UTF-32, as it begins with FF FE 00 00",
        "00 00 FE FF 00 00 00 61 | : this is UTF-32, as it begins with 00 00 FE FF",
      })
  void read_whatIsNoUtf8_saysWhereAndWhatWasExpected(String hex, String where) throws IOException {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
    Path file = file(bytes);
    var e = assertThrows(IOException.class, () -> TextFile.read(file, "TOML"));
    assertEquals(file + where + "; expected TOML in UTF-8", e.getMessage());
    assertNull(e.getCause());
    e = assertThrows(IOException.class, () -> lines(new ByteArrayInputStream(bytes)));
    assertEquals("pipe" + where + "; expected lines in UTF-8", e.getMessage());
  }

  @Test
  void read_latin1_isToldAndNeverReplaced() throws IOException {
    for (Charset charset : List.of(StandardCharsets.ISO_8859_1, Charset.forName("windows-1252"))) {
      Path file = file("gr\u00FC\u00DFe".getBytes(charset));
      var e = assertThrows(IOException.class, () -> TextFile.read(file, "TOML"));
      assertEquals(
          file + ", line 1, offset 2: the byte FC is not UTF-8; expected TOML in UTF-8",
          e.getMessage());
    }
  }

  @Test
  void read_whatCannotBeRead_saysWhyInWords() {
    Path none = folder.resolve("none");
    var e = assertThrows(IOException.class, () -> TextFile.read(none, "TOML"));
    assertEquals(none + ": there is no such file", e.getMessage());
    assertInstanceOf(IOException.class, e.getCause());
    e = assertThrows(IOException.class, () -> TextFile.read(folder, "TOML"));
    assertEquals(folder + ": Is a directory", e.getMessage());
  }

  @Test
  void read_tooMuch_isRefused() throws IOException {
    Path file = file(new byte[TextFile.MAX_BYTES + 1]);
    var e = assertThrows(IOException.class, () -> TextFile.read(file, "TOML"));
    assertEquals(file + ": has more than 16777216 bytes; expected TOML", e.getMessage());
    byte[] long3rd = new byte[TextFile.MAX_BYTES + 3];
    Arrays.fill(long3rd, (byte) 'a');
    long3rd[0] = long3rd[1] = '\n';
    e = assertThrows(IOException.class, () -> lines(new ByteArrayInputStream(long3rd)));
    assertEquals(
        "pipe, line 3: has more than 16777216 bytes; expected lines in UTF-8", e.getMessage());
  }
}
