package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestEnvironment.GuestLog;
import dev.mooring.guest.call.Invocation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A guest loop for a test, the committed guests by name, and short ways to call them. Closing it
 * closes the spaces that are still open and holds the loop to having given everything back.
 *
 * <p>One thread; modules are compiled once for a fixture.
 */
final class GuestFixture implements AutoCloseable {
  static final int OUTPUT_BYTES = 1 << 20;
  static final int EVENTS = 256;
  static final int TIMERS = 64;
  static final long MEMORY_BYTES = 16L << 20;

  /** For calls that are not about deadlines: long enough for any machine. */
  static final int PATIENT_MILLIS = 60_000;

  private static final List<Path> FOLDERS =
      List.of(
          Path.of("test/guests"),
          Path.of("bench/guests"),
          Path.of("guests/c"),
          Path.of("guests/rust"),
          Path.of("guests/assemblyscript"));

  final GuestRuntime runtime;
  final GuestLoop loop;
  final Invocation invocation =
      new Invocation(
          ByteBufAllocator.DEFAULT.directBuffer(), ByteBufAllocator.DEFAULT.directBuffer());

  /** What calls are given from now on. */
  CallLimits limits = new CallLimits(PATIENT_MILLIS, OUTPUT_BYTES, EVENTS, TIMERS);

  int timeoutMillis = PATIENT_MILLIS;
  Map<String, String> config = Map.of();
  GuestLog log = (level, message) -> {};

  private final boolean ownsRuntime;
  private final Map<String, GuestModule> modules = new HashMap<>();
  private final List<Space> spaces = new ArrayList<>();

  GuestFixture() {
    this(new GuestRuntime(1L << 30), true);
  }

  /** With a budget of its own. */
  GuestFixture(long budgetBytes) {
    this(new GuestRuntime(budgetBytes), true);
  }

  /** One more loop of a runtime that others share. */
  GuestFixture(GuestRuntime runtime) {
    this(runtime, false);
  }

  private GuestFixture(GuestRuntime runtime, boolean ownsRuntime) {
    this.runtime = runtime;
    this.ownsRuntime = ownsRuntime;
    this.loop = new GuestLoop(runtime);
  }

  /** The bytes of a committed guest. */
  static byte[] bytes(String guest) {
    for (Path folder : FOLDERS) {
      Path file = folder.resolve(guest + ".wasm");
      if (Files.exists(file)) {
        try {
          return Files.readAllBytes(file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    throw new IllegalArgumentException("no guest " + guest);
  }

  /** The names of all committed guests that start so, in order. */
  static List<String> named(String prefix) {
    var names = new ArrayList<String>();
    for (Path folder : FOLDERS) {
      try (var files = Files.list(folder)) {
        files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.startsWith(prefix) && name.endsWith(".wasm"))
            .map(name -> name.substring(0, name.length() - ".wasm".length()))
            .forEach(names::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    names.sort(null);
    return names;
  }

  static GuestModule compile(byte[] bytes, GuestRuntime runtime) {
    try {
      return GuestModule.compile(bytes, ModuleOptions.DEFAULTS, runtime);
    } catch (ModuleRefused e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  GuestModule module(String guest) {
    return modules.computeIfAbsent(guest, key -> compile(bytes(guest), runtime));
  }

  Space open(String guest) {
    return open(module(guest));
  }

  Space open(GuestModule module) {
    try {
      return tryOpen(module);
    } catch (SpaceRefused e) {
      throw new AssertionError(e.outcome().toString(), e);
    }
  }

  Space tryOpen(GuestModule module) throws SpaceRefused {
    begin(Unpooled.EMPTY_BUFFER, Invocation.ActiveTimers.NONE);
    Space space = loop.open(module, new GuestEnvironment(config, log), MEMORY_BYTES, invocation);
    spaces.add(space);
    return space;
  }

  void close(Space space) {
    spaces.remove(space);
    space.close();
  }

  private void begin(ByteBuf input, Invocation.ActiveTimers timers) {
    invocation.begin(limits, timers, timeoutMillis, System.nanoTime());
    invocation.input(input, input.readerIndex(), input.readableBytes());
  }

  CallOutcome call(Space space, String function, long... arguments) {
    return callWith(space, function, new byte[0], arguments);
  }

  /** A call with a payload. */
  CallOutcome callWith(Space space, String function, byte[] input, long... arguments) {
    ExportedFunction export = space.processor.module().export(function);
    if (export == null) {
      throw new IllegalArgumentException("no export " + function);
    }
    begin(Unpooled.wrappedBuffer(input), Invocation.ActiveTimers.NONE);
    return space.call(export, arguments, invocation);
  }

  /** The results of a call that must commit. */
  long[] results(Space space, String function, long... arguments) {
    assertEquals(CallOutcome.Committed.INSTANCE, call(space, function, arguments), function);
    return invocation.results();
  }

  /** The only result of a call that must commit. */
  long result(Space space, String function, long... arguments) {
    return results(space, function, arguments)[0];
  }

  String output() {
    return invocation.output().toString(StandardCharsets.UTF_8);
  }

  /** All that a space holds, and that its image holds where it holds nothing. */
  static StoreImage state(Space space) {
    space.processor.load(space);
    return space.processor.snapshot();
  }

  /** Calls the timer hook, as a session does when a timer is due. */
  CallOutcome fire(Space space, int id) {
    ExportedFunction hook = space.processor.module().timerHook();
    if (hook == null) {
      throw new IllegalArgumentException("no timer hook");
    }
    begin(Unpooled.EMPTY_BUFFER, Invocation.ActiveTimers.NONE);
    return space.call(hook, new long[] {id}, invocation);
  }

  @Override
  public void close() {
    for (Space space : List.copyOf(spaces)) {
      close(space);
    }
    invocation.close();
    loop.close();
    if (ownsRuntime) {
      runtime.close();
      assertEquals(0, runtime.memoryUsedBytes(), "everything was given back");
    }
  }
}
