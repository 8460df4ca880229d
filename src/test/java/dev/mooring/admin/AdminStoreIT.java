package dev.mooring.admin;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Resume;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.StoreFiles;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.store.StoreConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What operators see and do of sessions that outlive their connections. */
@Timeout(60)
final class AdminStoreIT {
  @TempDir private Path folder;

  private final HttpClient http = HttpClient.newHttpClient();
  private MooringServer server;

  @BeforeEach
  void start() throws IOException {
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Path modules = Guests.in(Files.createDirectory(folder.resolve("modules")));
    server =
        MooringServer.start(
            ServerConfig.of(any, modules)
                .withStore(
                    StoreConfig.in(folder.resolve("store"), 1L << 30)
                        .withBackups(folder.resolve("backups")))
                .withAdmin(AdminConfig.DEFAULTS.withLimits(64, 10_000, 0).withListen(any)));
  }

  @AfterEach
  void stop() {
    server.close();
    http.close();
  }

  private HttpResponse<String> send(String method, String path) {
    int port = requireNonNull(server.adminAddress()).getPort();
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The only session that is kept. */
  private Map<?, ?> kept() {
    try {
      Map<String, Object> listing =
          JSON.std.mapFrom(send("GET", "/api/v1/sessions?kept=true").body());
      return (Map<?, ?>) ((List<?>) requireNonNull(listing.get("sessions"))).getFirst();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Opened open(RawClient client, Open.Builder open) {
    client.send(ClientMessage.newBuilder().setOpen(open.setProtocolVersion(1)).build());
    return client.receive().getOpened();
  }

  private Opened openKept(RawClient client) {
    var keep = Keep.newBuilder().setName("mine").setDurability(Durability.DISK).setTtlMs(60_000);
    return open(client, Open.newBuilder().setModule("counter").setKeep(keep));
  }

  @Test
  void keptSession_isSeenAttachedDetachedAsleep_andWakes() throws Exception {
    Kept known;
    try (var client = new RawClient(server.address())) {
      known = openKept(client).getKept();
      assertEquals(5, client.callI64("add", RawClient.i64(5)));
      assertEquals("attached", kept().get("state"));
      assertEquals("mine", ((Map<?, ?>) requireNonNull(kept().get("kept"))).get("name"));
    }
    assertEventually(() -> "detached".equals(kept().get("state")), "it waits for its client");
    Object id = kept().get("id");
    assertEquals(200, send("POST", "/api/v1/sessions/" + id + "/sleep").statusCode());
    assertEventually(() -> "asleep".equals(kept().get("state")), "it sleeps");
    assertEquals(id, kept().get("id"));
    assertEquals(200, send("GET", "/api/v1/sessions/" + id).statusCode());
    try (var client = new RawClient(server.address())) {
      open(client, Open.newBuilder().setResume(Resume.newBuilder().setToken(known.getToken())));
      assertEquals(1, client.receive().getResult().getId()); // Which wasn't acknowledged.
      client.sendBytes(new byte[0]);
      assertEquals("attached", kept().get("state"));
    }
  }

  @Test
  void backup_isAStoreWithTheSession_whileTheServerGoesOn() throws Exception {
    try (var client = new RawClient(server.address())) {
      openKept(client);
      assertEquals(5, client.callI64("add", RawClient.i64(5)));
      HttpResponse<String> answer = send("POST", "/api/v1/backup");
      assertEquals(200, answer.statusCode(), answer.body());
      Object copy = JSON.std.mapFrom(answer.body()).get("folder");
      assertEquals(12, client.callI64("add", RawClient.i64(7)));
      try (var files = new StoreFiles(Path.of(String.valueOf(copy)))) {
        assertEquals(List.of("mine"), files.list().sessions().stream().map(s -> s.name()).toList());
      }
    }
  }

  @Test
  void end_ofASessionThatSleeps_takesItOutOfTheStore() throws Exception {
    Kept known;
    try (var client = new RawClient(server.address())) {
      known = openKept(client).getKept();
    }
    assertEventually(() -> "detached".equals(kept().get("state")), "it waits for its client");
    Object id = kept().get("id");
    assertEquals(200, send("POST", "/api/v1/sessions/" + id + "/sleep").statusCode());
    assertEventually(() -> "asleep".equals(kept().get("state")), "it sleeps");
    assertEquals(200, send("POST", "/api/v1/sessions/" + id + "/end").statusCode());
    assertEventually(
        () -> send("GET", "/api/v1/sessions/" + id).statusCode() == 404, "it is there no more");
    try (var client = new RawClient(server.address())) {
      var resume = Resume.newBuilder().setToken(known.getToken());
      client.send(
          ClientMessage.newBuilder()
              .setOpen(Open.newBuilder().setProtocolVersion(1).setResume(resume))
              .build());
      client.receiveError(ErrorCode.SESSION_NOT_FOUND);
    }
  }
}
