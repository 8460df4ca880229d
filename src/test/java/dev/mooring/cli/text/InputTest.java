package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InputTest {
  private static final int LIMIT_BYTES = 8;

  @TempDir Path folder;

  @Test
  void read_dash_isStdinToItsEnd() {
    assertArrayEquals(bytes("abc"), read("-", "abc"));
  }

  @Test
  void read_existingFile_isItsContent() throws IOException {
    Path file = Files.write(folder.resolve("f"), bytes("xyz"));
    assertArrayEquals(bytes("xyz"), read(file.toString(), ""));
    assertArrayEquals(bytes("xyz"), read("@" + file, ""));
  }

  @Test
  void read_anythingElse_isTheText() {
    assertArrayEquals(bytes("né"), read("né", ""));
    assertArrayEquals(bytes(""), read("", ""));
    assertArrayEquals(bytes(folder.toString()), read(folder.toString(), ""));
    assertArrayEquals(bytes("a\0b"), read("a\0b", ""));
  }

  @Test
  void read_atMissingFile_isAUsageError() {
    var e = assertThrows(CommandFailure.class, () -> read("@" + folder.resolve("none"), ""));
    assertEquals(ExitCode.USAGE, e.exitCode());
    assertEquals("there is no file " + folder.resolve("none"), e.line());
  }

  @Test
  void read_moreThanTheLimit_isRefused() {
    assertArrayEquals(bytes("12345678"), read("-", "12345678"));
    var e = assertThrows(CommandFailure.class, () -> read("-", "123456789"));
    assertTrue(e.line().contains("larger than 8 B"), e.line());
  }

  @Test
  void open_folder_isAUsageError() {
    var e =
        assertThrows(
            CommandFailure.class,
            () -> Input.open(folder.toString(), InputStream.nullInputStream()));
    assertEquals(ExitCode.USAGE, e.exitCode());
  }

  private static byte[] read(String source, String stdin) {
    // No limit for what is on the command line itself.
    return Input.read(source, new ByteArrayInputStream(bytes(stdin)), LIMIT_BYTES);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
