package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.memory.Layout;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Files;
import java.util.BitSet;
import java.util.Locale;

/**
 * A million live spaces of the guest of 17 pages on one loop, each called twice in a random order:
 * an echo of bytes that only it is sent, and its counter, which must have counted just its own.
 */
final class DensitySpaces {
  private static final int COUNT = 1_000_000;

  private DensitySpaces() {}

  public static void main(String[] args) throws Exception {
    try {
      run(Setting.ofProcess());
    } catch (Wrong e) {
      System.err.println("density: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private static void run(Setting setting) throws Exception {
    var progress = new Progress(setting.terminal());
    var engine = new MooringEngine(Layout.DENSE);
    Loaded echo = engine.load(Files.readAllBytes(setting.guest("page17")), "echo");
    Loaded inc = echo.with("inc");
    var spaces = new Space[COUNT];
    var order = new RandomOrder(COUNT);
    var called = new BitSet(COUNT);
    ByteBuf payload = Unpooled.buffer(Payload.BYTES);
    echo.open().close();
    long before = Heap.usedBytes();

    progress.start("opening " + COUNT + " spaces", COUNT);
    long openStart = System.nanoTime();
    for (int i = 0; i < COUNT; i++) {
      spaces[i] = echo.open();
      progress.step();
    }
    double openNanos = (double) (System.nanoTime() - openStart) / COUNT;
    progress.end();

    progress.start("calling each twice", order.calls());
    long callStart = System.nanoTime();
    for (int call = 0; call < order.calls(); call++) {
      int i = order.session(call);
      if (called.get(i)) {
        long counted = inc.call(spaces[i], 0);
        if (counted != 2) {
          throw new Wrong("space " + i + " counted " + counted + " calls instead of 2");
        }
      } else {
        called.set(i);
        Payload.write(payload, i);
        CallOutcome outcome = echo.run(spaces[i], payload, 0);
        ByteBuf output = echo.output();
        int index = output.readerIndex();
        if (!outcome.committed() || !Payload.is(output, index, output.readableBytes(), i)) {
          throw new Wrong("space " + i + " answered what it was not sent; it ended as " + outcome);
        }
      }
      progress.step();
    }
    double callNanos = (double) (System.nanoTime() - callStart) / order.calls();
    progress.end();

    double kib = (Heap.usedBytes() - before) / 1024.0 / COUNT;
    int live = engine.liveSpaces();
    Wrong.check(live == COUNT, live + " spaces are live instead of " + COUNT);
    System.out.printf(
        Locale.ROOT,
        "%,d live spaces of the 17-page guest on one loop, each called twice in random order, %,d"
            + " answers right: %.2f KiB each; opened in %.2f µs and called in %.2f µs each, the"
            + " checks and the collector included%n",
        live,
        order.calls(),
        kib,
        openNanos / 1e3,
        callNanos / 1e3);
    System.out.printf(Locale.ROOT, "figure live_spaces %d%nfigure space_kib %.2f%n", live, kib);
    for (Space space : spaces) {
      space.close();
    }
    Wrong.check(engine.liveSpaces() == 0, "spaces are left after all were closed");
  }
}
