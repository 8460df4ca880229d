package dev.mooring.guest.machine;

import dev.mooring.guest.call.CallEnded;
import dev.mooring.guest.call.CallOutcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The part of WASI preview 1 that ordinary toolchains link against: clocks, random numbers, an
 * environment made of the session's configuration, lines on standard output and error that go to
 * the log, and {@code proc_exit}. There are no arguments and no files; every other function answers
 * {@code ENOSYS}.
 */
public final class Wasi {
  private static final int SUCCESS = 0;
  private static final int EBADF = 8;
  private static final int EINVAL = 28;
  public static final int ENOSYS = 52;
  private static final int STDIN = 0;
  private static final int STDERR = 2;
  private static final int FILETYPE_CHARACTER_DEVICE = 2;
  private static final int FDSTAT_BYTES = 24;
  private static final int CLOCK_REALTIME = 0;
  private static final int CLOCK_PROCESS_CPUTIME = 2;
  private static final int MAX_VECTORS = 1024;

  private Wasi() {}

  // A pointer that leads outside memory is the guest's fault, and only a trap says so.

  private static int readInt(HostCalls calls, int address) {
    calls.memory().check(address, Integer.BYTES);
    return calls.memory().readInt(address);
  }

  private static void writeInt(HostCalls calls, int address, int value) {
    calls.memory().check(address, Integer.BYTES);
    calls.memory().writeInt(address, value);
  }

  private static void writeLong(HostCalls calls, int address, long value) {
    calls.memory().check(address, Long.BYTES);
    calls.memory().writeLong(address, value);
  }

  private static void writeByte(HostCalls calls, int address, byte value) {
    calls.memory().check(address, 1);
    calls.memory().writeByte(address, value);
  }

  static int argsSizesGet(HostCalls calls, int count, int bytes) {
    writeInt(calls, count, 0);
    writeInt(calls, bytes, 0);
    return SUCCESS;
  }

  static int argsGet(HostCalls calls, int pointers, int buffer) {
    return SUCCESS;
  }

  /**
   * The configuration, as far as it can be an environment. A variable ends at its first NUL, and
   * its name at the first {@code =}: what has one where it may not would be another variable, or
   * have another value.
   */
  private static List<byte[]> environment(HostCalls calls) {
    var variables = new ArrayList<byte[]>();
    for (Map.Entry<String, String> entry : calls.environment().config().entrySet()) {
      if (isVariableName(entry.getKey()) && entry.getValue().indexOf('\0') < 0) {
        String variable = entry.getKey() + "=" + entry.getValue() + "\0";
        variables.add(variable.getBytes(StandardCharsets.UTF_8));
      }
    }
    return variables;
  }

  /** Whether POSIX has it as a name: letters, digits and underscores, no digit first. */
  private static boolean isVariableName(String key) {
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      boolean isDigit = c >= '0' && c <= '9';
      boolean isLetter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
      if (!isLetter && !(isDigit && i > 0)) {
        return false;
      }
    }
    return !key.isEmpty();
  }

  static int environSizesGet(HostCalls calls, int count, int bytes) {
    List<byte[]> variables = environment(calls);
    writeInt(calls, count, variables.size());
    writeInt(calls, bytes, variables.stream().mapToInt(v -> v.length).sum());
    return SUCCESS;
  }

  static int environGet(HostCalls calls, int pointers, int buffer) {
    int pointer = pointers;
    int end = buffer;
    for (byte[] variable : environment(calls)) {
      writeInt(calls, pointer, end);
      for (byte b : variable) {
        writeByte(calls, end++, b);
      }
      pointer += Integer.BYTES;
    }
    return SUCCESS;
  }

  static int clockResGet(HostCalls calls, int clock, int result) {
    if (clock < CLOCK_REALTIME || clock > CLOCK_PROCESS_CPUTIME + 1) {
      return EINVAL;
    }
    writeLong(calls, result, 1);
    return SUCCESS;
  }

  static int clockTimeGet(HostCalls calls, int clock, long precision, int result) {
    if (clock < CLOCK_REALTIME || clock > CLOCK_PROCESS_CPUTIME + 1) {
      return EINVAL;
    }
    writeLong(
        calls, result, clock == CLOCK_REALTIME ? calls.timeUnixNanos() : calls.monotonicNanos());
    return SUCCESS;
  }

  static int randomGet(HostCalls calls, int buffer, int length) {
    calls.random(buffer, length);
    return SUCCESS;
  }

  static int schedYield(HostCalls calls) {
    return SUCCESS;
  }

  @SuppressWarnings("DoNotCallSuggester")
  static void procExit(HostCalls calls, int status) {
    throw new CallEnded(new CallOutcome.Exited(status));
  }

  /** A libc that is told anything but EBADF gives up before the first line of its guest. */
  static int fdPrestatGet(HostCalls calls, int descriptor, int result) {
    return EBADF;
  }

  static int fdFdstatGet(HostCalls calls, int descriptor, int result) {
    if (descriptor < STDIN || descriptor > STDERR) {
      return EBADF;
    }
    for (int i = 0; i < FDSTAT_BYTES; i++) {
      writeByte(calls, result + i, (byte) 0);
    }
    writeByte(calls, result, (byte) FILETYPE_CHARACTER_DEVICE);
    return SUCCESS;
  }

  /** What a guest writes to standard output or error is logged, a line at a time. */
  static int fdWrite(HostCalls calls, int descriptor, int vectors, int count, int written) {
    if (descriptor <= STDIN || descriptor > STDERR) {
      return EBADF;
    }
    if (Integer.compareUnsigned(count, MAX_VECTORS) > 0) {
      return EINVAL;
    }
    int total = 0;
    for (int i = 0; i < count; i++) {
      int address = readInt(calls, vectors + 8 * i);
      int length = readInt(calls, vectors + 8 * i + 4);
      calls.write(descriptor == STDERR, address, length);
      total += length;
    }
    writeInt(calls, written, total);
    return SUCCESS;
  }
}
