package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.log.WrittenLines;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What an ordinary toolchain's guests find of WASI. */
final class WasiTest {
  private static final int EXITS = 1_000;

  @Test
  void environment_keysThatAreNoNames_areNotInIt() {
    try (var guests = new GuestFixture()) {
      guests.config =
          Map.ofEntries(
              Map.entry("NAME_1", "a=b"),
              Map.entry("_lower", ""),
              Map.entry("PATH=/evil", "x"),
              Map.entry("=", "x"),
              Map.entry("1ST", "x"),
              Map.entry("max-keys", "x"),
              Map.entry("größe", "x"),
              Map.entry("two\nlines", "x"),
              Map.entry("CUT", "seen\0unseen"));
      Space space = guests.open("wasi_probe");
      assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "variables"));
      assertEquals(
          new TreeSet<>(List.of("NAME_1=a=b", "_lower=")),
          new TreeSet<>(guests.output().lines().toList()));
      for (String name : new String[] {"PATH", "CUT", "max-keys"}) {
        assertEquals(
            new CallOutcome.Failed("no such variable"),
            guests.callWith(space, "environment", name.getBytes(UTF_8)));
      }
    }
  }

  @Test
  void config_keysThatAreNoNames_areThereByTheImport() {
    try (var guests = new GuestFixture()) {
      guests.config = Map.of("PATH=/evil", "x", "max-keys", "7\0");
      Space space = guests.open("wasi_probe");
      for (Map.Entry<String, String> entry : guests.config.entrySet()) {
        byte[] key = entry.getKey().getBytes(UTF_8);
        assertEquals(CallOutcome.Committed.INSTANCE, guests.callWith(space, "config", key));
        assertEquals(entry.getValue(), guests.output());
      }
    }
  }

  @Test
  void exit_status0WithoutResults_commits() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wasi_probe");
      assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "quit", 0));
      assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "_start"));
      assertEquals(2, guests.result(space, "calls"));
    }
  }

  @Test
  void exit_otherStatus_rollsBack() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wasi_probe");
      for (int status : new int[] {1, -1, 255, Integer.MIN_VALUE}) {
        assertEquals(new CallOutcome.Exited(status), guests.call(space, "quit", status));
      }
      assertEquals(0, guests.result(space, "calls"));
    }
  }

  @Test
  void exit_status0ThatOwesAResult_rollsBack() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wasi_probe");
      assertEquals(new CallOutcome.Exited(0), guests.call(space, "quit_result", 0));
      assertEquals(0, guests.result(space, "calls"));
    }
  }

  /** What an exit leaves on the guest's own stack would fill it after some thousand. */
  @Test
  void exit_manyTimes_leavesNothingOnTheStack() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wasi_probe");
      for (int i = 1; i <= EXITS; i++) {
        assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "quit_deep"), "exit " + i);
      }
      assertEquals(EXITS, guests.result(space, "calls"));
    }
  }

  @Test
  void exit_status0OfWhatTheServerCalls_countsAsReturned() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("exits");
      assertTrue(guests.module("exits").preinitialised());
      assertEquals(11, guests.result(space, "sum"), "after _initialize and mooring_open");
      assertEquals(CallOutcome.Committed.INSTANCE, guests.fire(space, 0));
      assertEquals(new CallOutcome.Exited(7), guests.fire(space, 7));
      assertEquals(111, guests.result(space, "sum"));
    }
  }

  @Test
  void start_returns_commits() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("exits");
      assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "_start"));
      assertEquals(10_011, guests.result(space, "sum"));
    }
  }

  /** What a guest has logged, with its levels' first letters. */
  private static List<String> logging(GuestFixture guests) {
    var lines = new ArrayList<String>();
    guests.log = (level, message) -> lines.add(level.name().charAt(0) + " " + message);
    return lines;
  }

  @Test
  void write_linesInPieces_areLines() {
    try (var guests = new GuestFixture()) {
      List<String> lines = logging(guests);
      Space space = guests.open("wasi_probe");
      assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "pieces", 0));
      assertEquals(List.of("W 7 of many", "W second line", "I out", "W last"), lines);
    }
  }

  @Test
  void write_callThatFails_leavesItsLinesInTheLog() {
    try (var guests = new GuestFixture()) {
      List<String> lines = logging(guests);
      Space space = guests.open("wasi_probe");
      for (int end = 1; end <= 3; end++) {
        lines.clear();
        guests.timeoutMillis = end == 3 ? 50 : GuestFixture.PATIENT_MILLIS;
        assertFalse(guests.call(space, "pieces", end).committed());
        assertEquals(List.of("W 7 of many", "W second line", "I out", "W last"), lines);
      }
      assertEquals(0, guests.result(space, "calls"));
    }
  }

  /** Two calls, two lines; and what one session has written is never in another's. */
  @Test
  void write_withoutANewline_endsWithTheCall() {
    try (var guests = new GuestFixture()) {
      List<String> lines = logging(guests);
      Space one = guests.open("wordy");
      Space other = guests.open("wordy");
      guests.callWith(one, "write", "secret".getBytes(UTF_8), 1);
      guests.callWith(other, "write", new byte[0], 1);
      guests.callWith(other, "write", "o".getBytes(UTF_8), 1);
      guests.callWith(one, "write", "\nthe\n\r\n \nend\n".getBytes(UTF_8), 1);
      assertEquals(List.of("I secret", "I o", "I the", "I end"), lines);
    }
  }

  @Test
  void write_longLine_isCutAndTheNextIsWhole() {
    try (var guests = new GuestFixture()) {
      List<String> lines = logging(guests);
      Space space = guests.open("wordy");
      String written = "x".repeat(WrittenLines.MAX_LINE_BYTES + 1_000) + "\nnext";
      guests.callWith(space, "write", written.getBytes(UTF_8), 2);
      assertEquals(List.of("W " + "x".repeat(WrittenLines.MAX_LINE_BYTES), "W next"), lines);
    }
  }

  /** As much as memory holds, in lines: none is left out because of those before it. */
  @Test
  void write_manyLinesAtOnce_areAllLogged() {
    try (var guests = new GuestFixture()) {
      List<String> lines = logging(guests);
      Space space = guests.open("wordy");
      String line = "a line of the guest's\n";
      guests.callWith(space, "write", line.repeat(700).getBytes(UTF_8), 1);
      assertEquals(Collections.nCopies(700, "I " + line.strip()), lines);
    }
  }

  /** What is said at the end of the last line is the call's, too. */
  @Test
  void write_logFailsAtTheCallsEnd_isTheServersFailureAndTheCallNeverWas() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wordy");
      String before = States.text(GuestFixture.state(space));
      guests.log =
          (level, message) -> {
            throw new NullPointerException("ours");
          };
      Space failing = guests.open("wordy");
      assertThrows(
          IllegalStateException.class,
          () -> guests.callWith(failing, "write", "x".getBytes(UTF_8), 1));
      assertEquals(before, States.text(GuestFixture.state(failing)));
    }
  }
}
