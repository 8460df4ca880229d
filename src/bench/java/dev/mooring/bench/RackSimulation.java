package dev.mooring.bench;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * What happens when many servers die at once and all their clients come to those that are left: an
 * imitation of the clients' patience, the servers' queues and the databases' rates, by events in
 * the order of their times. Nothing in it is measured but what it is told. One thread.
 */
final class RackSimulation {
  /** Of a client, as the bundled ones have it: to wait for a session, and between attempts. */
  private static final double OPEN_SECONDS = 10;

  private static final double FIRST_SECONDS = 0.05;

  /** As many sessions a server takes over at a time. */
  private static final int READERS = 4;

  /**
   * What there is.
   *
   * @param sessions whose servers have died
   * @param nodes that are left
   * @param databases among which sessions are spread evenly
   * @param takeoversPerSecond of each database
   * @param skipsUnwanted whether servers pass over those whose clients have gone meanwhile
   */
  record Setup(
      int sessions, int nodes, int databases, double takeoversPerSecond, boolean skipsUnwanted) {}

  /**
   * What came of it.
   *
   * @param halfSeconds until half of the sessions were served
   * @param mostSeconds until 99 % were
   * @param allSeconds until all were; infinite if they weren't within the time
   * @param wasted how many were taken over for a client that had gone
   */
  record Outcome(double halfSeconds, double mostSeconds, double allSeconds, long wasted) {}

  private enum Kind {
    /** A client comes to a server. */
    ARRIVES,
    /** It has waited for long enough, and goes. */
    GIVES_UP,
    /** A database has taken a session over. */
    DONE
  }

  private record Event(double at, Kind kind, int session, int attempt, int node)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return Double.compare(at, other.at);
    }
  }

  private record Waiting(int session, int attempt) {}

  private final Setup setup;
  private final double mostSeconds;
  private final Random random = new Random(1);
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Deque<Waiting>[] queues;
  private final int[] busy;
  private final double[] freeAt;

  /** Which of its attempts a client makes; negative: it is served. */
  private final int[] attempts;

  private int served;
  private long wasted;
  private double half = Double.POSITIVE_INFINITY;
  private double most = Double.POSITIVE_INFINITY;
  private double all = Double.POSITIVE_INFINITY;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private RackSimulation(Setup setup, double mostSeconds) {
    this.setup = setup;
    this.mostSeconds = mostSeconds;
    queues = new Deque[setup.nodes];
    for (int i = 0; i < queues.length; i++) {
      queues[i] = new ArrayDeque<>();
    }
    busy = new int[setup.nodes];
    freeAt = new double[setup.databases];
    attempts = new int[setup.sessions];
  }

  /** What comes of it within so many seconds. */
  static Outcome run(Setup setup, double mostSeconds) {
    return new RackSimulation(setup, mostSeconds).run();
  }

  private Outcome run() {
    for (int i = 0; i < setup.sessions; i++) {
      arrive(0, i, 0);
    }
    for (Event event = events.poll();
        event != null && event.at < mostSeconds && served < setup.sessions;
        event = events.poll()) {
      switch (event.kind) {
        case ARRIVES -> {
          queues[event.node].add(new Waiting(event.session, event.attempt));
          events.add(
              new Event(
                  event.at + OPEN_SECONDS,
                  Kind.GIVES_UP,
                  event.session,
                  event.attempt,
                  event.node));
          begin(event.node, event.at);
        }
        case GIVES_UP -> {
          if (attempts[event.session] == event.attempt) {
            attempts[event.session]++;
            arrive(event.at, event.session, event.attempt + 1);
          }
        }
        case DONE -> {
          busy[event.node]--;
          if (attempts[event.session] == event.attempt) {
            serve(event.session, event.at);
          } else {
            wasted++;
          }
          begin(event.node, event.at);
        }
      }
    }
    return new Outcome(half, most, all, wasted);
  }

  /** A balancer sends it anywhere. */
  private void arrive(double now, int session, int attempt) {
    events.add(
        new Event(
            now + random.nextDouble() * FIRST_SECONDS,
            Kind.ARRIVES,
            session,
            attempt,
            random.nextInt(setup.nodes)));
  }

  private void begin(int node, double now) {
    while (busy[node] < READERS) {
      Waiting next = queues[node].poll();
      if (next == null) {
        return;
      }
      if (setup.skipsUnwanted && attempts[next.session] != next.attempt) {
        continue;
      }
      busy[node]++;
      int database = next.session % setup.databases;
      freeAt[database] = Math.max(now, freeAt[database]) + 1 / setup.takeoversPerSecond;
      events.add(new Event(freeAt[database], Kind.DONE, next.session, next.attempt, node));
    }
  }

  private void serve(int session, double now) {
    attempts[session] = -1;
    served++;
    if (served >= setup.sessions / 2 && half > now) {
      half = now;
    }
    if (served >= 0.99 * setup.sessions && most > now) {
      most = now;
    }
    if (served == setup.sessions) {
      all = now;
    }
  }
}
