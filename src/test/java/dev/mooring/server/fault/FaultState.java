package dev.mooring.server.fault;

import dev.mooring.client.MooringSession;
import dev.mooring.server.MooringServer;
import dev.mooring.server.fault.FaultProxy.Way;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Where a session stands when a fault strikes its connection, and how it comes to stand there. */
enum FaultState {
  /** The server has a connection, and nothing else. */
  CONNECTED("counter") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.open(link -> link.hold(Way.TO_SERVER, 0), session -> {});
      victim.link().awaitHeld(Way.TO_SERVER);
    }
  },
  HALF_OF_OPEN_SENT("counter") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.open(link -> link.hold(Way.TO_SERVER, 8), session -> {});
      victim.link().awaitHeld(Way.TO_SERVER);
    }
  },
  /** The module is new to the server. */
  COMPILING("lines") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.module = victim.servers.newModule(victim.module);
      victim.open(link -> link.hold(Way.TO_CLIENT, 0), session -> {});
      victim.link().awaitPassed(Way.TO_SERVER);
    }
  },
  /** The guest is in {@code mooring_open}. */
  OPENING("lifecycle") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.gate.close();
      victim.config = Map.of("open", "log");
      victim.open(link -> {}, session -> {});
      victim.gate.awaitArrival();
    }
  },
  IDLE("counter") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.openAndWait(session -> {});
    }
  },
  HALF_OF_CALL_SENT("echo") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      MooringSession session = victim.openAndWait(opened -> {});
      victim.link().hold(Way.TO_SERVER, FaultVictim.LARGE_BYTES / 2);
      victim.callEcho(session);
      victim.link().awaitHeld(Way.TO_SERVER);
    }
  },
  /** Calls wait behind one that runs. */
  CALL_QUEUED("tally") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.gate.close();
      victim.openAndWait(session -> victim.callAdd(session, QUEUED_CALLS));
      victim.gate.awaitArrival();
    }
  },
  CALL_RUNNING("tally") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.gate.close();
      victim.openAndWait(session -> victim.callAdd(session, 1));
      victim.gate.awaitArrival();
    }
  },
  /** The rest of the result is more than the network holds, if nobody reads it. */
  RESULT_HALF_RECEIVED("echo") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      MooringSession session = victim.openAndWait(opened -> {});
      victim.link().hold(Way.TO_CLIENT, FaultVictim.LARGE_BYTES / 2);
      victim.callEcho(session);
      victim.link().awaitHeld(Way.TO_CLIENT);
    }
  },
  EVENTS_HALF_RECEIVED("greedy") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      MooringSession session = victim.openAndWait(opened -> {});
      victim.link().hold(Way.TO_CLIENT, FaultVictim.EVENTS / 2 * FaultVictim.EVENT_BYTES);
      victim.callEvents(session);
      victim.link().awaitHeld(Way.TO_CLIENT);
    }
  },
  /** {@code Close} was read, and calls before it are not done. */
  CLOSING("tally") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.gate.close();
      victim.openAndWait(
          session -> {
            victim.callAdd(session, QUEUED_CALLS);
            var _ = session.closeAsync();
          });
      victim.gate.awaitArrival();
    }
  },
  /** The server drains, and the promised calls are not done. */
  GOING_AWAY("tally") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.server = victim.servers.start(null);
      victim.gate.close();
      victim.openAndWait(session -> victim.callAdd(session, QUEUED_CALLS));
      victim.gate.awaitArrival();
      victim.drained = CompletableFuture.supplyAsync(() -> drain(victim.server));
      // As soon as one call is done, the loop may say what it has to say.
      while (!victim.hasGoAway()) {
        victim.gate.letOnePass();
        Thread.sleep(10);
      }
    }
  },
  TLS_HANDSHAKE("counter") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      victim.open(link -> link.hold(Way.TO_CLIENT, 100), session -> {});
      victim.link().awaitHeld(Way.TO_CLIENT);
    }
  },
  TLS_IDLE("counter") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      IDLE.reach(victim);
    }
  },
  TLS_CALL_RUNNING("tally") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      CALL_RUNNING.reach(victim);
    }
  },
  TLS_RESULT_HALF_RECEIVED("echo") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      RESULT_HALF_RECEIVED.reach(victim);
    }
  },
  TLS_CLOSING("tally") {
    @Override
    void reach(FaultVictim victim) throws Exception {
      CLOSING.reach(victim);
    }
  };

  private static final int QUEUED_CALLS = 10;

  final String module;

  FaultState(String module) {
    this.module = module;
  }

  abstract void reach(FaultVictim victim) throws Exception;

  boolean isTls() {
    return name().startsWith("TLS");
  }

  boolean isOpened() {
    return compareTo(IDLE) >= 0 && this != TLS_HANDSHAKE;
  }

  boolean isClosing() {
    return this == CLOSING || this == TLS_CLOSING;
  }

  private static boolean drain(MooringServer server) {
    try {
      return server.drain();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
