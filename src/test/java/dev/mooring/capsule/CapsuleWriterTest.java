package dev.mooring.capsule;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which calls make capsules, and how many there come to be. */
final class CapsuleWriterTest {
  private static final CallOutcome TRAP = new CallOutcome.Trapped(TrapKind.UNREACHABLE);
  private static final CallOutcome FAILURE = new CallOutcome.Failed("why");

  @TempDir Path folder = Path.of("");

  private Path capsules() {
    return folder.resolve("capsules");
  }

  private CapsuleWriter open(CapsuleConfig config) throws IOException {
    return requireNonNull(CapsuleWriter.open(config));
  }

  private List<Path> written() throws IOException {
    try (var files = Files.list(capsules())) {
      return files.sorted().toList();
    }
  }

  private static GuestModule module() throws Exception {
    try (var runtime = new GuestRuntime(64L << 20)) {
      byte[] bytes = Files.readAllBytes(Path.of("guests/c/counter.wasm"));
      return GuestModule.compile(bytes, ModuleOptions.DEFAULTS, runtime);
    }
  }

  private static void write(CapsuleWriter writer, GuestModule module) {
    writer.write(
        "0123/../x",
        "sha256:ab",
        module,
        Capsules.call(TRAP),
        Capsules.state(),
        1_700_000_000_123L);
  }

  @Test
  void open_withoutAFolder_isNone() throws IOException {
    assertNull(CapsuleWriter.open(CapsuleConfig.NONE));
  }

  @Test
  void open_folderThatCantBe_isRefused() throws IOException {
    Files.writeString(capsules(), "a file");
    IOException refused =
        assertThrows(IOException.class, () -> open(CapsuleConfig.in(capsules(), 1)));
    assertTrue(String.valueOf(refused.getMessage()).contains("capsules"), refused::toString);
  }

  @Test
  void wants_eachNthTrap_andWhateverSomebodyAskedFor() throws IOException {
    try (CapsuleWriter writer = open(CapsuleConfig.in(capsules(), 3))) {
      for (int i = 1; i <= 9; i++) {
        assertEquals(
            i % 3 == 0, writer.wants(i % 2 == 0 ? TRAP : new CallOutcome.TimedOut(), false, 0));
        assertFalse(writer.wants(FAILURE, false, 0), "it is no trap");
      }
      assertTrue(writer.wants(FAILURE, true, 0));
      assertFalse(writer.wants(FAILURE, true, 1L << 40), "it holds too much");
      assertEquals(1, writer.dropped());
    }
    try (CapsuleWriter writer = open(CapsuleConfig.in(capsules(), 0))) {
      assertFalse(writer.wants(TRAP, false, 0));
      assertTrue(writer.wants(TRAP, true, 0));
    }
  }

  @Test
  void write_fileIsTheOwnersAlone_andCanBeRead() throws Exception {
    try (CapsuleWriter writer = open(CapsuleConfig.in(capsules(), 1))) {
      write(writer, module());
    }
    Path file = written().getFirst();
    assertEquals(
        "20231114T221320.123Z-sha256_ab-0123_.._x-1.capsule", file.getFileName().toString());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(capsules())));
    assertEquals(TRAP, Capsule.read(file).call().outcome());
  }

  @Test
  void write_moreThanTheFolderMayHold_isDroppedAndCounted() throws Exception {
    GuestModule module = module();
    CapsuleConfig two = CapsuleConfig.in(capsules(), 1).withBounds(2, 1 << 30, 1 << 20);
    for (int start = 0; start < 2; start++) {
      CapsuleWriter writer = open(two);
      for (int i = 0; i < 3; i++) {
        write(writer, module);
      }
      writer.close();
      assertEquals(start == 0 ? 2 : 0, writer.written());
      assertEquals(start == 0 ? 1 : 3, writer.dropped());
      assertFalse(writer.wants(TRAP, true, 0), "it is full, as far as is known");
      assertEquals(2, written().size());
    }
    long size = Files.size(written().getFirst());
    Files.delete(written().getFirst());
    try (CapsuleWriter writer = open(two.withBounds(9, 2 * (1 << 20), 1 << 20))) {
      write(writer, module);
    }
    assertEquals(2, written().size(), "somebody has made room");
    assertTrue(size > 100, () -> size + " bytes");
  }

  @Test
  void write_longerThanOneMayBe_isDropped() throws Exception {
    GuestModule module = module();
    var small = new CapsuleConfig(capsules(), 1, 9, 1 << 20, 64 << 10);
    byte[] input = new byte[70_000];
    CapsuleWriter writer = open(small);
    writer.write(
        "id", "kv", module, Capsules.call(TRAP, input), Capsules.state(), 1_700_000_000_123L);
    writer.close();
    assertEquals(1, writer.dropped());
    assertEquals(List.of(), written());
  }

  @Test
  void open_removesWhatWasLeftUnfinished() throws IOException {
    Files.createDirectories(capsules());
    Files.writeString(capsules().resolve("a.capsule.part"), "half");
    Files.writeString(capsules().resolve("notes"), "somebody's");
    open(CapsuleConfig.in(capsules(), 1)).close();
    assertEquals(List.of(capsules().resolve("notes")), written());
  }
}
