package dev.mooring.guest.machine;

import dev.mooring.guest.call.CallEnded;
import dev.mooring.guest.call.CallOutcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The part of WASI preview 1 that does something: clocks, random numbers, an environment made of
 * the session's configuration, three standard streams, and {@code proc_exit}. There are no
 * arguments, no files and no sockets. What only answers an error is in {@code HostLinks}.
 *
 * <p>Nothing here is state: what a guest closes stays open.
 */
public final class Wasi {
  public static final int SUCCESS = 0;
  public static final int EBADF = 8;
  public static final int EINVAL = 28;
  public static final int ENOSYS = 52;
  public static final int ENOTDIR = 54;
  public static final int ESPIPE = 70;
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int FILETYPE_CHARACTER_DEVICE = 2;
  private static final int FDSTAT_BYTES = 24;
  private static final int FDSTAT_RIGHTS = 8;
  private static final int FILESTAT_BYTES = 64;
  private static final int FILESTAT_TYPE = 16;

  /** Neither seek nor tell: with those a libc takes the stream for a file. */
  private static final long RIGHTS_OF_ALL =
      1L << 3 | 1L << 21 | 1L << 27; // Set flags, get the file's status, poll.

  private static final long RIGHT_TO_READ = 1L << 1;
  private static final long RIGHT_TO_WRITE = 1L << 6;
  private static final int CLOCK_REALTIME = 0;
  private static final int CLOCK_THREAD_CPUTIME = 3;
  private static final int MAX_VECTORS = 1024;
  private static final int VECTOR_BYTES = 8;
  private static final int MAX_SUBSCRIPTIONS = 1024;
  private static final int SUBSCRIPTION_BYTES = 48;
  private static final int SUBSCRIPTION_TYPE = 8;
  private static final int SUBSCRIPTION_SUBJECT = 16;
  private static final int EVENT_BYTES = 32;
  private static final int EVENT_ERROR = 8;
  private static final int EVENT_READY_BYTES = 16;
  private static final int EVENT_FLAGS = 24;
  private static final int EVENTTYPE_CLOCK = 0;
  private static final int EVENTTYPE_FD_READ = 1;
  private static final int EVENTTYPE_FD_WRITE = 2;
  private static final int HANGUP = 1;

