package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever the bytes, there is a summary or a {@link ModuleRejection}, and soon. */
class IntakeFuzzTest {
  private static final int MUTATIONS_PER_MODULE = 20_000;
  private static final Duration WIDE_ROOM = Duration.ofMinutes(2);

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
  void examine_mutations_summaryOrRejection() throws IOException {
    long seed = Long.getLong("mooring.seed", new Random().nextLong());
    List<byte[]> seeds = seeds();
    assertTimeoutPreemptively(
        WIDE_ROOM,
        () -> {
          int accepted = 0;
          for (byte[] wasm : seeds) {
            var random = new Random(seed ^ wasm.length);
            for (int i = 0; i < MUTATIONS_PER_MODULE; i++) {
              byte[] mutated = mutate(wasm, random);
              try {
                accepted += examined(mutated) ? 1 : 0;
              } catch (Throwable e) {
                throw new AssertionError(
                    "-Dmooring.seed=" + seed + ": " + HexFormat.of().formatHex(mutated), e);
              }
            }
          }
          // Many mutations change a constant or a name only; were none accepted, the test would
          // test nothing.
          assertTrue(accepted > 1_000, "accepted " + accepted + " of seed " + seed);
        });
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

  private static byte[] mutate(byte[] wasm, Random random) {
    byte[] bytes = wasm.clone();
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xFF : 0x80);
        case 3 -> bytes = WasmBuilder.join(Arrays.copyOf(bytes, at), rest(bytes, at + 1));
        case 4 ->
            bytes =
                WasmBuilder.join(
                    Arrays.copyOf(bytes, at),
                    WasmBuilder.bytes(random.nextInt(256)),
                    rest(bytes, at));
        default -> {
          int length = Math.min(random.nextInt(16), bytes.length - at);
          System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
        }
      }
      if (bytes.length == 0) {
        return bytes;
      }
    }
    return bytes;
  }

  private static byte[] rest(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, Math.min(from, bytes.length), bytes.length);
  }
}
