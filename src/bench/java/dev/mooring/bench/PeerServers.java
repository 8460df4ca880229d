package dev.mooring.bench;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * The servers of a placement, each in a process of its own, started when it is first asked for.
 * They stay until the end, so that each can be loaded in turn with the others. One thread.
 */
final class PeerServers implements AutoCloseable {
  private final Setting setting;
  private final Placement placement;
  private final Map<Rival, ServerProcess> running = new EnumMap<>(Rival.class);

  PeerServers(Setting setting, Placement placement) {
    this.setting = setting;
    this.placement = placement;
  }

  /**
   * Starts a server, and checks its answers.
   *
   * @param door at which it is asked
   * @throws Wrong if one is wrong
   */
  static ServerProcess start(Setting setting, Placement placement, Rival rival, Door door)
      throws IOException, InterruptedException {
    ServerProcess server =
        ServerProcess.start(
            setting, rival, placement.serverCpus(), placement.loops(), AnswerCheck.GUESTS);
    try {
      AnswerCheck.run(rival, door, server.port());
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  Placement placement() {
    return placement;
  }

  /** Whether a server runs, and so has been loaded before. */
  boolean runs(Rival rival) {
    return running.containsKey(rival);
  }

  /**
   * A server that runs, and is started if it doesn't.
   *
   * @throws IOException if it can't be started, or has died
   */
  ServerProcess get(Rival rival) throws IOException, InterruptedException {
    ServerProcess server = running.get(rival);
    if (server == null) {
      server = start(setting, placement, rival, rival.door());
      running.put(rival, server);
    }
    server.checkAlive();
    return server;
  }

  /** Ends a server: what comes next gets a new one. */
  void end(Rival rival) throws IOException {
    ServerProcess server = running.remove(rival);
    if (server != null) {
      server.close();
    }
  }

  @Override
  public void close() throws IOException {
    for (Rival rival : Rival.values()) {
      end(rival);
    }
  }
}
