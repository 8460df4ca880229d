package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which modules a linker has taken for commands. */
final class CommandWrappersTest {
  private static final List<Path> FOLDERS =
      List.of(Path.of("guests"), Path.of("test/guests"), Path.of("bench/guests"));
  private static final int HEADER_BYTES = 8;

  private static boolean wrapped(byte[] module) {
    return Intake.examine(module, IntakeLimits.DEFAULTS).linked().commandExports();
  }

  /** A module without its custom sections, names among them. */
  private static byte[] stripped(byte[] module) {
    var all = ByteBuffer.wrap(module);
    var kept = ByteBuffer.allocate(module.length);
    kept.put(module, 0, HEADER_BYTES);
    all.position(HEADER_BYTES);
    while (all.hasRemaining()) {
      int start = all.position();
      int id = all.get();
      int size = 0;
      int shift = 0;
      byte b;
      do {
        b = all.get();
        size |= (b & 0x7F) << shift;
        shift += 7;
      } while (b < 0);
      int end = all.position() + size;
      if (id != 0) {
        kept.put(module, start, end - start);
      }
      all.position(end);
    }
    return Arrays.copyOf(kept.array(), kept.position());
  }

  @Test
  void exports_wrapped_areFoundWithAndWithoutNames() throws IOException {
    byte[] module = Files.readAllBytes(Path.of("test/guests/wrapped.wasm"));
    assertTrue(wrapped(module));
    byte[] nameless = stripped(module);
    assertTrue(nameless.length < module.length);
    assertTrue(wrapped(nameless));
  }

  @Test
  void exports_ofTheOtherGuests_areNotWrapped() throws IOException {
    var found = new ArrayList<String>();
    int examined = 0;
    for (Path folder : FOLDERS) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".wasm")).toList()) {
          byte[] module = Files.readAllBytes(file);
          try {
            if (wrapped(module) || wrapped(stripped(module))) {
              found.add(file.getFileName().toString());
            }
            examined++;
          } catch (ModuleRejection refused) {
            assertFalse(file.toString().startsWith("guests"), file.toString());
          }
        }
      }
    }
    assertEquals(List.of("wrapped.wasm"), found);
    assertTrue(examined > 50, examined + " guests");
  }
}
