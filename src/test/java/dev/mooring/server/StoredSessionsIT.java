package dev.mooring.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Acknowledge;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.NamePolicy;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import dev.mooring.store.StoreConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions that outlive their server, which ends in good order here and is started again. */
@Timeout(120)
@Patient
final class StoredSessionsIT {
  private static final byte[] NO_INPUT = {};

  @TempDir Path folder = Path.of("");
  private @Nullable MooringServer server;

  @BeforeEach
  void start() throws IOException {
    Path modules = folder.resolve("modules");
    if (!Files.exists(modules)) {
      Guests.in(Files.createDirectory(modules));
    }
    server = MooringServer.start(config(StoreConfig.in(folder.resolve("store"), 64L << 30)));
  }

  private ServerConfig config(StoreConfig store) {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return ServerConfig.of(anyPort, folder.resolve("modules")).withStore(store);
  }

  @AfterEach
  void stop() {
    requireNonNull(server).close();
  }

  private void restart() throws IOException {
    stop();
    start();
  }

  private RawClient connect() {
    return new RawClient(requireNonNull(server).address());
  }

  private static Open.Builder open(String module, Keep.Builder keep) {
    return Open.newBuilder().setProtocolVersion(1).setModule(module).setKeep(keep);
  }

  private static Keep.Builder keep(Durability durability) {
    return Keep.newBuilder().setDurability(durability).setTtlMs(60_000);
  }

  private static Kept opened(RawClient client, Open.Builder open) {
    client.send(ClientMessage.newBuilder().setOpen(open).build());
    ServerMessage answer = client.receive();
    assertTrue(answer.hasOpened(), answer::toString);
    Opened opened = answer.getOpened();
    assertTrue(opened.hasKept(), opened::toString);
    return opened.getKept();
  }

  private static Open.Builder again(ByteString token, long received) {
    return Open.newBuilder()
        .setProtocolVersion(1)
        .setResume(Resume.newBuilder().setToken(token).setReceived(received));
  }

