package dev.mooring.server;

import static dev.mooring.server.testing.RawClient.i32;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.LeakCheck;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionCounts;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything at once, for a while: clients that die, guests that run away or trap, also when their
 * session ends, clients that don't read, or slowly, or end their side at once, floods, garbage,
 * modules that are replaced. Beside them sessions that live on, of which a model knows the state.
 * At the end nothing is left behind, and every state is right.
 *
 * <p>{@code -Dmooring.soak.seconds=N} for longer or shorter than the default of twenty seconds,
 * {@code -Dmooring.soak.seed=N} for the same choices again.
 */
@ExtendWith(LeakCheck.class)
final class SoakIT {
  private static final int SECONDS = Integer.getInteger("mooring.soak.seconds", 20);
  private static final int FAULT_THREADS = 8;
  private static final int SPIN_MILLIS = 50;
  private static final int SLOW_CALLS = 20;
  private static final int SURVIVOR_THREADS = 4;
  private static final int SURVIVORS_PER_THREAD = 8;

  private static final List<String> SPINS =
      List.of("loop", "br_if", "br_table", "counted", "fib", "fill", "indirect", "mutual", "store");

  private static final List<String> TRAPS =
      List.of(
          "unreachable",
          "div_zero",
          "trunc_nan",
          "load_oob",
          "store_oob",
          "fill_oob",
          "table_null",
          "recurse",
          "memory_grow_then_trap",
          "table_grow_then_trap",
          "write_all_then_trap");

  /** What may befall a server. */
  private enum Fault {
    DIE,
    RUN_AWAY,
    TRAP,
    TAKE_MUCH,
    NOT_READ,
    READ_SLOWLY,
    HALF_CLOSE,
    SPIN_ON_CLOSE,
    FLOOD,
    GARBAGE,
    CHURN,
    REPLACE_MODULE
  }

  /** Those in which the server has no reason to end the connection before its client does. */
  private static final Set<Fault> WELL_BEHAVED =
      EnumSet.of(
          Fault.RUN_AWAY,
          Fault.TRAP,
          Fault.CHURN,
          Fault.READ_SLOWLY,
          Fault.HALF_CLOSE,
          Fault.SPIN_ON_CLOSE);

  @TempDir Path modules;

  private final Map<Fault, Long> faults = new ConcurrentHashMap<>();
  private volatile boolean over;

  /** A session that lives on, and what a model says of its state. */
  private static final class Survivor {
    final RawClient client;
    final long emptyDigest;
    long counter;

    Survivor(SocketAddress server) {
      client = new RawClient(server);
      client.open("traps");
      emptyDigest = client.callI64("digest");
    }

    /** A call that changes the state, or one that must not. */
    void step(Random random) {
      if (random.nextInt(3) == 0) {
        client.sendCall(TRAPS.get(random.nextInt(TRAPS.size())), new byte[0]);
        ServerMessage answer = client.receive();
        assertTrue(answer.hasError(), answer::toString);
      } else {
        client.sendCall("inc", new byte[0]);
        ServerMessage answer = client.receive();
        // On a busy machine also a good call may run past its deadline; then it has not happened.
        if (answer.hasResult()) {
          assertEquals(++counter, answer.getResult().getValues(0).getI64());
        } else {
          assertEquals(ErrorCode.DEADLINE_EXCEEDED, answer.getError().getCode());
        }
      }
    }

    /** Another session, in which only what the model counted has been done, must look the same. */
    void check(SocketAddress server) {
      assertEquals(counter, client.callI64("get"));
      long digest = client.callI64("digest");
      try (var other = new RawClient(server)) {
        other.open("traps");
        assertEquals(emptyDigest, other.callI64("digest"));
        for (long i = 0; i < counter; i++) {
          other.callI64("inc");
        }
        assertEquals(other.callI64("digest"), digest);
      }
    }
  }

