package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A module's file is replaced while sessions of it come and go. */
@Patient
final class ReplacedModuleIT {
  private static final int VERSIONS = 6;
  private static final int CLIENTS = 8;
  private static final int CALLS_PER_SESSION = 20;

  private final Path modules;
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger rounds = new AtomicInteger();

  /** The newest version that any session has had: none that is opened from then on is older. */
  private final AtomicLong newest = new AtomicLong();

  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  ReplacedModuleIT(@TempDir Path modules) {
    this.modules = modules;
  }

  /** A module with one function, {@code version}, that says which it is. */
  private static byte[] module(int version) {
    byte[] name = "version".getBytes(StandardCharsets.US_ASCII);
    byte[] start = {
      0,
      'a',
      's',
      'm',
      1,
      0,
      0,
      0, // the magic and the format
      1,
      5,
      1,
      0x60,
      0,
      1,
      0x7E, // a type: () -> i64
      3,
      2,
      1,
      0, // a function of it
      7,
      (byte) (name.length + 4),
      1,
      (byte) name.length // an export, ...
    };
    byte[] end = {
      0,
      0, // ... that function
      10,
      6,
      1,
      4,
      0,
      0x42,
      (byte) version,
      0x0B // i64.const version
    };
    byte[] all = new byte[start.length + name.length + end.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(name, 0, all, start.length, name.length);
    System.arraycopy(end, 0, all, start.length + name.length, end.length);
    return all;
  }

  private void replace(byte[] bytes) throws IOException {
    Path next = Files.write(modules.resolve("next"), bytes);
    Files.move(next, modules.resolve("guest.wasm"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static long version(SocketAddress address) {
    try (var client = new RawClient(address)) {
      client.open("guest");
      return client.callI64("version");
    }
  }

  /**
   * Opens sessions, one after the other, and looks that each is new enough and stays what it was.
   */
  private void comeAndGo(SocketAddress address) {
    try {
      while (!done.get()) {
        long before = newest.get();
        try (var client = new RawClient(address)) {
          client.open("guest");
          long version = client.callI64("version");
          assertTrue(version >= before, () -> version + " was opened after " + before);
          newest.accumulateAndGet(version, Math::max);
          for (int i = 0; i < CALLS_PER_SESSION; i++) {
            assertEquals(version, client.callI64("version"));
          }
        }
        opened.incrementAndGet();
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Calls sessions that stay, over and over, and looks that each stays what it was. */
  private void callAllThatStay(List<RawClient> kept) {
    try {
      while (!done.get()) {
        for (int i = 0; i < kept.size(); i++) {
          assertEquals(i + 1, kept.get(i).callI64("version"), "a session keeps what it opened");
        }
        rounds.incrementAndGet();
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  /**
   * Whatever was just done, the load goes on: sessions are opened, and those that stay are called.
   */
  private void assertGoesOn() throws InterruptedException {
    int openedSoFar = opened.get();
    int roundsSoFar = rounds.get();
    Eventually.assertEventually(
        () ->
            failure.get() != null
                || (opened.get() > openedSoFar + 2 * CLIENTS && rounds.get() > roundsSoFar + 2),
        "the load goes on");
    assertNull(failure.get());
  }

  /** The log, as far as it tells that a file was refused and the one before it is served on. */
  private static long refusals(ListAppender<ILoggingEvent> log) {
    return List.copyOf(log.list).stream()
        .filter(e -> e.getFormattedMessage().contains("is served on"))
        .count();
  }

  @Test
  void file_replacedUnderLoad_sessionsKeepTheirsAndNewOnesGetTheNext() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger("dev.mooring.module");
    log.start();
    logger.addAppender(log);
    replace(module(1));
    try (var server =
        MooringServer.start(
            ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules))) {
      SocketAddress address = server.address();
      var kept = new CopyOnWriteArrayList<RawClient>();
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < CLIENTS; i++) {
        threads.add(Thread.ofPlatform().start(() -> comeAndGo(address)));
      }
      threads.add(Thread.ofPlatform().start(() -> callAllThatStay(kept)));
      try {
        for (int version = 1; version <= VERSIONS; version++) {
          int wanted = version;
          replace(module(version));
          Eventually.assertEventually(
              () -> version(address) == wanted, "a new session has version " + wanted);
          newest.accumulateAndGet(wanted, Math::max);
          var client = new RawClient(address);
          client.open("guest");
          kept.add(client);
          assertGoesOn();
          replace(("no module, the " + version + "th").getBytes(StandardCharsets.UTF_8));
          Eventually.assertEventually(() -> refusals(log) == wanted, "a broken file is refused");
          assertGoesOn();
          assertEquals(wanted, version(address));
        }
      } finally {
        done.set(true);
        for (Thread thread : threads) {
          thread.join();
        }
        kept.forEach(RawClient::close);
      }
      assertNull(failure.get());
      assertEquals(VERSIONS, newest.get());
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void file_replacedByABrokenOne_oldOneIsServedAndTheLogSaysWhy() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger("dev.mooring.module");
    log.start();
    logger.addAppender(log);
    replace(module(1));
    try (var server =
        MooringServer.start(
            ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules))) {
      assertEquals(1, version(server.address()));
      replace("this is no module".getBytes(StandardCharsets.UTF_8));
      Eventually.assertEventually(
          () ->
              List.copyOf(log.list).stream()
                  .anyMatch(e -> e.getFormattedMessage().contains("is served on")),
          "the log says that the new file is refused");
      assertEquals(1, version(server.address()));
      replace(module(2));
      Eventually.assertEventually(
          () -> version(server.address()) == 2, "a file in good order takes the name again");
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void file_newWhileTheServerRuns_isRefusedBeforeAnybodyAsks() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger("dev.mooring.module");
    log.start();
    logger.addAppender(log);
    try (var server =
        MooringServer.start(
            ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules))) {
      assertEquals(0, server.sessionCount());
      replace(new byte[] {1, 2, 3});
      Eventually.assertEventually(
          () ->
              List.copyOf(log.list).stream()
                  .anyMatch(e -> e.getFormattedMessage().startsWith("module guest ")),
          "the log says why");
    } finally {
      logger.detachAppender(log);
    }
  }
}
