package dev.mooring.guest;

import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import dev.mooring.guest.GuestEnvironment.Level;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of WASI preview 1 that ordinary toolchains link against: clocks, random numbers, an
 * environment made of the session's configuration, lines on standard output and error that go to
 * the log, and {@code proc_exit}. There are no arguments and no files; every other function answers
 * {@code ENOSYS}.
 */
final class Wasi {
  static final String MODULE = "wasi_snapshot_preview1";

  private static final int SUCCESS = 0;
  private static final int EBADF = 8;
  private static final int EINVAL = 28;
  private static final int ENOSYS = 52;
  private static final int STDIN = 0;
  private static final int STDERR = 2;
  private static final int FILETYPE_CHARACTER_DEVICE = 2;
  private static final int FDSTAT_BYTES = 24;
  private static final int CLOCK_REALTIME = 0;
  private static final int CLOCK_PROCESS_CPUTIME = 2;
  private static final int MAX_VECTORS = 1024;

  private Wasi() {}

  /** The function of this name, or null if preview 1 has none. */
  static @Nullable HostFunction function(HostCalls calls, String name, FunctionType type) {
    return switch (name) {
      case "args_sizes_get", "args_get" ->
          of(name, type, 2, a -> noArguments(calls, name, at(a, 0), at(a, 1)));
      case "environ_sizes_get" -> of(name, type, 2, a -> environSizes(calls, at(a, 0), at(a, 1)));
      case "environ_get" -> of(name, type, 2, a -> environ(calls, at(a, 0), at(a, 1)));
      case "clock_res_get" -> of(name, type, 2, a -> clockResolution(calls, at(a, 0), at(a, 1)));
      case "clock_time_get" -> of(name, type, 3, a -> clockTime(calls, at(a, 0), at(a, 2)));
      case "random_get" -> of(name, type, 2, a -> random(calls, at(a, 0), at(a, 1)));
      case "sched_yield" -> of(name, type, 0, a -> SUCCESS);
      case "fd_fdstat_get" -> of(name, type, 2, a -> descriptor(calls, at(a, 0), at(a, 1)));
      case "fd_write" ->
          of(name, type, 4, a -> write(calls, at(a, 0), at(a, 1), at(a, 2), at(a, 3)));
      // A libc that is told anything else gives up before the guest's first line.
      case "fd_prestat_get" -> of(name, type, 2, a -> EBADF);
      case "proc_exit" ->
          new HostFunction(
              MODULE,
              name,
              type,
              (instance, a) -> {
                throw new CallEnded(new CallOutcome.Exited(at(a, 0)));
              });
      default -> of(name, type, type.params().size(), a -> ENOSYS);
    };
  }

  private interface Errno {
    int apply(long[] arguments);
  }

  private static @Nullable HostFunction of(
      String name, FunctionType type, int parameters, Errno function) {
    if (type.params().size() != parameters || !type.returns().equals(List.of(ValType.I32))) {
      return null;
    }
    return new HostFunction(MODULE, name, type, (instance, a) -> new long[] {function.apply(a)});
  }

  private static int at(long[] arguments, int index) {
    return (int) arguments[index];
  }

  private static int noArguments(HostCalls calls, String name, int count, int bytes) {
    if (name.equals("args_sizes_get")) {
      calls.memory().writeInt(count, 0);
      calls.memory().writeInt(bytes, 0);
    }
    return SUCCESS;
  }

  private static List<byte[]> environment(HostCalls calls) {
    var variables = new ArrayList<byte[]>();
    for (Map.Entry<String, String> entry : calls.environment().config().entrySet()) {
      String variable = entry.getKey() + "=" + entry.getValue() + "\0";
      variables.add(variable.getBytes(StandardCharsets.UTF_8));
    }
    return variables;
  }

  private static int environSizes(HostCalls calls, int count, int bytes) {
    List<byte[]> variables = environment(calls);
    calls.memory().writeInt(count, variables.size());
    calls.memory().writeInt(bytes, variables.stream().mapToInt(v -> v.length).sum());
    return SUCCESS;
  }

  private static int environ(HostCalls calls, int pointers, int buffer) {
    int pointer = pointers;
    int end = buffer;
    for (byte[] variable : environment(calls)) {
      calls.memory().writeInt(pointer, end);
      for (byte b : variable) {
        calls.memory().writeByte(end++, b);
      }
      pointer += Integer.BYTES;
    }
    return SUCCESS;
  }

  private static int clockResolution(HostCalls calls, int clock, int result) {
    if (clock < CLOCK_REALTIME || clock > CLOCK_PROCESS_CPUTIME + 1) {
      return EINVAL;
    }
    calls.memory().writeLong(result, 1);
    return SUCCESS;
  }

  private static int clockTime(HostCalls calls, int clock, int result) {
    if (clock < CLOCK_REALTIME || clock > CLOCK_PROCESS_CPUTIME + 1) {
      return EINVAL;
    }
    calls
        .memory()
        .writeLong(
            result, clock == CLOCK_REALTIME ? calls.timeUnixNanos() : calls.monotonicNanos());
    return SUCCESS;
  }

  private static int random(HostCalls calls, int buffer, int length) {
    calls.random(buffer, length);
    return SUCCESS;
  }

  private static int descriptor(HostCalls calls, int descriptor, int result) {
    if (descriptor < STDIN || descriptor > STDERR) {
      return EBADF;
    }
    for (int i = 0; i < FDSTAT_BYTES; i++) {
      calls.memory().writeByte(result + i, (byte) 0);
    }
    calls.memory().writeByte(result, (byte) FILETYPE_CHARACTER_DEVICE);
    return SUCCESS;
  }

  /** Logs what a guest writes to standard output or error, a line at a time. */
  private static int write(HostCalls calls, int descriptor, int vectors, int count, int written) {
    if (descriptor <= STDIN || descriptor > STDERR) {
      return EBADF;
    }
    if (Integer.compareUnsigned(count, MAX_VECTORS) > 0) {
      return EINVAL;
    }
    var text = new ByteArrayOutputStream();
    int total = 0;
    for (int i = 0; i < count; i++) {
      int address = calls.memory().readInt(vectors + 8 * i);
      int length = calls.memory().readInt(vectors + 8 * i + 4);
      calls.memory().check(address, length);
      int kept = Math.min(length, HostCalls.MAX_LOG_BYTES - text.size());
      if (kept > 0) {
        text.writeBytes(calls.memory().bytes(address, kept));
      }
      total += length;
    }
    Level level = descriptor == STDERR ? Level.WARN : Level.INFO;
    text.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(line -> calls.log(level, line));
    calls.memory().writeInt(written, total);
    return SUCCESS;
  }
}
