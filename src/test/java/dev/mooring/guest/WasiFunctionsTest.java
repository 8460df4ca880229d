package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.HostImports;
import dev.mooring.guest.intake.HostImports.HostImport;
import dev.mooring.guest.intake.ValueType;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each function of WASI preview 1, called as no libc would. */
final class WasiFunctionsTest {
  private static final int SUCCESS = 0;
  private static final int EBADF = 8;
  private static final int EINVAL = 28;
  private static final int ENOSYS = 52;
  private static final int ENOTDIR = 54;
  private static final int ESPIPE = 70;

  private static final int OUTSIDE = 65_536;
  private static final int CHARACTER_DEVICE = 2;
  private static final long UNTOUCHED = 0x5555_5555_5555_5555L;

  /** What functions that are asked about a descriptor answer about a stream, and do nothing. */
  private static final Map<String, Integer> OF_STREAMS =
      Map.ofEntries(
          Map.entry("fd_advise", ESPIPE),
          Map.entry("fd_allocate", ESPIPE),
          Map.entry("fd_close", SUCCESS),
          Map.entry("fd_datasync", SUCCESS),
          Map.entry("fd_fdstat_set_flags", SUCCESS),
          Map.entry("fd_fdstat_set_rights", SUCCESS),
          Map.entry("fd_filestat_set_size", EINVAL),
          Map.entry("fd_filestat_set_times", ENOSYS),
          Map.entry("fd_pread", ESPIPE),
          Map.entry("fd_prestat_dir_name", EBADF),
          Map.entry("fd_prestat_get", EBADF),
          Map.entry("fd_pwrite", ESPIPE),
          Map.entry("fd_readdir", ENOTDIR),
          Map.entry("fd_renumber", ENOSYS),
          Map.entry("fd_seek", ESPIPE),
          Map.entry("fd_sync", SUCCESS),
          Map.entry("fd_tell", ESPIPE));

  private static final Set<String> OTHERS_OF_STREAMS =
      Set.of("fd_fdstat_get", "fd_filestat_get", "fd_read", "fd_write");

  private final GuestFixture guests = new GuestFixture();
  private final Space space = guests.open("wasi_all");

  @AfterEach
  void close() {
    guests.close();
  }

  private int answer(String function, long... arguments) {
    return (int) guests.result(space, function, arguments);
  }

  private void poke(int address, long value) {
    assertTrue(guests.call(space, "poke", address, value).committed());
  }

  private long peek(int address) {
    return guests.result(space, "peek", address);
  }

  private static long[] arguments(HostImport function, long first) {
    long[] arguments = new long[function.signature().params().size()];
    arguments[0] = first;
    return arguments;
  }

  private static boolean isAbout(HostImport function, String prefix) {
    return function.name().startsWith(prefix);
  }

  @Test
  void descriptor_noneIsOpen_isBad() {
    var asked = new TreeSet<String>();
    for (HostImport function : HostImports.of(HostImports.WASI)) {
      if (isAbout(function, "fd_")) {
        asked.add(function.name());
        for (int descriptor : new int[] {3, 4, 1_000, -1, Integer.MIN_VALUE}) {
          assertEquals(
              EBADF, answer(function.name(), arguments(function, descriptor)), function.name());
        }
      }
    }
    var known = new TreeSet<>(OF_STREAMS.keySet());
    known.addAll(OTHERS_OF_STREAMS);
    assertEquals(known, asked);
  }

  @Test
  void descriptor_standardStreams_areThere() {
    for (HostImport function : HostImports.of(HostImports.WASI)) {
      Integer expected = OF_STREAMS.get(function.name());
      for (int stream = 0; expected != null && stream <= 2; stream++) {
        assertEquals(
            expected, answer(function.name(), arguments(function, stream)), function.name());
      }
    }
  }

  @Test
  void close_standardOutput_staysOpen() {
    assertEquals(SUCCESS, answer("fd_close", 1));
    assertEquals(SUCCESS, answer("fd_write", 1, 0, 0, 64));
  }

  @Test
  void pathsAndSockets_areNotSupported() {
    var answers = new TreeMap<String, Integer>();
    for (HostImport function : HostImports.of(HostImports.WASI)) {
      if (isAbout(function, "path_") || isAbout(function, "sock_")) {
        answers.put(function.name(), answer(function.name(), arguments(function, 3)));
      }
    }
    assertEquals(14, answers.size());
    assertEquals(Set.of(ENOSYS), Set.copyOf(answers.values()));
    assertEquals(ENOSYS, answer("proc_raise", 6));
  }

