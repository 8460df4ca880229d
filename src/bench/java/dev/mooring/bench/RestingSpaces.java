package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.guest.call.CallOutcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A process with spaces on one loop that go to rest, and are called then, each twice in random
 * order: the first call wakes it, the second finds it awake.
 *
 * <p>It obeys one order: {@code GUEST FILE SPACES ROUNDS}, where GUEST says how it is called, and
 * answers with p50 and p99 of a call that wakes a space, and of one that doesn't, in microseconds.
 */
final class RestingSpaces implements AutoCloseable {
  private static final int WARM_UP_ROUNDS = 4;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double TAIL = 0.99;

  private final Peer process;

  private RestingSpaces(Peer process) {
    this.process = process;
  }

  static RestingSpaces start(Setting setting, Placement placement) throws IOException {
    return new RestingSpaces(
        Peer.start(
            Placement.on(
                placement.serverCpus(), setting.java(List.of("-Xmx1g"), RestingSpaces.class))));
  }

  /** How long calls take of spaces at rest, and of the same ones awake. */
  record Calls(Times resting, Times awake) {}

  /** So many calls of each kind, for each of so many spaces. */
  Calls measure(String guest, Path file, int spaces, int rounds)
      throws IOException, InterruptedException {
    Peer.Answer answer = Orders.ask(process, "%s %s %d %d".formatted(guest, file, spaces, rounds));
    return new Calls(Times.of(answer, 0), Times.of(answer, 2));
  }

  @Override
  public void close() {
    process.close();
  }

  /** Obeys orders from stdin until it ends. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Orders.serve(RestingSpaces::obey);
  }

  private static String obey(String[] order) throws IOException {
    byte[] wasm = Files.readAllBytes(Path.of(order[1]));
    int count = Integer.parseInt(order[2]);
    int rounds = Integer.parseInt(order[3]);
    var engine = new MooringEngine();
    try {
      return switch (order[0]) {
        case "counter" -> measure(engine, new Counter(engine, wasm, count), count, rounds);
        case "kv" -> measure(engine, new KeyValues(engine, wasm), count, rounds);
        default -> "no guest called " + order[0];
      };
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("a space can't be had: " + e.getMessage(), e);
    }
  }

  private static String measure(MooringEngine engine, Called called, int count, int rounds)
      throws Exception {
    var spaces = new Space[count];
    for (int i = 0; i < count; i++) {
      spaces[i] = called.open(i);
    }
    var resting = new Samples();
    var awake = new Samples();
    for (int round = 0; round < WARM_UP_ROUNDS; round++) {
      callTwice(engine, called, spaces, new Samples(), new Samples());
    }
    for (int round = 0; round < rounds; round++) {
      callTwice(engine, called, spaces, resting, awake);
    }
    for (Space space : spaces) {
      space.close();
    }
    return Orders.ok(
        resting.median(), resting.quantile(TAIL), awake.median(), awake.quantile(TAIL));
  }

  private static void callTwice(
      MooringEngine engine, Called called, Space[] spaces, Samples resting, Samples awake) {
    engine.letRest();
    var order = new RandomOrder(spaces.length);
    var woken = new BitSet(spaces.length);
    for (int call = 0; call < order.calls(); call++) {
      int i = order.session(call);
      Samples samples = woken.get(i) ? awake : resting;
      woken.set(i);
      samples.add(called.nanos(spaces[i], i) / NANOS_PER_MICRO);
    }
  }

  /** A guest, and how it is called. */
  private interface Called {
    Space open(int number) throws Exception;

    /** How long a call takes, whose answer is checked. */
    long nanos(Space space, int number);
  }

  /** Adds one: the state is some bytes of a page. */
  private static final class Counter implements Called {
    private final Loaded add;
    private final long[] counters;

    Counter(MooringEngine engine, byte[] wasm, int count) throws Exception {
      add = engine.load(wasm, "add");
      counters = new long[count];
    }

    @Override
    public Space open(int number) throws Exception {
      Space space = add.open();
      counters[number] = add.call(space, number);
      return space;
    }

    @Override
    public long nanos(Space space, int number) {
      long start = System.nanoTime();
      long counter = add.call(space, 1);
      long nanos = System.nanoTime() - start;
      counters[number]++;
      Wrong.check(counter == counters[number], "a counter is " + counter);
      return nanos;
    }
  }

  /** Gets one of ten values of 1,000 bytes. */
  private static final class KeyValues implements Called {
    private static final int KEYS = 10;
    private static final int VALUE_BYTES = 1_000;

    private final Loaded put;
    private final Loaded get;

    KeyValues(MooringEngine engine, byte[] wasm) throws Exception {
      put = engine.load(wasm, "put");
      get = put.with("get");
    }

    @Override
    public Space open(int number) throws Exception {
      Space space = put.open();
      for (int key = 0; key < KEYS; key++) {
        var value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) ('a' + number % 26));
        ByteBuf input = Unpooled.wrappedBuffer(bytes("key" + key + "="), value);
        check(put.run(space, input, 0));
      }
      return space;
    }

    @Override
    public long nanos(Space space, int number) {
      ByteBuf input = Unpooled.wrappedBuffer(bytes("key" + number % KEYS));
      long start = System.nanoTime();
      CallOutcome outcome = get.run(space, input, 0);
      long nanos = System.nanoTime() - start;
      check(outcome);
      ByteBuf output = get.output();
      int last = output.writerIndex() - 1;
      Wrong.check(
          output.readableBytes() == VALUE_BYTES && output.getByte(last) == 'a' + number % 26,
          "a value isn't what was put");
      return nanos;
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void check(CallOutcome outcome) {
      Wrong.check(outcome.committed(), "a call ended as " + outcome);
    }
  }
}
