package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.intake.HostImports.HostImport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class HostImportsTest {
  @Test
  void of_mooring_isAbiVersion1() {
    assertEquals(
        """
        mooring.input_len () -> (i32)
        mooring.input_read (i32, i32, i32) -> (i32)
        mooring.output_write (i32, i32) -> ()
        mooring.event (i32, i32) -> ()
        mooring.fail (i32, i32) -> ()
        mooring.log (i32, i32, i32) -> ()
        mooring.config_get (i32, i32, i32, i32) -> (i32)
        mooring.time_unix_nanos () -> (i64)
        mooring.random (i32, i32) -> ()
        mooring.traceparent (i32, i32) -> (i32)
        mooring.timer_set (i32, i32) -> ()
        mooring.timer_clear (i32) -> ()
        """,
        HostImports.of("mooring").stream().map(i -> i + "\n").collect(Collectors.joining()));
  }

  @Test
  void of_wasi_isAllOfPreview1() {
    assertEquals(46, HostImports.of("wasi_snapshot_preview1").size());
    assertWasi("path_open", "(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> (i32)");
    assertWasi("fd_readdir", "(i32, i32, i32, i64, i32) -> (i32)");
    assertWasi("fd_seek", "(i32, i64, i32, i32) -> (i32)");
    assertWasi("path_filestat_set_times", "(i32, i32, i32, i32, i64, i64, i32) -> (i32)");
    assertWasi("proc_exit", "(i32) -> ()");
  }

  private static void assertWasi(String name, String signature) {
    HostImport found = HostImports.find("wasi_snapshot_preview1", name);
    assertEquals(signature, found == null ? null : found.signature().toString());
  }

  @Test
  void takesPointer_isToldPerFunction() {
    for (HostImport function : HostImports.of("mooring")) {
      boolean expected =
          switch (function.name()) {
            case "input_len", "time_unix_nanos", "timer_set", "timer_clear" -> false;
            default -> true;
          };
      assertEquals(expected, function.takesPointer(), function.name());
    }
    HostImport close = HostImports.find("wasi_snapshot_preview1", "fd_close");
    assertFalse(close == null || close.takesPointer());
    HostImport write = HostImports.find("wasi_snapshot_preview1", "fd_write");
    assertTrue(write != null && write.takesPointer());
  }

  @Test
  void find_unknown_null() {
    assertNull(HostImports.find("mooring", "nothing"));
    assertNull(HostImports.find("env", "input_len"));
    assertTrue(HostImports.of("env").isEmpty());
  }
}