  private void assertRefused(ErrorCode code, Open.Builder open) {
    try (var client = connect()) {
      client.send(ClientMessage.newBuilder().setOpen(open).build());
      client.receiveError(code);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ASYNC", "DISK"})
  void restart_inGoodOrder_sessionsGoOnByTokenAndByName(Durability durability) throws IOException {
    ByteString token;
    try (var client = connect()) {
      Kept kept = opened(client, open("counter", keep(durability).setName("n")));
      assertEquals(durability, kept.getDurability());
      token = kept.getToken();
      assertEquals(5, client.callI64("add", RawClient.i64(5)));
      assertEquals(12, client.callI64("add", RawClient.i64(7)));
    }
    restart();
    try (var client = connect()) {
      Kept kept = opened(client, again(token, 1));
      assertTrue(kept.getResumed());
      assertEquals(2, kept.getCommittedId());
      assertEquals("n", kept.getName());
      ServerMessage again = client.receive();
      assertEquals(12, again.getResult().getValues(0).getI64());
      assertEquals(2, again.getResult().getSequence());
      client.send(RawClient.callMessage(3, "add", NO_INPUT, RawClient.i64(1)));
      assertEquals(13, client.receive().getResult().getValues(0).getI64());
    }
    restart();
    try (var client = connect()) {
      Kept kept =
          opened(
              client,
              open("counter", keep(durability).setName("n").setNamePolicy(NamePolicy.MUST_EXIST)));
      assertEquals(3, kept.getCommittedId());
      client.send(RawClient.callMessage(4, "add", NO_INPUT, RawClient.i64(1)));
      assertEquals(14, client.receive().getResult().getValues(0).getI64());
      client.sendClose();
      assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
    }
    assertRefused(ErrorCode.SESSION_NOT_FOUND, again(token, 0));
    restart();
    assertRefused(ErrorCode.SESSION_NOT_FOUND, again(token, 0));
  }

  @Test
  void restart_inMemory_isNotFoundAndAnAcknowledgedAnswerIsntSaidAgain() throws IOException {
    ByteString inMemory;
    ByteString stored;
    try (var client = connect();
        var other = connect()) {
      inMemory = opened(client, open("counter", keep(Durability.MEMORY))).getToken();
      stored = opened(other, open("counter", keep(Durability.ASYNC))).getToken();
      other.callI64("add", RawClient.i64(5));
      other.send(
          ClientMessage.newBuilder()
              .setAcknowledge(Acknowledge.newBuilder().setReceived(1))
              .build());
      other.callI64("add", RawClient.i64(5));
    }
    restart();
    assertRefused(ErrorCode.SESSION_NOT_FOUND, again(inMemory, 0));
    try (var client = connect()) {
      opened(client, again(stored, 0));
      assertEquals(2, client.receive().getResult().getSequence());
    }
  }

  @Test
  void timers_thatCameDueMeanwhile_fireOnceThoughNobodyIsThere() throws Exception {
    ByteString token;
    try (var client = connect()) {
      token =
          opened(
                  client,
                  open("lifecycle", keep(Durability.ASYNC)).putAllConfig(Map.of("timer", "event")))
              .getToken();
      client.call("arm", RawClient.i32(1), RawClient.i32(100));
      client.call("arm", RawClient.i32(2), RawClient.i32(150));
      client.call("arm", RawClient.i32(3), RawClient.i32(3_600_000));
    }
    stop();
    Thread.sleep(300);
    start();
    Thread.sleep(500);
    try (var client = connect()) {
      opened(client, again(token, 3));
      assertEquals("timer 1", client.receive().getEvent().getPayload().toStringUtf8());
      ServerMessage second = client.receive();
      assertEquals("timer 2", second.getEvent().getPayload().toStringUtf8());
      assertEquals(5, second.getEvent().getSequence());
      client.sendPing(7);
      assertEquals(7, client.receive().getPong().getToken());
    }
  }

  @Test
  void expiry_whileTheServerWasDown_isNotFound() throws Exception {
    ByteString token;
    try (var client = connect()) {
      token = opened(client, open("counter", keep(Durability.ASYNC).setTtlMs(200))).getToken();
    }
    Thread.sleep(100); // The server has noticed by then.
    stop();
    Thread.sleep(300);
    start();
    Thread.sleep(300);
    assertRefused(ErrorCode.SESSION_NOT_FOUND, again(token, 0));
  }

  @Test
  void takeOver_ofAStoredSession_isAsWithoutAStore() {
    try (var first = connect();
        var second = connect()) {
      ByteString token = opened(first, open("counter", keep(Durability.DISK))).getToken();
      assertEquals(5, first.callI64("add", RawClient.i64(5)));
      opened(second, again(token, 1));
      first.receiveError(ErrorCode.SESSION_TAKEN);
      second.send(RawClient.callMessage(2, "add", NO_INPUT, RawClient.i64(1)));
      assertEquals(6, second.receive().getResult().getValues(0).getI64());
      second.shutdownOutput();
      assertEquals(CloseReason.DETACHED, second.receive().getClosed().getReason());
    }
  }

  /** Threads and loops race here as they do nowhere in simulated time. */
  @ParameterizedTest
  @EnumSource(names = {"MEMORY", "ASYNC"})
  void takeOver_byManyAtOnce_eachIsServedOrToldThatItWasTaken(Durability durability)
      throws Exception {
    var answered = new AtomicLong();
    try (var threads = Executors.newFixedThreadPool(8)) {
      var done = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 8; thread++) {
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    answered.addAndGet(takeOverAndAdd(durability));
                  }
                }));
      }
      for (Future<?> each : done) {
        each.get();
      }
    }
    try (var client = connect()) {
      Kept kept = opened(client, open("counter", keep(durability).setName("contested")));
      client.send(RawClient.callMessage(kept.getCommittedId() + 1, "get", NO_INPUT));
      long sum = client.receive().getResult().getValues(0).getI64();
      assertTrue(answered.get() <= sum && sum <= 400, answered + " answered, the sum is " + sum);
      assertTrue(answered.get() > 0);
    }
  }

  /** How many of its calls were answered: one, or none if it was taken before. */
  private int takeOverAndAdd(Durability durability) {
    try (var client = connect()) {
      client.send(
          ClientMessage.newBuilder()
              .setOpen(open("counter", keep(durability).setName("contested")))
              .build());
      ServerMessage first = client.receive();
      if (first.hasOpened()) {
        long id = first.getOpened().getKept().getCommittedId() + 1;
        client.send(RawClient.callMessage(id, "add", NO_INPUT, RawClient.i64(1)));
        first = client.receive();
      }
      if (first.hasError()) {
        assertEquals(ErrorCode.SESSION_TAKEN, first.getError().getCode(), first::toString);
        return 0;
      }
      return 1;
    } catch (UncheckedIOException e) {
      return 0; // It was taken, and the call met a connection that had ended.
    }
  }

  @Test
  void calls_pipelined_areAnsweredInOrderWithTheirErrors() {
    try (var client = connect()) {
      opened(client, open("counter", keep(Durability.DISK)));
      for (int id = 1; id <= 500; id++) {
        client.send(
            RawClient.callMessage(id, id % 10 == 0 ? "nope" : "add", NO_INPUT, RawClient.i64(1)));
      }
      for (int id = 1; id <= 500; id++) {
        ServerMessage answer = client.receive();
        if (id % 10 == 0) {
          assertEquals(ErrorCode.FUNCTION_NOT_FOUND, answer.getError().getCode());
          assertEquals(id, answer.getError().getSequence());
        } else {
          assertEquals(id - id / 10, answer.getResult().getValues(0).getI64());
        }
        if (id % 64 == 0) {
          client.send(
              ClientMessage.newBuilder()
                  .setAcknowledge(Acknowledge.newBuilder().setReceived(id))
                  .build());
        }
      }
    }
  }

  /** A session runs what it began with, whatever the folder has now. */
  @Test
  void module_goneOrReplaced_theSessionGoesOnWithItsOwn() throws Exception {
    ByteString token;
    try (var client = connect()) {
      token = opened(client, open("counter", keep(Durability.ASYNC))).getToken();
      client.callI64("add", RawClient.i64(5));
    }
    stop();
    Path module = folder.resolve("modules/counter.wasm");
    Files.delete(module);
    start();
    try (var client = connect()) {
      assertTrue(opened(client, again(token, 1)).getResumed());
      client.send(RawClient.callMessage(2, "add", NO_INPUT, RawClient.i64(1)));
      assertEquals(6, client.receive().getResult().getValues(0).getI64());
    }
    assertRefused(ErrorCode.MODULE_NOT_FOUND, open("counter", keep(Durability.ASYNC)));
    stop();
    Files.copy(folder.resolve("modules/echo.wasm"), module);
    start();
    try (var client = connect()) {
      opened(client, again(token, 2));
      client.send(RawClient.callMessage(3, "add", NO_INPUT, RawClient.i64(1)));
      assertEquals(7, client.receive().getResult().getValues(0).getI64());
    }
  }

  @Test
  void store_full_clientsAreToldAndOthersGoOn() throws IOException {
    stop();
    Files.createDirectory(folder.resolve("small"));
    server = MooringServer.start(config(StoreConfig.in(folder.resolve("small"), 1 << 20)));
    try (var plain = connect();
        var client = connect()) {
      plain.open("echo");
      opened(client, open("kv", keep(Durability.ASYNC)));
      ServerMessage answer = ServerMessage.getDefaultInstance();
      for (int id = 1; id < 200 && !answer.hasError(); id++) {
        client.send(
            RawClient.callMessage(
                id, "put", ("k" + id + "=" + "x".repeat(30_000)).getBytes(UTF_8)));
        answer = client.receive();
      }
      assertEquals(ErrorCode.STORE_FAILED, answer.getError().getCode(), answer::toString);
      assertTrue(answer.getError().getRetryable());
      assertEquals(0, answer.getError().getId());
      assertRefused(ErrorCode.SERVER_OVERLOADED, open("counter", keep(Durability.ASYNC)));
      try (var inMemory = connect()) {
        opened(inMemory, open("counter", keep(Durability.MEMORY)));
        assertEquals(5, inMemory.callI64("add", RawClient.i64(5)));
      }
      assertEquals("hello", plain.call("echo", "hello").getOutput().toStringUtf8());
    }
  }

  @Test
  void store_inUse_isRefusedInPlainWords() {
    var e =
        assertThrows(
            IOException.class,
            () -> MooringServer.start(config(StoreConfig.in(folder.resolve("store"), 64L << 30))));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("store"), message);
    assertFalse(message.contains("Exception"), message);
  }

  @Test
  void withoutAStore_durabilityIsRefused() throws IOException {
    stop();
    server = MooringServer.start(config(StoreConfig.NONE));
    assertRefused(ErrorCode.DURABILITY_UNAVAILABLE, open("counter", keep(Durability.ASYNC)));
    assertRefused(ErrorCode.DURABILITY_UNAVAILABLE, open("counter", keep(Durability.DISK)));
  }
}
