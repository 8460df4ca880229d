package dev.mooring.transport.loop;

import dev.mooring.session.SessionCounts;

/**
 * What one event loop last said of itself.
 *
 * @param loop its number, from 0
 * @param sick whether a call holds it up that was to stop; the only thing here that others say
 * @param sessions how many it has
 * @param instances how many guest instances it has
 * @param counts what its sessions have come to
 * @param held what is held for its clients
 * @param busyNanos how long its sessions' turns have run
 * @param overdrafts how many turns ran for longer than they should
 */
public record LoopStatus(
    int loop,
    boolean sick,
    int sessions,
    int instances,
    SessionCounts counts,
    HeldBytes held,
    long busyNanos,
    long overdrafts) {
  LoopStatus withSick(boolean now) {
    return new LoopStatus(loop, now, sessions, instances, counts, held, busyNanos, overdrafts);
  }
}
