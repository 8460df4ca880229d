package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.guest.call.CallOutcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Files;
import java.util.BitSet;
import java.util.Locale;

/**
 * Live spaces of the guest of 17 pages on one loop, each called twice in a random order: an echo of
 * bytes that only it is sent, and its counter, which must have counted just its own. First as many
 * as are weighed, before and after they have gone to rest; then as many as are to fit, which go to
 * rest meanwhile, as those of a server do.
 */
final class DensitySpaces {
  private static final int WEIGHED = 500_000;
  private static final int COUNT = 4_000_000;

  /** So often the loop looks which spaces may rest: it keeps up with as many. */
  private static final int CALLS_PER_TICK = 512;

  private static final double KIB = 1_024;

  private final Progress progress;
  private final MooringEngine engine = new MooringEngine();
  private final Loaded echo;
  private final Loaded inc;
  private final ByteBuf payload = Unpooled.buffer(Payload.BYTES);

  private DensitySpaces(Setting setting) throws Exception {
    progress = new Progress(setting.terminal());
    echo = engine.load(Files.readAllBytes(setting.guest("page17")), "echo");
    inc = echo.with("inc");
  }

  public static void main(String[] args) throws Exception {
    try {
      var run = new DensitySpaces(Setting.ofProcess());
      run.echo.open().close();
      run.weigh();
      run.fit();
    } catch (Wrong e) {
      System.err.println("density: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private void weigh() throws Exception {
    long before = Heap.usedBytes();
    Space[] spaces = open(WEIGHED);
    call(spaces, Integer.MAX_VALUE);
    double kib = (Heap.usedBytes() - before) / KIB / WEIGHED;
    for (int i = 0; i < 2 * WEIGHED / CALLS_PER_TICK; i++) {
      engine.tick();
    }
    double restingKib = (Heap.usedBytes() - before) / KIB / WEIGHED;
    System.out.printf(
        Locale.ROOT,
        "%,d live spaces of the 17-page guest, each called twice: %.2f KiB each, and %.2f KiB once"
            + " they are at rest%n",
        WEIGHED,
        kib,
        restingKib);
    System.out.printf(
        Locale.ROOT, "figure space_kib %.2f%nfigure space_at_rest_kib %.3f%n", kib, restingKib);
    close(spaces);
  }

  private void fit() throws Exception {
    long openStart = System.nanoTime();
    Space[] spaces = open(COUNT);
    double openNanos = (double) (System.nanoTime() - openStart) / COUNT;
    long callStart = System.nanoTime();
    int calls = call(spaces, CALLS_PER_TICK);
    double callNanos = (double) (System.nanoTime() - callStart) / calls;
    int live = engine.liveSpaces();
    Wrong.check(live == COUNT, live + " spaces are live instead of " + COUNT);
    System.out.printf(
        Locale.ROOT,
        "%,d live spaces of it on one loop, each called twice in random order, %,d answers right;"
            + " opened in %.2f µs and called in %.2f µs each, going to rest, the checks and the"
            + " collector included%n",
        live,
        calls,
        openNanos / 1e3,
        callNanos / 1e3);
    System.out.printf(Locale.ROOT, "figure live_spaces %d%n", live);
    close(spaces);
  }

  private Space[] open(int count) throws Exception {
    progress.start("opening " + count + " spaces", count);
    var spaces = new Space[count];
    for (int i = 0; i < count; i++) {
      spaces[i] = echo.open();
      progress.step();
    }
    progress.end();
    return spaces;
  }

  /** Calls each twice; answers how many calls that were. */
  private int call(Space[] spaces, int callsPerTick) throws Exception {
    var order = new RandomOrder(spaces.length);
    var called = new BitSet(spaces.length);
    progress.start("calling each twice", order.calls());
    for (int call = 0; call < order.calls(); call++) {
      int i = order.session(call);
      if (called.get(i)) {
        long counted = inc.call(spaces[i], 0);
        if (counted != 2) {
          throw new Wrong("space " + i + " counted " + counted + " calls instead of 2");
        }
      } else {
        called.set(i);
        callEcho(spaces[i], i);
      }
      if (call % callsPerTick == callsPerTick - 1) {
        engine.tick();
      }
      progress.step();
    }
    progress.end();
    return order.calls();
  }

  private void callEcho(Space space, int i) throws Wrong {
    Payload.write(payload, i);
    CallOutcome outcome = echo.run(space, payload, 0);
    ByteBuf output = echo.output();
    int index = output.readerIndex();
    if (!outcome.committed() || !Payload.is(output, index, output.readableBytes(), i)) {
      throw new Wrong("space " + i + " answered what it was not sent; it ended as " + outcome);
    }
  }

  private void close(Space[] spaces) throws Exception {
    for (Space space : spaces) {
      space.close();
    }
    Wrong.check(engine.liveSpaces() == 0, "spaces are left after all were closed");
  }
}