  private static Set<String> ourThreads() {
    var names = new TreeSet<String>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("mooring")) {
        names.add(thread.getName());
      }
    }
    return names;
  }

  private ServerConfig config() {
    return ServerConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
        .withTransport(
            TransportConfig.DEFAULTS
                .withEventLoops(2)
                .withLimits(ConnectionLimits.DEFAULTS.withTimes(1_000, 2_000, 0)))
        // Spinning guests are stopped soon, and good calls have time also on a busy machine.
        .withSession(SessionLimits.DEFAULTS.withCallTimeouts(1_000, 1_000))
        .withGuestMemoryBytes(256L << 20);
  }

  @Test
  void everything_atOnce_leavesNothingBehind() throws Exception {
    long seed = Long.getLong("mooring.soak.seed", System.nanoTime());
    System.out.println("SoakIT: seed " + seed + ", " + SECONDS + " s");
    var threadsBefore = ourThreads();
    var server = MooringServer.start(config());
    try (var executor = Executors.newCachedThreadPool()) {
      var work = new ArrayList<Future<List<Survivor>>>();
      for (int i = 0; i < SURVIVOR_THREADS; i++) {
        var random = new Random(seed + i);
        work.add(executor.submit(() -> survive(server.address(), random)));
      }
      for (int i = 0; i < FAULT_THREADS; i++) {
        var random = new Random(seed + 1_000 + i);
        work.add(executor.submit(() -> fail(server.address(), random)));
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (System.nanoTime() < end && work.stream().noneMatch(Future::isDone)) {
        Thread.sleep(50);
      }
      over = true;
      var survivors = new ArrayList<Survivor>();
      for (Future<List<Survivor>> done : work) {
        survivors.addAll(done.get(60, TimeUnit.SECONDS));
      }
      check(server, survivors);
    } finally {
      over = true;
      server.close();
    }
    assertEquals(0, server.guestMemoryBytes());
    Eventually.assertEventually(
        () -> threadsBefore.containsAll(ourThreads()), "there is no thread more than before");
    assertEquals(List.of(), LeakCheck.drain());
  }

  private void check(MooringServer server, List<Survivor> survivors) throws InterruptedException {
    assertEquals(SURVIVOR_THREADS * SURVIVORS_PER_THREAD, survivors.size());
    Eventually.assertEventually(
        () -> server.sessionCount() == survivors.size(), "only the survivors are left");
    assertEquals(survivors.size(), server.liveSpaces());
    long memory = server.guestMemoryBytes();
    long calls = 0;
    for (Survivor survivor : survivors) {
      survivor.check(server.address());
      calls += survivor.counter;
      survivor.client.close();
    }
    Eventually.assertEventually(
        () -> server.sessionCount() + server.connectionCount() == 0, "every session is gone");
    assertEquals(0, server.liveSpaces());
    assertEquals(0, server.held().total());
    SessionCounts counts = server.counts();
    System.out.println("SoakIT: faults " + faults + "; survivors counted to " + calls);
    System.out.println("SoakIT: " + counts + "; guest memory " + memory);
    for (Fault fault : Fault.values()) {
      assertTrue(faults.containsKey(fault) || SECONDS < 60, fault + " never happened");
    }
  }

  private List<Survivor> survive(SocketAddress server, Random random) throws InterruptedException {
    var survivors = new ArrayList<Survivor>();
    for (int i = 0; i < SURVIVORS_PER_THREAD; i++) {
      survivors.add(new Survivor(server));
    }
    while (!over) {
      survivors.get(random.nextInt(survivors.size())).step(random);
      Thread.sleep(random.nextInt(4));
    }
    return survivors;
  }

  private List<Survivor> fail(SocketAddress server, Random random) throws Exception {
    while (!over) {
      Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
      befall(fault, server, random);
      faults.merge(fault, 1L, Long::sum);
    }
    return List.of();
  }

  private void befall(Fault fault, SocketAddress server, Random random) throws Exception {
    if (fault == Fault.REPLACE_MODULE) {
      replaceModule(random);
      return;
    }
    int receiveBytes = fault == Fault.READ_SLOWLY ? 16 * 1024 : 0;
    try (var client = new RawClient(server, receiveBytes)) {
      switch (fault) {
        case DIE -> die(client, random);
        case RUN_AWAY -> runAway(client, random);
        case TRAP -> trap(client, random);
        case TAKE_MUCH -> takeMuch(client, random);
        case NOT_READ -> notRead(client, random);
        case READ_SLOWLY -> readSlowly(client, random);
        case HALF_CLOSE -> halfClose(client, random);
        case SPIN_ON_CLOSE -> spinOnClose(client, random);
        case FLOOD -> flood(client, random);
        case GARBAGE -> garbage(client, random);
        case CHURN -> client.open("counter");
        case REPLACE_MODULE -> throw new AssertionError("no client's fault");
      }
      if (random.nextBoolean()) {
        client.reset();
      }
    } catch (UncheckedIOException e) {
      // The server ended a connection that it had reason to end.
      assertFalse(WELL_BEHAVED.contains(fault), e::toString);
    }
  }

  /** Sends some of a conversation, and part of a frame, and is gone. */
  private static void die(RawClient client, Random random) throws IOException {
    var bytes = new ByteArrayOutputStream();
    RawClient.openMessage(random.nextBoolean() ? "echo" : "wordcount", Map.of())
        .writeDelimitedTo(bytes);
    for (int id = 1; id <= random.nextInt(20); id++) {
      RawClient.callMessage(id, random.nextBoolean() ? "echo" : "feed", new byte[5_000])
          .writeDelimitedTo(bytes);
    }
    byte[] all = bytes.toByteArray();
    client.sendBytes(Arrays.copyOf(all, random.nextInt(all.length + 1)));
  }

  /** Runs past its deadline; the session goes on as if it had not. */
  private static void runAway(RawClient client, Random random) {
    client.open("spin_" + SPINS.get(random.nextInt(SPINS.size())));
    long before = client.callI64("get");
    client.send(
        RawClient.callMessage(100, "spin", new byte[0]).toBuilder()
            .setCall(
                RawClient.callMessage(100, "spin", new byte[0]).getCall().toBuilder()
                    .setTimeoutMs(1 + random.nextInt(50)))
            .build());
    ServerMessage answer = client.receive();
    assertTrue(answer.hasError(), answer::toString);
    client.send(RawClient.callMessage(101, "get", new byte[0]));
    ServerMessage after = client.receive();
    assertEquals(before, after.getResult().getValues(0).getI64(), after::toString);
  }

  private static void trap(RawClient client, Random random) {
    client.open("traps");
    for (int i = 0; i < 10; i++) {
      client.sendCall(TRAPS.get(random.nextInt(TRAPS.size())), new byte[0]);
    }
    for (int i = 0; i < 10; i++) {
      ServerMessage answer = client.receive();
      assertTrue(answer.hasError(), answer::toString);
    }
  }

  private static void takeMuch(RawClient client, Random random) {
    client.open("greedy");
    client.sendCall("grow", new byte[0], i32(random.nextInt(300)));
    client.sendCall("touch", new byte[0], i32(1 + random.nextInt(100)));
    client.sendCall("output", new byte[0], i32(random.nextInt(100)), i32(65_536));
    client.sendCall("events", new byte[0], i32(random.nextInt(400)), i32(random.nextInt(5_000)));
    client.sendCall("timers", new byte[0], i32(random.nextInt(80)), i32(random.nextInt(20)));
    client.sendCall("table_grow", new byte[0], i32(random.nextInt(200_000)));
    for (int answers = 0; answers < 6; ) {
      if (!client.receive().hasEvent()) {
        answers++;
      }
    }
  }

  private static void notRead(RawClient client, Random random) throws InterruptedException {
    client.open("echo");
    for (int i = 0; i < 30; i++) {
      client.sendCall("echo", new byte[random.nextInt(50_000)]);
    }
    Thread.sleep(random.nextInt(100));
  }

  /** Takes a little now and then, and gets everything, whole and in order. */
  private static void readSlowly(RawClient client, Random random) throws InterruptedException {
    client.open("echo");
    int bytes = 1 + random.nextInt(30_000);
    for (int i = 0; i < SLOW_CALLS; i++) {
      client.sendCall("echo", new byte[bytes]);
    }
    for (int id = 1; id <= SLOW_CALLS; id++) {
      Thread.sleep(random.nextInt(20));
      ServerMessage answer = client.receive();
      if (answer.hasResult()) {
        assertEquals(id, answer.getResult().getId());
        assertEquals(bytes, answer.getResult().getOutput().size());
      } else {
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, answer.getError().getCode(), answer::toString);
        assertEquals(id, answer.getError().getId());
      }
    }
  }

  /** Ends its side behind its calls; they are answered all the same, and the session ends well. */
  private static void halfClose(RawClient client, Random random) {
    client.open("counter");
    int calls = random.nextInt(200);
    for (int i = 0; i < calls; i++) {
      client.sendCall("add", new byte[0], i64(1));
    }
    client.shutdownOutput();
    for (int id = 1; id <= calls; id++) {
      ServerMessage answer = client.receive();
      assertTrue(answer.hasResult() || answer.hasError(), answer::toString);
    }
    ServerMessage last = client.receive();
    assertTrue(last.hasClosed(), last::toString);
    client.assertEnded();
  }

  /** Its guest spins when it hears that the session ends, however that comes about. */
  private static void spinOnClose(RawClient client, Random random) {
    client.send(
        ClientMessage.newBuilder()
            .setOpen(
                RawClient.openMessage("lifecycle", Map.of("close", "spin")).getOpen().toBuilder()
                    .setLimits(Limits.newBuilder().setCallTimeoutMs(SPIN_MILLIS)))
            .build());
    ServerMessage opened = client.receive();
    if (!opened.hasOpened()) {
      // On a busy machine opening may take that long.
      assertEquals(ErrorCode.GUEST_OPEN_FAILED, opened.getError().getCode(), opened::toString);
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> client.shutdownOutput();
      case 1 -> client.sendClose();
      case 2 -> client.sendCall("notes", new byte[0]);
      default -> {
        // It is just gone.
      }
    }
  }

  private static void flood(RawClient client, Random random) {
    client.open("counter");
    int calls = 100 + random.nextInt(900);
    var bytes = new ByteArrayOutputStream();
    try {
      for (int id = 1; id <= calls; id++) {
        RawClient.callMessage(id, "add", new byte[0], i64(1)).writeDelimitedTo(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    client.sendBytes(bytes.toByteArray());
    for (int id = 1; id <= calls; id++) {
      ServerMessage answer = client.receive();
      assertTrue(answer.hasResult() || answer.hasError(), answer::toString);
    }
  }

  private static void garbage(RawClient client, Random random) {
    if (random.nextBoolean()) {
      client.open("counter");
    }
    var bytes = new byte[1 + random.nextInt(2_000)];
    random.nextBytes(bytes);
    client.sendBytes(bytes);
    client.shutdownOutput();
    while (client.receiveOrEnd() != null) {
      // Whatever it says.
    }
  }

  /** Another file of the same name: the same code with another digest. */
  private void replaceModule(Random random) throws IOException, InterruptedException {
    String name = List.of("counter.wasm", "echo.wasm", "traps.wasm").get(random.nextInt(3));
    byte[] original = Files.readAllBytes(modules.resolve(name));
    int length = original.length;
    // A custom section that we appended before is replaced: id 0, 4 bytes, an empty name, 3 bytes.
    if (length > 6 && original[length - 6] == 0 && original[length - 5] == 4) {
      length -= 6;
    }
    var replaced = new ByteArrayOutputStream();
    replaced.write(original, 0, length);
    replaced.writeBytes(new byte[] {0, 4, 0, (byte) random.nextInt(), (byte) random.nextInt(), 7});
    Path temporary = Files.createTempFile(modules, "new", ".tmp");
    Files.write(temporary, replaced.toByteArray());
    Files.move(
        temporary,
        modules.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    Thread.sleep(random.nextInt(200));
  }
}