  /** What a stream that may be written to says it has room for: a guess is all that it could be. */
  private static final int ROOM_BYTES = 65_536;

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
   * The configuration, as far as it can be an environment, in the order of its keys: the same
   * wherever it is asked for. A variable ends at its first NUL, and its name at the first {@code
   * =}: what has one where it may not would be another variable, or have another value.
   */
  private static List<byte[]> environment(HostCalls calls) {
    var variables = new ArrayList<byte[]>();
    for (Map.Entry<String, String> entry : new TreeMap<>(calls.variables()).entrySet()) {
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

  private static boolean isClock(int clock) {
    return clock >= CLOCK_REALTIME && clock <= CLOCK_THREAD_CPUTIME;
  }

  static int clockResGet(HostCalls calls, int clock, int result) {
    if (!isClock(clock)) {
      return EINVAL;
    }
    writeLong(calls, result, 1);
    return SUCCESS;
  }

  static int clockTimeGet(HostCalls calls, int clock, long precision, int result) {
    if (!isClock(clock)) {
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

  @SuppressWarnings("DoNotCallSuggester")
  static void procExit(HostCalls calls, int status) {
    throw new CallEnded(new CallOutcome.Exited(status));
  }

  private static boolean isStream(int descriptor) {
    return descriptor >= STDIN && descriptor <= STDERR;
  }

  /** The answer of a function that does nothing to a stream, and for which there is no other. */
  static int answer(int descriptor, int ofStream) {
    return isStream(descriptor) ? ofStream : EBADF;
  }

  private static void clear(HostCalls calls, int address, int bytes) {
    calls.memory().check(address, bytes);
    for (int i = 0; i < bytes; i += Long.BYTES) {
      calls.memory().writeLong(address + i, 0);
    }
  }

  static int fdFdstatGet(HostCalls calls, int descriptor, int result) {
    if (!isStream(descriptor)) {
      return EBADF;
    }
    clear(calls, result, FDSTAT_BYTES);
    writeByte(calls, result, (byte) FILETYPE_CHARACTER_DEVICE);
    long way = descriptor == STDIN ? RIGHT_TO_READ : RIGHT_TO_WRITE;
    writeLong(calls, result + FDSTAT_RIGHTS, RIGHTS_OF_ALL | way);
    return SUCCESS;
  }

  static int fdFilestatGet(HostCalls calls, int descriptor, int result) {
    if (!isStream(descriptor)) {
      return EBADF;
    }
    clear(calls, result, FILESTAT_BYTES);
    writeByte(calls, result + FILESTAT_TYPE, (byte) FILETYPE_CHARACTER_DEVICE);
    return SUCCESS;
  }

  /** Standard input is a command's input, and empty for all other functions. */
  static int fdRead(HostCalls calls, int descriptor, int vectors, int count, int read) {
    if (descriptor != STDIN) {
      return EBADF;
    }
    return eachVector(calls, vectors, count, read, calls::read);
  }

  /** What is done with one piece of memory; answers how many bytes it was done with. */
  private interface Transfer {
    int of(int address, int length);
  }

  /** Does it with each piece that a list has, and stores with how many bytes in all. */
  private static int eachVector(
      HostCalls calls, int vectors, int count, int result, Transfer transfer) {
    if (Integer.compareUnsigned(count, MAX_VECTORS) > 0) {
      return EINVAL;
    }
    int total = 0;
    for (int i = 0; i < count; i++) {
      int vector = vectors + VECTOR_BYTES * i;
      total += transfer.of(readInt(calls, vector), readInt(calls, vector + Integer.BYTES));
    }
    writeInt(calls, result, total);
    return SUCCESS;
  }

  /** Every event has happened: a call has no time to wait in, and streams are never full. */
  static int pollOneoff(HostCalls calls, int subscriptions, int events, int count, int stored) {
    if (count == 0 || Integer.compareUnsigned(count, MAX_SUBSCRIPTIONS) > 0) {
      return EINVAL;
    }
    calls.memory().check(subscriptions, SUBSCRIPTION_BYTES * count);
    calls.memory().check(events, EVENT_BYTES * count);
    calls.memory().check(stored, Integer.BYTES);
    for (int i = 0; i < count; i++) {
      int subscription = subscriptions + SUBSCRIPTION_BYTES * i;
      int type = calls.memory().readInt(subscription + SUBSCRIPTION_TYPE) & 0xFF;
      if (type > EVENTTYPE_FD_WRITE) {
        return EINVAL;
      }
      event(calls, subscription, type, events + EVENT_BYTES * i);
    }
    writeInt(calls, stored, count);
    return SUCCESS;
  }

  /** Answers one subscription; both are in memory. */
  private static void event(HostCalls calls, int subscription, int type, int event) {
    int idLow = calls.memory().readInt(subscription);
    int idHigh = calls.memory().readInt(subscription + Integer.BYTES);
    int subject = calls.memory().readInt(subscription + SUBSCRIPTION_SUBJECT);
    clear(calls, event, EVENT_BYTES);
    calls.memory().writeInt(event, idLow);
    calls.memory().writeInt(event + Integer.BYTES, idHigh);
    // The type's byte comes after the error's two.
    calls.memory().writeInt(event + EVENT_ERROR, pollError(type, subject) | type << Short.SIZE);
    if (type == EVENTTYPE_FD_READ && subject == STDIN) {
      int left = calls.standardInputLeft();
      calls.memory().writeLong(event + EVENT_READY_BYTES, left);
      calls.memory().writeInt(event + EVENT_FLAGS, left == 0 ? HANGUP : 0);
    } else if (type == EVENTTYPE_FD_WRITE && pollError(type, subject) == SUCCESS) {
      calls.memory().writeLong(event + EVENT_READY_BYTES, ROOM_BYTES);
    }
  }

  private static int pollError(int type, int subject) {
    return switch (type) {
      case EVENTTYPE_CLOCK -> isClock(subject) ? SUCCESS : EINVAL;
      case EVENTTYPE_FD_READ -> subject == STDIN ? SUCCESS : EBADF;
      default -> subject == STDOUT || subject == STDERR ? SUCCESS : EBADF;
    };
  }

  /** What a guest writes is logged, a line at a time; but a command's standard output is output. */
  static int fdWrite(HostCalls calls, int descriptor, int vectors, int count, int written) {
    if (descriptor != STDOUT && descriptor != STDERR) {
      return EBADF;
    }
    return eachVector(
        calls,
        vectors,
        count,
        written,
        (address, length) -> {
          if (descriptor == STDERR) {
            calls.write(true, address, length);
          } else {
            calls.writeOutput(address, length);
          }
          return length;
        });
  }
}
