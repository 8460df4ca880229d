package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Cut modules and noise: there is a summary or a {@link ModuleRejection}. What may become of whole
 * modules, {@link ModuleFuzzTest} tries.
 */
class IntakeNoiseTest {
  /** Small guests of real toolchains, with all their padding and custom sections. */
  private static final List<Path> GUESTS =
      List.of(
          Path.of("guests/c/counter.wasm"),
          Path.of("guests/c/echo.wasm"),
          Path.of("test/guests/types_reference.wasm"),
          Path.of("test/guests/state_all.wasm"));

  private static List<byte[]> seeds() throws IOException {
    var seeds = new ArrayList<>(Modules.good());
    for (Path guest : GUESTS) {
      seeds.add(Files.readAllBytes(guest));
    }
    return seeds;
  }

  @Test
  void examine_cutAtEveryByte_refusedOrBetweenSections() throws IOException {
    for (byte[] wasm : seeds()) {
      Intake.examine(wasm, IntakeLimits.DEFAULTS);
      List<Integer> betweenSections = sectionStarts(wasm);
      for (int size = 0; size < wasm.length; size++) {
        byte[] cut = Arrays.copyOf(wasm, size);
        if (betweenSections.contains(size)) {
          examined(cut); // what is left may be a module, or lack what another section speaks of
        } else {
          int at = size;
          assertThrows(
              ModuleRejection.class,
              () -> Intake.examine(cut, IntakeLimits.DEFAULTS),
              () -> "cut at " + at + " of " + HexFormat.of().formatHex(wasm));
        }
      }
    }
  }

  private static List<Integer> sectionStarts(byte[] wasm) {
    var reader = new WasmReader(wasm, IntakeLimits.DEFAULTS);
    reader.skip(8, "header");
    var starts = new ArrayList<Integer>();
    while (reader.remaining() > 0) {
      starts.add(reader.position());
      reader.u8();
      reader.skip(reader.u32(), "section");
    }
    return starts;
  }

  @Test
  void examine_randomBytesAfterTheHeader_summaryOrRejection() {
    long seed = Long.getLong("mooring.seed", new Random().nextLong());
    var random = new Random(seed);
    int examined = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] noise = new byte[random.nextInt(64)];
      random.nextBytes(noise);
      byte[] body = WasmBuilder.section(1 + random.nextInt(12), noise);
      try {
        examined(new WasmBuilder().last(body).build());
        examined++;
      } catch (Throwable e) {
        throw new AssertionError("-Dmooring.seed=" + seed, e);
      }
    }
    assertEquals(50_000, examined);
  }

  @Test
  void examine_randomCode_summaryOrRejection() {
    long seed = Long.getLong("mooring.seed", new Random().nextLong());
    var random = new Random(seed);
    int examined = 0;
    for (int i = 0; i < 50_000; i++) {
      int[] body = new int[1 + random.nextInt(32)];
      for (int j = 0; j < body.length; j++) {
        body[j] = random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(0x45);
      }
      try {
        examined(Modules.withStore(body));
        examined++;
      } catch (Throwable e) {
        throw new AssertionError("-Dmooring.seed=" + seed, e);
      }
    }
    assertEquals(50_000, examined);
  }

  /** Whether it was accepted; anything but a rejection goes up. */
  private static boolean examined(byte[] wasm) {
    try {
      Intake.examine(wasm, IntakeLimits.DEFAULTS);
      return true;
    } catch (ModuleRejection e) {
      assertTrue(e.offset() >= 0 && e.offset() <= wasm.length, e::getMessage);
      return false;
    }
  }
}