  @Test
  void schedYield_returns() {
    assertEquals(SUCCESS, answer("sched_yield"));
  }

  @Test
  void arguments_areNone() {
    poke(0, UNTOUCHED);
    assertEquals(SUCCESS, answer("args_sizes_get", 0, 4));
    assertEquals(0, peek(0));
    poke(0, UNTOUCHED);
    assertEquals(SUCCESS, answer("args_get", 0, 0));
    assertEquals(UNTOUCHED, peek(0));
  }

  @Test
  void clocks_eachHasAResolutionAndATime() {
    for (int clock = 0; clock <= 3; clock++) {
      assertEquals(SUCCESS, answer("clock_res_get", clock, 0));
      assertEquals(1, peek(0));
      assertEquals(SUCCESS, answer("clock_time_get", clock, 0, 8));
      assertTrue(peek(8) > 0);
    }
    for (int clock : new int[] {-1, 4}) {
      assertEquals(EINVAL, answer("clock_res_get", clock, 0));
      assertEquals(EINVAL, answer("clock_time_get", clock, 0, 0));
    }
  }

  @Test
  void fdstat_ofAStream_isATerminalsThatCantSeek() {
    for (int stream = 0; stream <= 2; stream++) {
      for (int at = 0; at <= 24; at += 8) {
        poke(at, UNTOUCHED);
      }
      assertEquals(SUCCESS, answer("fd_fdstat_get", stream, 0));
      assertEquals(CHARACTER_DEVICE, peek(0), "no flags");
      long rights = peek(8);
      assertEquals(0, rights & (1 << 2 | 1 << 5), "seek and tell");
      assertEquals(stream == 0 ? 1 << 1 : 1 << 6, rights & (1 << 1 | 1 << 6), "read or write");
      assertEquals(0, peek(16), "nothing is inherited");
      assertEquals(UNTOUCHED, peek(24));
    }
  }

  @Test
  void filestat_ofAStream_isACharacterDevices() {
    for (int at = 0; at <= 64; at += 8) {
      poke(at, UNTOUCHED);
    }
    assertEquals(SUCCESS, answer("fd_filestat_get", 2, 0));
    for (int at = 0; at < 64; at += 8) {
      assertEquals(at == 16 ? CHARACTER_DEVICE : 0, peek(at), "at " + at);
    }
    assertEquals(UNTOUCHED, peek(64));
  }

  /** A function that isn't a command has its input by another way. */
  @Test
  void read_standardInput_isAtItsEnd() {
    poke(0, 256 | 16L << 32);
    poke(8, UNTOUCHED);
    poke(256, UNTOUCHED);
    CallOutcome outcome = guests.callWith(space, "fd_read", "input".getBytes(UTF_8), 0, 0, 1, 8);
    assertEquals(CallOutcome.Committed.INSTANCE, outcome);
    assertEquals(SUCCESS, guests.invocation.results()[0]);
    assertEquals(UNTOUCHED & ~0xFFFF_FFFFL, peek(8));
    assertEquals(UNTOUCHED, peek(256));
    assertEquals(EBADF, answer("fd_read", 1, 0, 1, 8));
    assertEquals(EINVAL, answer("fd_read", 0, 0, 1_025, 8));
  }

  @Test
  void write_standardInput_isBad() {
    assertEquals(EBADF, answer("fd_write", 0, 0, 0, 8));
  }

  private void subscribe(int at, long id, int type, int subject) {
    poke(at, id);
    poke(at + 8, type);
    poke(at + 16, subject);
    poke(at + 24, Long.MAX_VALUE); // A time-out, of the longest.
    poke(at + 32, 0);
    poke(at + 40, 0);
  }

  private void assertEvent(int at, long id, int error, int type, long bytes, int flags) {
    assertEquals(id, peek(at));
    assertEquals(error | type << 16, peek(at + 8));
    assertEquals(bytes, peek(at + 16));
    assertEquals(flags, peek(at + 24));
  }

