package dev.mooring.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.PortableModule;
import dev.mooring.guest.ScriptFiles;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a store's modules when a server starts on it. */
final class StoreRecoveryTest {
  private static final String STRAY = "sha256:" + "5".repeat(64) + "/sha256:" + "6".repeat(64);

  private static void recover(RocksStore store) throws Exception {
    var time = new SimulatedTime(16 << 20);
    try (GuestRuntime runtime = time.runtime()) {
      var loop = new ManualLoop(time, new Random(1));
      var disk = new ManualExecutor();
      var kept = new KeptSessions(KeptLimits.DEFAULTS, new StoreWriter(store, disk, disk));
      var sessions =
          new SessionLoop(
              loop,
              runtime,
              (reference, mayOpen, answer) -> {
                throw new AssertionError("no module is wanted");
              },
              SessionLimits.DEFAULTS,
              Authority.OPEN_HOUSE,
              new SessionDirectory(),
              kept);
      kept.recover(List.of(sessions));
      sessions.stop();
      ManualLoop.settle(List.of(loop));
      sessions.close();
    }
  }

  private static void put(RocksStore store, GuestModule module) throws Exception {
    var head =
        new KeptHead(
            "1",
            "s",
            module.digest(),
            module.imageDigest(),
            null,
            "",
            Durability.ASYNC,
            List.of(TokenDigest.of("t")),
            1_000,
            SessionLifetime.NEVER,
            Long.MAX_VALUE,
            KeptHead.NO_TIMER);
    store.write(
        List.of(
            new SessionStore.Change.Put("1", SessionStore.Change.NEW, head.toStore(), new byte[1])),
        false);
  }

  /** An engine isn't any session's module, and yet scripts don't run without theirs. */
  @Test
  void modules_thatNoSessionNeeds_areForgottenAndEnginesAreNot(@TempDir Path folder)
      throws Exception {
    try (var runtime = new GuestRuntime(1L << 30);
        RocksStore store = RocksStore.open(folder.resolve("store"), 1L << 40)) {
      GuestModule script =
          GuestModule.compile(
              ScriptFiles.of(Map.of("s.js", "export const f = () => 1;".getBytes(UTF_8))),
              ModuleOptions.DEFAULTS,
              runtime);
      PortableModule portable = PortableModule.of(script);
      PortableModule engine = portable.engine();
      if (engine == null) {
        throw new AssertionError("a script has an engine");
      }
      put(store, script);
      store.putModule(portable.key(), portable.toBytes());
      store.putModule(engine.key(), engine.toBytes());
      store.putModule(STRAY, new byte[] {1});
      recover(store);
      assertNull(store.module(STRAY));
      assertArrayEquals(portable.toBytes(), store.module(portable.key()));
      assertArrayEquals(engine.toBytes(), store.module(engine.key()));

      store.putModule(portable.key(), new byte[] {9}); // Nobody knows what that one needs.
      store.putModule(STRAY, new byte[] {1});
      recover(store);
      assertEquals(1, requireNonNull(store.module(STRAY)).length);
    }
  }
}
