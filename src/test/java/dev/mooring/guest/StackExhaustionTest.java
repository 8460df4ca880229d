package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.proto.ChildJvm;
import dev.mooring.server.testing.Optimized;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stack ends anywhere: at each depth near the last, a guest does each thing that it can do, and
 * either it is done or it has never been.
 */
@Optimized
final class StackExhaustionTest {
  private static final int KINDS = 21;
  private static final int FAIL = 20;
  private static final long STACK_BYTES = 1 << 20;

  /** How far around the last depth that works; frames shrink as they are compiled. */
  private static final int BELOW = 120;

  private static final int ABOVE = 30;

  /** How deep a logger calls, in frames of an interpreter's: about 30 KiB. */
  private static final int HOST_FRAMES = 300;

  private static volatile boolean struckHost;

  /** In a JVM where nothing has run before: classes that load here load on a stack that ends. */
  public static void main(String[] arguments) {
    sweep(1);
    System.out.println("swept");
  }

  @Test
  void call_stackEndsAnywhere_commitsOrNeverWas() throws InterruptedException {
    onStack(() -> sweep(1));
  }

  @Test
  void call_stackEndsInAFreshProcess_commitsOrNeverWas() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                ChildJvm.command(
                    "-Xss1m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                    StackExhaustionTest.class.getName()))
            .redirectErrorStream(true)
            .redirectOutput(File.createTempFile("sweep", ".txt"))
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  private static void onStack(Runnable body) throws InterruptedException {
    var thrown = new AtomicReference<Throwable>();
    Thread thread = new Thread(null, body, "stack", STACK_BYTES);
    thread.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
    thread.start();
    thread.join();
    if (thrown.get() != null) {
      throw new AssertionError(thrown.get());
    }
  }

  private static void sweep(int rounds) {
    Logger log = realLogger();
    try (var guests = new GuestFixture()) {
      guests.config = Map.of("key", "a value");
      guests.log =
          (level, message) -> {
            needStack();
            log.atInfo().addKeyValue("guest", "deep").log(message);
          };
      Space neighbour = guests.open("deep");
      assertEquals(3, guests.result(neighbour, "deep", 3, 3));
      String neighbours = States.text(GuestFixture.state(neighbour));
      for (int round = 0; round < rounds; round++) {
        for (int what = 0; what < KINDS; what++) {
          sweep(guests, what);
          IdleTime.untilRest(guests.loop);
          assertEquals(neighbours, States.text(GuestFixture.state(neighbour)), "what " + what);
        }
      }
      assertEquals(1, guests.result(neighbour, "get"));
    }
    assertFalse(struckHost, "the stack ended inside a logger");
  }

  /** A logger that formats and writes, to nowhere. */
  private static Logger realLogger() {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d %level %logger %replace(%msg){'x', 'y'} %kvp%n");
    encoder.start();
    var appender = new OutputStreamAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(OutputStream.nullOutputStream());
    appender.start();
    var logger = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("sweep");
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.detachAndStopAllAppenders();
    logger.addAppender(appender);
    return logger;
  }

  /** What a logger or an allocator does, and what would be broken if it couldn't. */
  private static void needStack() {
    try {
      recurse(HOST_FRAMES);
    } catch (StackOverflowError e) {
      struckHost = true;
      throw e;
    }
  }

  private static int recurse(int frames) {
    return frames == 0 ? 0 : 1 + recurse(frames - 1);
  }

  /** An output buffer's growth goes into an allocator that all threads share. */
  @Test
  void output_growsWhereTheStackEnds_hasStackOrNeverBegins() throws InterruptedException {
    onStack(
        () -> {
          try (var guests = new GuestFixture();
              var growing = new Invocation(new GrowingBuffer(), new GrowingBuffer())) {
            Space space = guests.open("deep");
            ExportedFunction deep = guests.module("deep").exports().getFirst();
            int committed = 0;
            int exhausted = 0;
            // From where it works to far past the end: frames shrink as they are compiled.
            int last = lastDepth(guests, space, 9);
            for (int depth = last / 2; exhausted < ABOVE && depth < 100 * last; depth += 5) {
              growing.begin(guests.limits, Invocation.ActiveTimers.NONE, 60_000, System.nanoTime());
              if (space.call(deep, new long[] {depth, 9}, growing).committed()) {
                committed++;
              } else {
                exhausted++;
              }
            }
            assertTrue(committed > 0 && exhausted > 0, committed + " and " + exhausted);
          }
        });
    assertFalse(struckHost, "the stack ended inside an allocator");
  }

  private static final class GrowingBuffer extends UnpooledHeapByteBuf {
    GrowingBuffer() {
      super(UnpooledByteBufAllocator.DEFAULT, 16, Integer.MAX_VALUE);
    }

    @Override
    protected byte[] allocateArray(int length) {
      needStack();
      return super.allocateArray(length);
    }
  }

  private static void sweep(GuestFixture guests, int what) {
    Space space = guests.open("deep");
    int exhausted = 0;
    for (int attempt = 0; exhausted < ABOVE && attempt < 10; attempt++) {
      exhausted += sweepOnce(guests, space, what);
    }
    assertTrue(exhausted > 0, "the stack ended at no depth");
    guests.close(space);
  }

  /** Answers at how many depths the stack ended. */
  private static int sweepOnce(GuestFixture guests, Space space, int what) {
    int last = lastDepth(guests, space, what);
    long committed = guests.result(space, "get");
    int exhausted = 0;
    for (int depth = Math.max(0, last - BELOW); depth < last + ABOVE; depth++) {
      boolean compared = depth % 32 == 0;
      String before = compared ? States.text(GuestFixture.state(space)) : "";
      CallOutcome outcome = call(guests, space, depth, what);
      if (outcome.committed()) {
        committed++;
      } else {
        if (outcome instanceof CallOutcome.Trapped) {
          assertEquals(new CallOutcome.Trapped(TrapKind.STACK_EXHAUSTED), outcome);
          exhausted++;
        } else {
          assertEquals(FAIL, what);
          assertEquals(new CallOutcome.Failed("key"), outcome);
        }
        if (compared) {
          assertEquals(before, States.text(GuestFixture.state(space)), what + " at " + depth);
        }
      }
      assertEquals(committed, guests.result(space, "get"), what + " at " + depth);
    }
    return exhausted;
  }

  private static CallOutcome call(GuestFixture guests, Space space, int depth, int what) {
    return guests.callWith(space, "deep", "input".getBytes(UTF_8), depth, what);
  }

  private static int lastDepth(GuestFixture guests, Space space, int what) {
    int works = 0;
    int fails = 1 << 20;
    while (fails - works > 1) {
      int depth = (works + fails) >>> 1;
      if (!(call(guests, space, depth, what) instanceof CallOutcome.Trapped)) {
        works = depth;
      } else {
        fails = depth;
      }
    }
    return works;
  }

  @Test
  void recursion_withoutEnd_trapsAndGoesOn() throws InterruptedException {
    onStack(
        () -> {
          try (var guests = new GuestFixture()) {
            Space space = guests.open("traps");
            for (int i = 0; i < 20; i++) {
              assertEquals(
                  new CallOutcome.Trapped(TrapKind.STACK_EXHAUSTED),
                  guests.call(space, i % 2 == 0 ? "recurse" : "recurse_indirectly"));
              assertEquals(i + 1, guests.result(space, "inc"));
            }
          }
        });
  }
}
