package dev.mooring.guest.machine;

import dev.mooring.guest.call.CallEnded;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestEnvironment.GuestLog;
import dev.mooring.guest.call.GuestEnvironment.Level;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.deadline.Lane;
import dev.mooring.guest.intake.FixedInput;
import dev.mooring.guest.log.WrittenLines;
import dev.mooring.guest.memory.GuestBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the imports of a guest do, in the words of the guest ABI. It serves one call at a time:
 * {@link #enter} says for whom.
 *
 * <p>One thread at a time: an event loop's, or a compile thread's while a module is initialised.
 */
public final class HostCalls {
  /** A longer log message is cut, before it is looked at how long it is in the log. */
  static final int MAX_LOG_BYTES = WrittenLines.MAX_LINE_BYTES;

  /** A longer message of {@code fail} is cut. */
  static final int MAX_FAIL_BYTES = 8 * 1024;

  /** A longer key is no key that any client could have set. */
  static final int MAX_CONFIG_KEY_BYTES = 1024;

  /** Of much, so much is done before anyone looks whether the call may go on. */
  private static final int PIECE_BYTES = 4096;

  private World world;
  private final boolean clockDiffers;
  private final boolean randomDiffers;
  private final boolean variablesDiffer;
  private @Nullable GuestBytes memory;
  private @Nullable Invocation invocation;
  private @Nullable GuestEnvironment environment;
  private final WrittenLines outputLines = new WrittenLines(Level.INFO);
  private final WrittenLines errorLines = new WrittenLines(Level.WARN);
  private boolean touchedWorld;

  /** Notes what calls see of the world; null if nobody wants to know. */
  private @Nullable WorldRecorder recorder;

  /** How much of the input a command has read from its standard input. */
  private int readBytes;

  /** Whether it is our code that runs, and not the guest's; meaningful during a call. */
  private boolean hostRuns;

  public HostCalls(World world) {
    this.world = world;
    clockDiffers = !world.fixed().contains(FixedInput.CLOCK);
    randomDiffers = !world.fixed().contains(FixedInput.RANDOM);
    variablesDiffer = !world.fixed().contains(FixedInput.ENVIRONMENT);
  }

  /** From now on notes what calls see of the world, which is a session's. */
  public void record(WorldRecorder notes) {
    checkIdle();
    recorder = notes;
    world = World.recorded(notes);
  }

  /** Throws if a call is being served: what a host function calls must not come back in. */
  public void checkIdle() {
    if (memory != null) {
      throw new IllegalStateException("a guest's call is running on this loop");
    }
  }

  /** From now on, serves this call, of which nothing has run yet. */
  public void enter(GuestBytes memory, Invocation invocation, GuestEnvironment environment) {
    checkIdle();
    this.memory = memory;
    this.invocation = invocation;
    this.environment = environment;
    readBytes = 0;
    hostRuns = true;
    if (recorder != null) {
      recorder.begin();
    }
  }

  /**
   * The call is over; nothing of it is kept.
   *
   * @return whether it was our code that ran last. No guest goes on after an exception, so what is
   *     thrown meanwhile is ours.
   */
  public boolean leave() {
    memory = null;
    invocation = null;
    environment = null;
    return hostRuns;
  }

  /** A guest has called a host function. */
  void enterHost() {
    hostRuns = true;
  }

  /** From now on the guest runs. */
  public void back() {
    hostRuns = false;
  }

  /** The same, with what the host function answers. */
  public int back(int result) {
    hostRuns = false;
    return result;
  }

  public long back(long result) {
    hostRuns = false;
    return result;
  }

  /**
   * Whether a guest has asked for anything that differs from session to session, or sent anything,
   * since this object was made.
   */
  public boolean touchedWorld() {
    return touchedWorld;
  }

  int inputLen() {
    touchedWorld = true;
    return invocation().inputLength();
  }

  int inputRead(int destination, int offset, int length) {
    touchedWorld = true;
    memory().check(destination, length);
    int size = invocation().inputLength();
    if (Integer.compareUnsigned(offset, size) >= 0) {
      return 0;
    }
    int left = size - offset;
    int count = Integer.compareUnsigned(length, left) < 0 ? length : left;
    memory().write(destination, invocation().input(), invocation().inputIndex() + offset, count);
    return count;
  }

  void outputWrite(int source, int length) {
    touchedWorld = true;
    memory().read(source, length, invocation().outputFor(length));
  }

  void event(int source, int length) {
    touchedWorld = true;
    memory().read(source, length, invocation().eventFor(length));
    invocation().endEvent();
  }

  void fail(int source, int length) {
    throw new CallEnded(new CallOutcome.Failed(text(source, length, MAX_FAIL_BYTES)));
  }

  void log(int level, int source, int length) {
    touchedWorld = true;
    memory().check(source, length);
    GuestLog log = environment().log();
    Level known = level(level);
    if (log.takes(known)) {
      log.log(known, text(source, length, MAX_LOG_BYTES));
    }
  }

  /** How much is left to read from standard input, which is empty but for a command. */
  int standardInputLeft() {
    if (!invocation().isCommand()) {
      return 0;
    }
    touchedWorld = true;
    return invocation().inputLength() - readBytes;
  }

  /** Reads from standard input; answers how many bytes, 0 at its end. */
  int read(int destination, int length) {
    memory().check(destination, length);
    int left = standardInputLeft();
    int count = Integer.compareUnsigned(length, left) < 0 ? length : left;
    if (count > 0) {
      int from = invocation().inputIndex() + readBytes;
      memory().write(destination, invocation().input(), from, count);
      readBytes += count;
    }
    return count;
  }

  /** Writes to standard output: a command's is the call's. */
  void writeOutput(int source, int length) {
    if (invocation().isCommand()) {
      outputWrite(source, length);
    } else {
      write(false, source, length);
    }
  }

  /** Writes to standard error, or to what of standard output is logged. */
  void write(boolean toError, int source, int length) {
    memory().check(source, length);
    int done = 0;
    while (done != length) {
      Lane.stopIfCondemned(); // All of a large memory takes long.
      int count = (int) Math.min(Integer.toUnsignedLong(length - done), PIECE_BYTES);
      byte[] piece = memory().bytes(source + done, count);
      (toError ? errorLines : outputLines).write(piece, environment().log());
      done += count;
    }
  }

  /** The call is over: what it has written of a line is logged as one. */
  public void endLines(GuestLog log) {
    if (outputLines.isUsed() || errorLines.isUsed()) {
      try {
        outputLines.end(log);
      } finally {
        errorLines.end(log);
      }
    }
  }

  private static Level level(int level) {
    return switch (level) {
      case 0 -> Level.TRACE;
      case 1 -> Level.DEBUG;
      case 2 -> Level.INFO;
      case 3 -> Level.WARN;
      default -> Level.ERROR;
    };
  }

  int configGet(int key, int keyLength, int destination, int capacity) {
    touchedWorld = true;
    memory().check(destination, capacity);
    String value = environment().config().get(text(key, keyLength, MAX_CONFIG_KEY_BYTES));
    return value == null ? -1 : copyOut(value, destination, capacity);
  }

  /**
   * The configuration, for WASI's environment; where that is fixed the session is nobody's, and has
   * none.
   */
  Map<String, String> variables() {
    touchedWorld |= variablesDiffer;
    return untouched().config();
  }

  long timeUnixNanos() {
    touchedWorld |= clockDiffers;
    return world.clock().unixNanos();
  }

  /** Nanoseconds from a point that stays the same while the process lives. */
  long monotonicNanos() {
    touchedWorld |= clockDiffers;
    return world.clock().nanoTime();
  }

  void random(int destination, int length) {
    touchedWorld |= randomDiffers;
    memory().check(destination, length);
    byte[] piece = new byte[(int) Math.min(Integer.toUnsignedLong(length), PIECE_BYTES)];
    ByteBuf bytes = Unpooled.wrappedBuffer(piece);
    int done = 0;
    while (done != length) {
      Lane.stopIfCondemned(); // All of a large memory takes long.
      world.random().nextBytes(piece);
      int count = (int) Math.min(Integer.toUnsignedLong(length - done), piece.length);
      memory().write(destination + done, bytes, 0, count);
      done += count;
    }
  }

  int traceparent(int destination, int capacity) {
    touchedWorld = true;
    memory().check(destination, capacity);
    return copyOut(invocation().traceparent(), destination, capacity);
  }

  /** Writes as much of a text as there is room for; answers how many bytes all of it has. */
  private int copyOut(String text, int destination, int capacity) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int count = Integer.compareUnsigned(capacity, bytes.length) < 0 ? capacity : bytes.length;
    memory().write(destination, Unpooled.wrappedBuffer(bytes), 0, count);
    return bytes.length;
  }

  void timerSet(int id, int millis) {
    touchedWorld = true;
    invocation().changeTimer(id, Integer.toUnsignedLong(millis));
  }

  void timerClear(int id) {
    touchedWorld = true;
    invocation().changeTimer(id, -1);
  }

  GuestBytes memory() {
    if (memory == null) {
      throw new IllegalStateException("a host function was called outside any call");
    }
    return memory;
  }

  private GuestEnvironment environment() {
    touchedWorld = true;
    return untouched();
  }

  private GuestEnvironment untouched() {
    if (environment == null) {
      throw new IllegalStateException("a host function was called outside any call");
    }
    return environment;
  }

  private Invocation invocation() {
    if (invocation == null) {
      throw new IllegalStateException("a host function was called outside any call");
    }
    return invocation;
  }

  /** Guest memory as text; what is not UTF-8 becomes the replacement character. */
  private String text(int source, int length, int maximum) {
    memory().check(source, length);
    int count = (int) Math.min(Integer.toUnsignedLong(length), maximum);
    return new String(memory().bytes(source, count), StandardCharsets.UTF_8);
  }
}
