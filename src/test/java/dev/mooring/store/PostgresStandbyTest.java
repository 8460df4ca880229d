package dev.mooring.store;

import static dev.mooring.store.SessionStoreContract.append;
import static dev.mooring.store.SessionStoreContract.body;
import static dev.mooring.store.SessionStoreContract.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.postgres.PostgresServer;
import dev.mooring.server.testing.Eventually;
import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Change.Put;
import dev.mooring.store.SessionStore.Head;
import dev.mooring.store.postgres.PostgresAdmin;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresStore;
import dev.mooring.store.postgres.PostgresUrl;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database whose standby has all that was acknowledged, or nothing is. */
final class PostgresStandbyTest {
  private static final int LEASE_MILLIS = 2_000;
  private static final int PATIENCE_SECONDS = 60;

  /** Longer than a connection waits for an answer, and than the lease. */
  private static final long HANG_MILLIS = 12_000;

  @TempDir Path folder = Path.of("");
  private PostgresServer primary;
  private PostgresServer standby;
  private PostgresStore store;
  private PostgresStore other;

  @BeforeEach
  void start() throws Exception {
    primary = PostgresServer.start(folder.resolve("primary"));
    PostgresAdmin.init(config(primary.url(), "init"));
    standby = primary.standby(folder.resolve("standby"));
    String both =
        "postgresql://mooring@127.0.0.1:%d,127.0.0.1:%d/mooring"
            .formatted(primary.address().getPort(), standby.address().getPort());
    store = PostgresStore.open(config(both, "a"));
    other = PostgresStore.open(config(both, "b"));
    var made = new Put("s", Change.NEW, Head.of(bytes("head")), bytes("body"));
    assertEquals(List.of(), List.copyOf(store.write(List.of(made), true)));
  }

  private PostgresConfig config(String url, String node) {
    return PostgresConfig.of(PostgresUrl.parse(url), primary.password(), node)
        .withLeaseMillis(LEASE_MILLIS);
  }

  @AfterEach
  void stop() throws Exception {
    store.close();
    other.close();
    standby.close();
    primary.close();
  }

  @Test
  void primaryIsLost_theStandbyHasAllThatWasAcknowledged() throws Exception {
    int acknowledged = 0;
    try (var thread = Executors.newSingleThreadExecutor()) {
      for (; acknowledged < 20; acknowledged++) {
        store.write(List.of(append("s", null, "n" + acknowledged)), true);
      }
      primary.kill();
      Future<Collection<Change>> written =
          thread.submit(() -> store.write(List.of(append("s", null, "last")), true));
      standby.promote();
      assertEquals(List.of(), List.copyOf(written.get(PATIENCE_SECONDS, TimeUnit.SECONDS)));
    }
    String[] parts = body(store, "s").split(" \\+ ", -1);
    assertEquals(acknowledged + 2, parts.length);
    assertEquals("last", parts[parts.length - 1]);
    Eventually.assertEventually(() -> store.trouble() == null, "it isn't noticed");
    Eventually.assertEventually(() -> other.trouble() == null, "it isn't noticed");
    assertNull(other.claim("another"));
  }

  @Test
  void standbyHangs_itIsNoticedAndNothingIsAcknowledged() throws Exception {
    standby.pause();
    try (var thread = Executors.newSingleThreadExecutor()) {
      Future<Collection<Change>> written =
          thread.submit(() -> store.write(List.of(append("s", null, "held")), true));
      Eventually.assertEventually(() -> store.trouble() != null, "it isn't noticed");
      Eventually.assertEventually(() -> other.trouble() != null, "it isn't noticed");
      assertThrows(StoreUnavailable.class, () -> other.claim("s"));
      TimeUnit.MILLISECONDS.sleep(HANG_MILLIS);
      assertFalse(written.isDone(), "it was acknowledged");
      standby.goOn();
      assertEquals(List.of(), List.copyOf(written.get(PATIENCE_SECONDS, TimeUnit.SECONDS)));
    }
    Eventually.assertEventually(() -> store.trouble() == null, "it isn't noticed");
    Eventually.assertEventually(() -> other.trouble() == null, "it isn't noticed");
    assertEquals("body + held", body(store, "s"));
    store.write(List.of(append("s", null, "still")), true);
    assertEquals("body + held + still", body(store, "s"));
  }
}
