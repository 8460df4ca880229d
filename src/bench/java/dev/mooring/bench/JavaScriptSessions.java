package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.ScriptFiles;
import dev.mooring.guest.Space;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Sessions of a script in a process of their own, on one loop. Prints {@code value NAME NUMBER} for
 * each that it measured: what `contexts.mjs` measures in Node.
 */
final class JavaScriptSessions {
  private static final int WEIGHED = 20_000;
  private static final int LIVE = 100_000;
  private static final int OPENED = 20_000;
  private static final int WARM_UP_MILLIS = 8_000;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double KIB = 1_024;
  private static final int CALLS_PER_TICK = 512;
  private static final int FIRST_CALLS = 100;
  private static final int SCRIPTS = 200;

  private static final ByteBuf ONE = text("1");
  private static final ByteBuf TWENTY = text("20");

  private final MooringEngine engine = new MooringEngine();
  private final int seconds;
  private final Loaded count;

  private JavaScriptSessions(Path script, int seconds) throws Exception {
    this.seconds = seconds;
    byte[] bytes = Files.readAllBytes(script);
    long start = System.nanoTime();
    count = engine.load(ScriptFiles.of(Map.of("session.js", bytes)), "count");
    value("load_first_ms", (System.nanoTime() - start) / NANOS_PER_MILLI);
    start = System.nanoTime();
    Space space = count.open();
    count(space, 1);
    value("first_call_ms", (System.nanoTime() - start) / NANOS_PER_MILLI);
    for (int i = 2; i <= FIRST_CALLS; i++) {
      count(space, i);
    }
    value("first_hundred_calls_ms", (System.nanoTime() - start) / NANOS_PER_MILLI);
    space.close();
    start = System.nanoTime();
    engine.load(ScriptFiles.of(Map.of("other.js", bytes)), "count");
    value("load_next_ms", (System.nanoTime() - start) / NANOS_PER_MILLI);
  }

  /** The arguments are the script's file, and for how long each call is measured, in seconds. */
  public static void main(String[] args) throws Exception {
    try {
      var run = new JavaScriptSessions(Path.of(args[0]), Integer.parseInt(args[1]));
      run.warmUp();
      run.open();
      run.weigh();
      run.calls();
      run.live();
      run.scripts(Files.readAllBytes(Path.of(args[0])));
    } catch (Wrong e) {
      System.err.println("javascript: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static void value(String name, double number) {
    System.out.println("value " + name + " " + number);
  }

  /** Calls a session the so manieth time. */
  private void count(Space space, int time) {
    boolean committed = count.run(space, ONE, 0).committed();
    String output = count.output().toString(StandardCharsets.UTF_8);
    String expected = "{\"total\":" + time + ",\"twice\":" + 2 * time + "}";
    Wrong.check(
        committed && output.equals(expected), "a session answered '" + output + "': " + expected);
  }

  private void warmUp() throws Exception {
    long end = System.nanoTime() + (long) (WARM_UP_MILLIS * NANOS_PER_MILLI);
    Loaded fib = count.with("fib");
    while (System.nanoTime() < end) {
      Space space = count.open();
      for (int i = 1; i <= 100; i++) {
        count(space, i);
      }
      fib.run(space, TWENTY, 0);
      space.close();
    }
  }

  private void open() throws Exception {
    var spaces = new Space[OPENED];
    var rounds = new Samples();
    for (int round = 0; round < 9; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < OPENED; i++) {
        spaces[i] = count.open();
      }
      rounds.add((System.nanoTime() - start) / NANOS_PER_MICRO / OPENED);
      for (Space space : spaces) {
        space.close();
      }
    }
    value("open_us", rounds.median());
  }

  private void weigh() throws Exception {
    long before = Heap.usedBytes();
    var spaces = new Space[WEIGHED];
    for (int i = 0; i < WEIGHED; i++) {
      spaces[i] = count.open();
      count(spaces[i], 1);
    }
    value("once_kib", (Heap.usedBytes() - before) / KIB / WEIGHED);
    for (int time = 2; time <= 10; time++) {
      for (Space space : spaces) {
        count(space, time);
      }
    }
    value("ten_kib", (Heap.usedBytes() - before) / KIB / WEIGHED);
    engine.letRest();
    value("at_rest_kib", (Heap.usedBytes() - before) / KIB / WEIGHED);
    for (Space space : spaces) {
      space.close();
    }
  }

  private void calls() throws Exception {
    Space space = count.open();
    value("nop_us", micros(count.with("nop"), space, Unpooled.EMPTY_BUFFER, 10_000));
    value("count_us", micros(count, space, ONE, 1_000));
    value("fib_us", micros(count.with("fib"), space, TWENTY, 10));
    space.close();
  }

  /** The median time of a call. */
  private double micros(Loaded function, Space space, ByteBuf input, int times) {
    long end = System.nanoTime() + (long) (seconds * 1e3 * NANOS_PER_MILLI);
    var rounds = new Samples();
    while (System.nanoTime() < end || rounds.count() < 5) {
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        Wrong.check(function.run(space, input, 0).committed(), "a call failed");
      }
      rounds.add((System.nanoTime() - start) / NANOS_PER_MICRO / times);
    }
    return rounds.median();
  }

  /** What one more script costs: each of them has its name, and so an image of its own. */
  private void scripts(byte[] script) throws Exception {
    var loaded = new Loaded[SCRIPTS];
    long before = Heap.usedBytes();
    for (int i = 0; i < SCRIPTS; i++) {
      loaded[i] = engine.load(ScriptFiles.of(Map.of(i + ".js", script)), "count");
    }
    value("script_kib", (Heap.usedBytes() - before) / KIB / SCRIPTS);
    Wrong.check(loaded[SCRIPTS - 1].run(loaded[SCRIPTS - 1].open(), ONE, 0).committed(), "a call");
  }

  private void live() throws Exception {
    var spaces = new Space[LIVE];
    for (int time = 1; time <= 2; time++) {
      for (int i = 0; i < LIVE; i++) {
        if (time == 1) {
          spaces[i] = count.open();
        }
        count(spaces[i], time);
        if (i % CALLS_PER_TICK == 0) {
          engine.tick();
        }
      }
    }
    value("live_sessions", engine.liveSpaces());
  }
}
