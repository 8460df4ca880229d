package dev.mooring.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A load, and who is put under it.
 *
 * @param payload in bytes
 * @param callsPerConnection after so many calls a connection is closed and another opened; 0: never
 * @param rivals Mooring first: all others are compared with it
 */
record PeerCase(
    Placement placement,
    Guest guest,
    int connections,
    int pipeline,
    int payload,
    int callsPerConnection,
    List<Rival> rivals) {
  /** What is called. Module and function have the same name. */
  enum Guest {
    /** The bundled guest that copies its input to its output, through a buffer of 2 KiB. */
    ECHO,
    /** A guest that hashes for some 20 µs. */
    WORK;

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final int SMALL = 64;
  private static final List<Rival> TRANSPORTS =
      List.of(
          Rival.MOORING, Rival.NETTY_ECHO, Rival.CHICORY_PLAIN, Rival.NODE_V8, Rival.NO_PREEMPTION);
  private static final List<Rival> SHAPES =
      List.of(
          Rival.MOORING,
          Rival.NETTY_ECHO,
          Rival.CHICORY_PLAIN,
          Rival.ACTOR_THREAD,
          Rival.ACTOR_VIRTUAL,
          Rival.WORKER_POOL,
          Rival.NODE_V8);

  // The cases that figures are of.
  static final PeerCase UNPIPELINED =
      echo(Placement.APART, 64, 1, List.of(Rival.MOORING, Rival.NETTY_ECHO));
  static final PeerCase PIPELINED = echo(Placement.APART, 64, 16, TRANSPORTS);
  static final PeerCase PIPELINED_SHARED =
      echo(Placement.SHARED, 64, 16, List.of(Rival.MOORING, Rival.NODE_V8));
  static final PeerCase CROWD = echo(Placement.SHARED, 1_000, 1, crowd());
  static final PeerCase CROWD_PIPELINED = echo(Placement.SHARED, 1_000, 16, crowd());
  static final PeerCase CHURN =
      new PeerCase(
          Placement.SHARED, Guest.ECHO, 64, 1, SMALL, 1, List.of(Rival.MOORING, Rival.NODE_V8));
  static final PeerCase WORK =
      new PeerCase(
          Placement.SHARED, Guest.WORK, 64, 16, SMALL, 0, List.of(Rival.MOORING, Rival.NODE_V8));

  /** What a quick run measures. */
  static final List<PeerCase> QUICK =
      List.of(UNPIPELINED, PIPELINED, PIPELINED_SHARED, CROWD, CROWD_PIPELINED, CHURN, WORK);

  /** What a full run measures besides. */
  static final List<PeerCase> MATRIX = matrix();

  private static List<Rival> crowd() {
    return List.of(
        Rival.MOORING,
        Rival.NETTY_ECHO,
        Rival.WORKER_POOL,
        Rival.ACTOR_VIRTUAL,
        Rival.ACTOR_THREAD);
  }

  private static PeerCase echo(
      Placement placement, int connections, int pipeline, List<Rival> rivals) {
    return new PeerCase(placement, Guest.ECHO, connections, pipeline, SMALL, 0, rivals);
  }

  /**
   * All of connections by pipelines, and then, from the middle of it, other payloads and another
   * guest. 10,000 connections with 128 calls each are left out: what would be measured is a million
   * calls that wait.
   */
  private static List<PeerCase> matrix() {
    var cases = new ArrayList<PeerCase>();
    for (int connections : new int[] {1, 64, 1_000, 10_000}) {
      for (int pipeline : new int[] {1, 16, 128}) {
        if (connections < 10_000 || pipeline < 128) {
          cases.add(echo(Placement.SHARED, connections, pipeline, SHAPES));
        }
      }
    }
    for (int payload : new int[] {1 << 10, 64 << 10}) {
      for (int pipeline : new int[] {1, 16}) {
        cases.add(new PeerCase(Placement.SHARED, Guest.ECHO, 64, pipeline, payload, 0, SHAPES));
      }
    }
    List<Rival> workers = SHAPES.stream().filter(Rival::runsGuests).toList();
    cases.add(new PeerCase(Placement.SHARED, Guest.WORK, 64, 1, SMALL, 0, workers));
    cases.add(new PeerCase(Placement.SHARED, Guest.WORK, 64, 16, SMALL, 0, workers));
    cases.add(new PeerCase(Placement.SHARED, Guest.WORK, 1_000, 1, SMALL, 0, workers));
    cases.add(new PeerCase(Placement.SHARED, Guest.ECHO, 64, 1, SMALL, 1, SHAPES));
    cases.add(echo(Placement.APART, 64, 128, TRANSPORTS));
    return List.copyOf(cases);
  }

  /** For tables. */
  String label() {
    String calls =
        callsPerConnection == 0
            ? connections + " × " + pipeline
            : connections + " that open, call once, close";
    String bytes = payload < 1 << 10 ? payload + " B" : (payload >> 10) + " KiB";
    return calls + ", " + bytes + ", " + guest.label() + ", " + placement.label();
  }

  /** What is asked of `mooring loadtest`, but for where and how long. */
  List<String> options() {
    var options =
        new ArrayList<>(
            List.of(
                "--module",
                guest.label(),
                "--call",
                guest.label(),
                "--payload",
                Integer.toString(payload),
                "--connections",
                Integer.toString(connections),
                "--pipeline",
                Integer.toString(pipeline)));
    if (callsPerConnection > 0) {
      options.add("--calls-per-connection");
      options.add(Integer.toString(callsPerConnection));
    }
    return options;
  }
}
