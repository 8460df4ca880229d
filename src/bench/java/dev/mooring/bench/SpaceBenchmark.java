package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.guest.call.CallOutcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a session's space costs by itself, for work on the engine: {@code src/bench/run jmh
 * SpaceBenchmark -prof gc}. Beside other engines it is measured by {@link MemoryRun}, since JMH
 * can't have a round of theirs between two of ours.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@SuppressWarnings("NullAway.Init") // Opened by JMH, after the constructor.
public class SpaceBenchmark {
  private static final int SPACES = 64;
  private static final int TOUCHED_PAGES = 10;

  private final ByteBuf payload = Unpooled.buffer(Payload.BYTES);
  private final Space[] spaces = new Space[SPACES];
  private int turn;
  private Loaded echo;
  private Loaded inc;
  private Loaded trap;
  private Space trapping;

  /** Compiles the guests, and opens what is called. */
  @Setup
  public void open() throws Exception {
    var engine = new MooringEngine();
    Path source = Path.of(System.getProperty("bench.source"), "bench", "guests");
    echo = engine.load(Files.readAllBytes(source.resolve("page17.wasm")), "echo");
    inc = echo.with("inc");
    trap = engine.load(Files.readAllBytes(source.resolve("touch.wasm")), "touch_and_trap");
    trapping = trap.open();
    Payload.write(payload, 1);
    for (int i = 0; i < SPACES; i++) {
      spaces[i] = echo.open();
    }
  }

  /** A space that is opened and closed, without a call. */
  @Benchmark
  public Space openAndClose() throws Exception {
    Space space = echo.open();
    space.close();
    return space;
  }

  /** 64 bytes in and out, two pages written. */
  @Benchmark
  public CallOutcome echo() {
    return echo.run(spaces[0], payload, 0);
  }

  /** A counter, in another space than the last time. */
  @Benchmark
  public long switchAndCount() {
    turn = (turn + 1) % SPACES;
    return inc.call(spaces[turn], 0);
  }

  /** Ten pages written, a trap, and all of it undone. */
  @Benchmark
  public CallOutcome rollBack() {
    return trap.run(trapping, Unpooled.EMPTY_BUFFER, TOUCHED_PAGES);
  }
}
