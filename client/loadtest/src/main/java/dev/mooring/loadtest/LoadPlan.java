package dev.mooring.loadtest;

import java.util.List;

/**
 * A whole load test, before it begins. What it holds is in range.
 *
 * @param connections that are open at a time
 * @param eventLoops threads that send and receive
 * @param connecting how many connections may be in the making at a time
 * @param callsPerConnection after so many a connection is closed and another opened; 0 for never
 * @param traced of so many calls one is part of a trace that is sampled; 0 for none
 * @param calls what is called, by weight; at least one
 * @param seed of everything random; the same seed sends the same calls
 * @param backlog how many calls may wait in this client, in all; beyond it they fail, and are
 *     counted
 * @param serverPids processes whose use of the machine is measured too
 */
public record LoadPlan(
    Target target,
    Load load,
    Schedule schedule,
    int connections,
    int eventLoops,
    int connecting,
    int callsPerConnection,
    int traced,
    List<CallSpec> calls,
    PayloadSpec payload,
    long seed,
    int backlog,
    List<Long> serverPids) {
  static final int MAX_CONNECTIONS = 1_000_000;
  static final int MAX_EVENT_LOOPS = 256;
  static final int MAX_BACKLOG = 100_000_000;

  public LoadPlan {
    calls = List.copyOf(calls);
    serverPids = List.copyOf(serverPids);
    Check.range("--connections", connections, 1, MAX_CONNECTIONS);
    Check.range("--event-loops", eventLoops, 1, MAX_EVENT_LOOPS);
    Check.range("--connecting", connecting, 1, MAX_CONNECTIONS);
    Check.range("--calls-per-connection", callsPerConnection, 0, Integer.MAX_VALUE);
    Check.range("--traced", traced, 0, Integer.MAX_VALUE);
    Check.range("--backlog", backlog, 1, MAX_BACKLOG);
    if (calls.isEmpty()) {
      throw LoadFailure.usage("there is no function to call, expected --call FUNCTION");
    }
    // A loop without a connection has nothing to do.
    eventLoops = Math.min(eventLoops, connections);
  }

  /** The same under another load. */
  public LoadPlan withLoad(Load other) {
    return new LoadPlan(
        target,
        other,
        schedule,
        connections,
        eventLoops,
        connecting,
        callsPerConnection,
        traced,
        calls,
        payload,
        seed,
        backlog,
        serverPids);
  }
}