  @Test
  void poll_clocksAndStreams_haveAllHappened() {
    subscribe(0, 10, 0, 1);
    subscribe(48, -11, 1, 0);
    subscribe(96, 12, 2, 1);
    subscribe(144, 13, 2, 2);
    poke(8_192, UNTOUCHED);
    assertEquals(SUCCESS, answer("poll_oneoff", 0, 1_024, 4, 8_192));
    assertEquals((UNTOUCHED & ~0xFFFF_FFFFL) | 4, peek(8_192));
    assertEvent(1_024, 10, SUCCESS, 0, 0, 0);
    assertEvent(1_056, -11, SUCCESS, 1, 0, 1);
    assertEvent(1_088, 12, SUCCESS, 2, 65_536, 0);
    assertEvent(1_120, 13, SUCCESS, 2, 65_536, 0);
  }

  @Test
  void poll_whatIsNotThere_isAnEventWithAnError() {
    subscribe(0, 1, 0, 9);
    subscribe(48, 2, 1, 1);
    subscribe(96, 3, 2, 0);
    subscribe(144, 4, 1, 3);
    assertEquals(SUCCESS, answer("poll_oneoff", 0, 1_024, 4, 8_192));
    assertEvent(1_024, 1, EINVAL, 0, 0, 0);
    assertEvent(1_056, 2, EBADF, 1, 0, 0);
    assertEvent(1_088, 3, EBADF, 2, 0, 0);
    assertEvent(1_120, 4, EBADF, 1, 0, 0);
  }

  @Test
  void poll_nothingOrTooMuchOrUnknown_isInvalid() {
    assertEquals(EINVAL, answer("poll_oneoff", 0, 1_024, 0, 8_192));
    assertEquals(EINVAL, answer("poll_oneoff", 0, 1_024, 1_025, 8_192));
    assertEquals(EINVAL, answer("poll_oneoff", 0, 1_024, -1, 8_192));
    subscribe(0, 1, 3, 0);
    assertEquals(EINVAL, answer("poll_oneoff", 0, 1_024, 1, 8_192));
  }

  /** Whatever reads or writes memory; what only answers an error doesn't look at its pointers. */
  @Test
  void pointer_outsideMemory_traps() {
    subscribe(0, 1, 0, 0);
    poke(64, OUTSIDE | 8L << 32);
    poke(72, 8 | 65_529L << 32);
    long[][] calls = {
      {0, OUTSIDE - 47, 0, 1, 1_024},
      {0, 0, OUTSIDE - 31, 1, 1_024},
      {0, 0, 1_024, 1, OUTSIDE - 3},
      {0, -48, 1_024, 1, 1_024},
      {0, 0, 1_024, 1_024, 1 << 30},
      {1, 0, OUTSIDE - 7, 1, 1_024},
      {1, 0, 64, 1, 1_024},
      {1, 0, 72, 1, 1_024},
      {1, 0, 1_024, 1, OUTSIDE - 3},
      {1, 0, 1_024, 0, -1},
    };
    String[] functions = {"poll_oneoff", "fd_read"};
    for (long[] call : calls) {
      long[] arguments = {call[1], call[2], call[3], call[4]};
      assertOutside(functions[(int) call[0]], arguments);
    }
    assertOutside("fd_filestat_get", 1, OUTSIDE - 63);
    assertOutside("fd_filestat_get", 1, -64);
    assertOutside("fd_fdstat_get", 1, OUTSIDE - 23);
  }

  private void assertOutside(String function, long... arguments) {
    assertEquals(
        new CallOutcome.Trapped(TrapKind.OUT_OF_BOUNDS_MEMORY),
        guests.call(space, function, arguments),
        function);
  }

  /** No answer is an exception of ours, whatever a guest asks. */
  @Test
  void function_anyArguments_answersOrTraps() {
    long[] values = {0, 1, 2, 3, 8, 1_024, 65_535, -1, Integer.MIN_VALUE, Long.MIN_VALUE};
    for (HostImport function : HostImports.of(HostImports.WASI)) {
      int count = function.signature().params().size();
      for (int round = 0; round < 20; round++) {
        long[] arguments = new long[count];
        for (int i = 0; i < count; i++) {
          long value = values[(round * 7 + i * 3) % values.length];
          boolean isInt = function.signature().params().get(i) == ValueType.I32;
          arguments[i] = isInt ? (int) value & 0xFFFF_FFFFL : value;
        }
        CallOutcome outcome = guests.call(space, function.name(), arguments);
        assertTrue(
            outcome.committed()
                || outcome instanceof CallOutcome.Trapped
                || outcome instanceof CallOutcome.Exited,
            function + ": " + outcome);
      }
    }
  }
}
