package dev.mooring.state;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/** An event loop's worth of guests without an event loop, and calls of them at random. */
final class GuestHost implements AutoCloseable {
  /** Those that the product brings. */
  static final List<String> BUNDLED =
      List.of("counter", "echo", "wordcount", "kv", "ticker", "stats", "lines");

  /** Those that the tests bring, and that have state of every kind and every way to fail. */
  static final List<String> MADE_FOR_TESTS =
      List.of("state_all", "traps", "types", "typed_bytes", "tally", "lifecycle", "pure_init");

  static final long MEMORY_BYTES = 16L << 20;

  private static final List<Path> SOURCES =
      List.of(
          Path.of("guests/c"),
          Path.of("guests/assemblyscript"),
          Path.of("guests/rust"),
          Path.of("test/guests"));
  private static final Map<String, GuestModule> MODULES = new ConcurrentHashMap<>();
  private static final CallLimits LIMITS = new CallLimits(10_000, 1 << 20, 256, 16);

  final GuestRuntime runtime;
  final GuestLoop loop;

  /** Runs in the middle of a call, whenever a guest logs. */
  Runnable onLog = () -> {};

  private final GuestEnvironment environment =
      new GuestEnvironment(Map.of(), (level, message) -> onLog.run());
  private final Invocation invocation = new Invocation(Unpooled.buffer(256), Unpooled.buffer(256));

  GuestHost(long budgetBytes) {
    runtime = new GuestRuntime(budgetBytes);
    loop = new GuestLoop(runtime);
  }

  GuestHost() {
    this(512L << 20);
  }

  static List<String> all() {
    var all = new ArrayList<>(BUNDLED);
    all.addAll(MADE_FOR_TESTS);
    return all;
  }

  /** A guest, compiled once for all tests. */
  static GuestModule module(String name) {
    return MODULES.computeIfAbsent(name, GuestHost::compiled);
  }

  private static GuestModule compiled(String name) {
    try (var runtime = new GuestRuntime(64L << 20)) {
      return GuestModule.compile(bytes(name), ModuleOptions.DEFAULTS, runtime);
    } catch (ModuleRefused e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String name) {
    for (Path source : SOURCES) {
      Path file = source.resolve(name + ".wasm");
      if (Files.exists(file)) {
        try {
          return Files.readAllBytes(file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    throw new IllegalArgumentException("no guest " + name);
  }

  Space open(GuestModule module) {
    begin(new byte[0]);
    try {
      return loop.open(module, environment, MEMORY_BYTES, invocation);
    } catch (SpaceRefused e) {
      throw new IllegalStateException(e.outcome().toString(), e);
    }
  }

  Space restore(GuestModule module, SessionState state) throws StateException, SpaceRefused {
    return restore(module, state, MEMORY_BYTES);
  }

  Space restore(GuestModule module, SessionState state, long memoryBytes)
      throws StateException, SpaceRefused {
    return loop.restore(module, state, environment, memoryBytes);
  }

  private void begin(byte[] input) {
    invocation.begin(LIMITS, Invocation.ActiveTimers.NONE, 10_000, System.nanoTime());
    invocation.input(Unpooled.wrappedBuffer(input), 0, input.length);
  }

  /** Calls a function; answers its results. */
  long[] call(GuestModule module, Space space, String function, long... arguments) {
    begin(new byte[0]);
    CallOutcome outcome = space.call(export(module, function), arguments, invocation);
    if (!outcome.committed()) {
      throw new IllegalStateException(function + ": " + outcome);
    }
    return invocation.results().clone();
  }

  private static ExportedFunction export(GuestModule module, String name) {
    ExportedFunction function = module.export(name);
    if (function == null) {
      throw new IllegalArgumentException("no function " + name);
    }
    return function;
  }

  /** Makes so many calls at random; answers all that could be seen of them. */
  String randomCalls(GuestModule module, Space space, int count, Random random) {
    var functions = new ArrayList<>(module.exports());
    if (module.timerHook() != null) {
      functions.add(module.timerHook());
    }
    var seen = new StringBuilder();
    for (int i = 0; i < count; i++) {
      ExportedFunction function = functions.get(random.nextInt(functions.size()));
      long[] arguments = new long[function.parameters().size()];
      for (int j = 0; j < arguments.length; j++) {
        arguments[j] = argument(function, j, random);
      }
      begin(input(function.name(), random));
      CallOutcome outcome = space.call(function, arguments, invocation);
      seen.append(i).append(' ').append(function.name()).append(Arrays.toString(arguments));
      seen.append(": ").append(outcome);
      if (outcome.committed()) {
        describe(seen);
      }
      seen.append('\n');
    }
    // The one thing that differs each time: what a guest read on the clock.
    return seen.toString().replaceAll("\"unix_nanos\":\\d+", "\"unix_nanos\":0");
  }

  private void describe(StringBuilder seen) {
    seen.append(Arrays.toString(invocation.results()));
    seen.append(' ').append(ByteBufUtil.hexDump(invocation.output()));
    for (int i = 0; i < invocation.eventCount(); i++) {
      int start = invocation.eventStart(i);
      seen.append(" event ")
          .append(
              invocation
                  .events()
                  .toString(start, invocation.eventEnd(i) - start, StandardCharsets.ISO_8859_1));
    }
    for (int i = 0; i < invocation.timerChangeCount(); i++) {
      seen.append(" timer ").append(invocation.timerId(i));
      seen.append(" in ").append(invocation.timerMillis(i));
    }
  }

  private static long argument(ExportedFunction function, int index, Random random) {
    double number = random.nextInt(2000) / 8.0 - 10;
    return switch (function.parameters().get(index)) {
      case I32 -> random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(9) - 1;
      case I64 -> random.nextBoolean() ? random.nextLong() : random.nextInt(9);
      case F32 -> Float.floatToRawIntBits((float) number);
      case F64 -> Double.doubleToRawLongBits(number);
      case FUNCREF, EXTERNREF -> throw new AssertionError("nobody may pass a reference");
    };
  }

  /** Something that the function can make something of, mostly. */
  private static byte[] input(String function, Random random) {
    String key = "key" + random.nextInt(60);
    return switch (function) {
      case "put" -> text(key + "=" + "value ".repeat(random.nextInt(40)) + random.nextInt());
      case "get", "delete" -> text(key);
      case "scan" -> text("key" + random.nextInt(6));
      case "top" -> text(String.valueOf(random.nextInt(30)));
      case "act" -> text("event");
      case "feed" -> random.nextInt(3) == 0 ? samples(random) : words(random);
      default -> words(random);
    };
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] words(Random random) {
    var text = new StringBuilder();
    for (int words = random.nextInt(200); words > 0; words--) {
      text.append(Integer.toString(random.nextInt(2000), 36)).append(words % 9 == 0 ? "\n" : " ");
    }
    return text(text.toString());
  }

  private static byte[] samples(Random random) {
    var bytes = ByteBuffer.allocate(8 * random.nextInt(100)).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putDouble(random.nextGaussian() * 1000);
    }
    return bytes.array();
  }

  @Override
  public void close() {
    invocation.close();
    loop.close();
    runtime.close();
  }
}
