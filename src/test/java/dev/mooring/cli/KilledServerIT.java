package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.CallResult;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionListener;
import dev.mooring.client.Value;
import dev.mooring.proto.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 at random moments under load. Clients come back by themselves, and each call that was
 * answered is in the state, none twice, none out of order: the counter's running sum says so. The
 * events of timers come without a gap: their numbers say so. {@code -Dmooring.kills} has more of
 * them.
 */
@Timeout(3_600)
final class KilledServerIT {
  private static final Path HOME =
      Path.of(System.getProperty("mooring.distribution", "target/mooring")).toAbsolutePath();
  private static final int KILLS = Integer.getInteger("mooring.kills", 10);
  private static final int SESSIONS = 8;
  private static final int IN_FLIGHT = 32;
  private static final long SECONDS = 60;

  private final long seed = Long.getLong("mooring.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @TempDir Path folder = Path.of("");
  private final int port = freePort();
  private @Nullable Process server;

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Process serve() throws IOException {
    Process process =
        ChildJvm.ofLauncher(
                List.of(
                    HOME.resolve("bin/mooring").toString(),
                    "serve",
                    "--listen",
                    "127.0.0.1:" + port,
                    "--store",
                    folder.resolve("store").toString()))
            .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()))
            .start();
    String ready = process.inputReader(StandardCharsets.UTF_8).readLine();
    assertNotNull(ready, () -> "it did not start: " + log());
    server = process;
    return process;
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("server.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @AfterEach
  void end() {
    if (server != null) {
      server.destroyForcibly();
    }
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** One program: it adds without a pause, and checks each sum. */
  private final class Adder implements Runnable {
    private final MooringSession session;
    private final AtomicBoolean stop;
    private final AtomicLong answered = new AtomicLong();
    private long sum;

    Adder(MooringSession session, AtomicBoolean stop) {
      this.session = session;
      this.stop = stop;
    }

    @Override
    public void run() {
      var sent = new ArrayList<CompletableFuture<CallResult>>();
      var amounts = new ArrayList<Integer>();
      var chance = new Random(seed ^ session.id().hashCode());
      while (!stop.get() || !sent.isEmpty()) {
        while (!stop.get() && sent.size() < IN_FLIGHT) {
          int amount = chance.nextInt(1_000);
          amounts.add(amount);
          sent.add(session.call("add", Value.i64(amount)));
        }
        sum += amounts.removeFirst();
        assertEquals(sum, sent.removeFirst().orTimeout(SECONDS, TimeUnit.SECONDS).join().i64());
        answered.incrementAndGet();
      }
      assertEquals(sum, session.call("get").orTimeout(SECONDS, TimeUnit.SECONDS).join().i64());
    }
  }

  @Test
  void killed_underLoad_everyCallHasHappenedOnce() throws Exception {
    System.out.println("KilledServerIT: -Dmooring.seed=" + seed);
    serve();
    var stop = new AtomicBoolean();
    var resumed = new AtomicLong();
    var programs = new ArrayList<CompletableFuture<Void>>();
    var adders = new ArrayList<Adder>();
    var ticks = List.of(new Ticks(), new Ticks());
    try (var client = MooringClient.create()) {
      for (Ticks each : ticks) {
        Keep keep = Keep.forTtl(Duration.ofMinutes(5)).withDurability(Keep.Durability.DISK);
        OpenOptions open =
            OpenOptions.module("ticker").withConfig("interval_ms", "20").withKeep(keep);
        var _ = client.open(address(), open.withListener(each)).get();
      }
      for (int i = 0; i < SESSIONS; i++) {
        Keep keep =
            Keep.forTtl(Duration.ofMinutes(5))
                .withDurability(i % 2 == 0 ? Keep.Durability.DISK : Keep.Durability.ASYNC);
        OpenOptions open =
            OpenOptions.module("counter")
                .withKeep(keep)
                .withListener(
                    new SessionListener() {
                      @Override
                      public void onResumed(MooringSession session) {
                        resumed.incrementAndGet();
                      }
                    });
        var adder = new Adder(client.open(address(), open).get(), stop);
        adders.add(adder);
        programs.add(CompletableFuture.runAsync(adder, task -> new Thread(task).start()));
      }
      for (int i = 0; i < KILLS; i++) {
        Thread.sleep(random.nextInt(1_000));
        Process killed = server;
        assertNotNull(killed);
        killed.destroyForcibly();
        assertTrue(killed.waitFor(SECONDS, TimeUnit.SECONDS));
        serve();
        long before = sum(adders);
        for (int waited = 0; sum(adders) < before + SESSIONS && waited < 30_000; waited += 10) {
          Thread.sleep(10);
          for (CompletableFuture<Void> program : programs) {
            if (program.isCompletedExceptionally()) {
              program.join();
            }
          }
        }
      }
      for (Ticks each : ticks) {
        long heard = each.last.get();
        for (int waited = 0; each.last.get() == heard && waited < 30_000; waited += 10) {
          Thread.sleep(10);
        }
        assertTrue(each.last.get() > heard, "no tick any more");
        assertEquals("", each.wrong.get());
      }
      stop.set(true);
      for (CompletableFuture<Void> program : programs) {
        program.get(2 * SECONDS, TimeUnit.SECONDS);
      }
      System.out.printf(
          "KilledServerIT: %,d kills, %,d resumptions, %,d calls, %,d events%n",
          KILLS,
          resumed.get(),
          sum(adders),
          ticks.stream().mapToLong(each -> each.last.get()).sum());
      assertTrue(resumed.get() >= KILLS, resumed + " resumptions");
    }
  }

  /** Hears a ticker, whose events are numbered. */
  private static final class Ticks implements SessionListener {
    private static final Pattern TICK = Pattern.compile("\\{\"tick\":(\\d+),.*");

    private final AtomicLong last = new AtomicLong();
    private final AtomicReference<String> wrong = new AtomicReference<>("");

    @Override
    public void onEvent(MooringSession session, byte[] payload) {
      String event = new String(payload, StandardCharsets.UTF_8);
      Matcher tick = TICK.matcher(event);
      if (!tick.matches() || Long.parseLong(tick.group(1)) != last.incrementAndGet()) {
        wrong.compareAndSet("", "expected tick " + last + ", got " + event);
      }
    }
  }

  private static long sum(List<Adder> adders) {
    return adders.stream().mapToLong(adder -> adder.answered.get()).sum();
  }
}
