package dev.mooring.server.testing.programs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionLimits;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Programs that are at it at the same time, each on a thread of its own. */
public final class Load implements AutoCloseable {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);

  private static final long POLL_MILLIS = 5;

  private final SocketAddress server;
  private final Random random;
  private final OpenOptions.Timeouts timeouts;
  private final MooringClient client = MooringClient.create();
  private final List<Program> programs = new ArrayList<>();
  private final List<CompletableFuture<Void>> ends = new ArrayList<>();

  public Load(SocketAddress server, long seed, OpenOptions.Timeouts timeouts) {
    this.server = server;
    this.random = new Random(seed);
    this.timeouts = timeouts;
  }

  /**
   * Programs begin.
   *
   * @param adders of those that make calls
   * @param others of those that hear a ticker, and of those that set timers
   */
  public void begin(int adders, int others, Keep.Durability durability) throws Exception {
    var opening = new ArrayList<CompletableFuture<Program>>();
    for (int i = 0; i < adders; i++) {
      opening.add(open(new Adder(random.nextLong()), "counter", Map.of(), durability));
    }
    for (int i = 0; i < others; i++) {
      opening.add(
          open(new Ticks(), "ticker", Map.of("interval_ms", Ticks.INTERVAL_MS), durability));
      opening.add(
          open(new Armer(random.nextLong()), "lifecycle", Map.of("timer", "event"), durability));
    }
    begin(opening);
  }

  /** Programs begin that make one call after the other. */
  public void beginSteps(int steppers, Keep.Durability durability) throws Exception {
    var opening = new ArrayList<CompletableFuture<Program>>();
    for (int i = 0; i < steppers; i++) {
      opening.add(open(new Stepper(), "counter", Map.of(), durability));
    }
    begin(opening);
  }

  private CompletableFuture<Program> open(
      Program program, String module, Map<String, String> config, Keep.Durability durability) {
    OpenOptions open =
        kept(module, durability).withConfig(config).withTimeouts(timeouts).withListener(program);
    return client
        .open(server, open)
        .thenApply(
            session -> {
              program.begin(session);
              return program;
            });
  }

  private void begin(List<CompletableFuture<Program>> opening) throws Exception {
    for (CompletableFuture<Program> each : opening) {
      Program program = each.get(Program.SECONDS, TimeUnit.SECONDS);
      programs.add(program);
      ends.add(run(program));
    }
  }

  /**
   * How a session is opened that is kept for longer than any test. Its calls may take their time,
   * as far as the server lets them: where processors are few and busy, those of a timer would be
   * stopped else, and what it was to say would be lost by right.
   */
  public static OpenOptions kept(String module, Keep.Durability durability) {
    return OpenOptions.module(module)
        .withLimits(SessionLimits.DEFAULTS.withCallTimeout(CALL_TIMEOUT))
        .withKeep(Keep.forTtl(Duration.ofMinutes(5)).withDurability(durability));
  }

  private static CompletableFuture<Void> run(Program program) {
    var end = new CompletableFuture<Void>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                program.run();
                end.complete(null);
              } catch (Throwable e) {
                end.completeExceptionally(new AssertionError(program + ": " + e, e));
              }
            });
    return end;
  }

  /** Waits until each program has heard something that is new. */
  public void awaitMoreOfEach() throws Exception {
    long[] before = programs.stream().mapToLong(Program::heard).toArray();
    long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(Program.SECONDS);
    for (int i = 0; i < before.length; ) {
      check();
      Program program = programs.get(i);
      if (program.heard() > before[i]) {
        i++;
      } else {
        assertTrue(System.nanoTime() < last, () -> program + ": nothing comes any more");
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  /** Fails if a program has. */
  private void check() throws Exception {
    for (CompletableFuture<Void> end : ends) {
      if (end.isDone()) {
        end.get();
      }
    }
  }

  /** Has all of them come to their end, and fails if one finds that it isn't as it must be. */
  public void finish() throws Exception {
    programs.forEach(Program::stop);
    for (CompletableFuture<Void> end : ends) {
      end.get(2 * Program.SECONDS, TimeUnit.SECONDS);
    }
  }

  /** How often a session has gone on. */
  public long resumptions() {
    return sum(program -> program.resumptions);
  }

  /** How long one of those that make one call after the other has waited for an answer, at most. */
  public Duration longestGap() {
    return Duration.ofNanos(
        programs.stream()
            .filter(Stepper.class::isInstance)
            .mapToLong(stepper -> ((Stepper) stepper).longestNanos())
            .max()
            .orElseThrow());
  }

  private long sum(Function<Program, AtomicLong> of) {
    return programs.stream().mapToLong(program -> of.apply(program).get()).sum();
  }

  /** What it came to. Every event is a timer's. */
  public String tally() {
    return "%,d resumptions, %,d calls, %,d timers and their events"
        .formatted(resumptions(), sum(program -> program.calls), sum(program -> program.events));
  }

  @Override
  public void close() {
    client.close();
  }
}
