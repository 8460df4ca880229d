package dev.mooring.observe;

import dev.mooring.access.TenantUse;
import dev.mooring.access.Tenants;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.module.ModuleDirectory;
import dev.mooring.session.KeptSessions;
import dev.mooring.session.SessionCounts;
import dev.mooring.transport.Transport;
import dev.mooring.transport.admission.RejectCounts;
import dev.mooring.transport.loop.HeldBytes;
import dev.mooring.transport.loop.LoopStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a server does at one moment, for those who watch it.
 *
 * @param atNanos when, by {@link System#nanoTime}
 * @param connections how many are in, with a session or without
 * @param loops what each event loop says
 * @param guestMemoryBytes what all guests hold
 * @param guestMemoryLimitBytes what they may hold
 * @param turnedAway who was turned away since the start
 * @param kept what there is of sessions that outlive their connections
 * @param tenants what each uses that has come, by name
 * @param checkedModules modules that were stopped so often that all their calls are checked
 */
public record ServerFigures(
    long atNanos,
    int connections,
    List<LoopStatus> loops,
    long guestMemoryBytes,
    long guestMemoryLimitBytes,
    RejectCounts turnedAway,
    Kept kept,
    List<TenantUse> tenants,
    int checkedModules) {
  /**
   * Sessions that outlive their connections.
   *
   * @param sessions how many there are, on connections and without
   * @param asleep how many of them have no memory, and are in the store only
   * @param lost how many were lost since the start, as what was stored of them is damaged
   * @param unacknowledgedBytes what they have said and wasn't acknowledged
   * @param waitingBytes what waits to be written to the store
   * @param storeBytes what the store takes on disk
   * @param hasStoreFailed whether nothing is written any more
   * @param storeTrouble why the store can't be had for now; null if it can
   */
  public record Kept(
      int sessions,
      int asleep,
      long lost,
      long unacknowledgedBytes,
      long waitingBytes,
      long storeBytes,
      boolean hasStoreFailed,
      @Nullable String storeTrouble) {
    private static Kept of(KeptSessions kept) {
      return new Kept(
          kept.count(),
          kept.asleep(),
          kept.lostCount(),
          kept.heldBytes(),
          kept.waitingBytes(),
          kept.storeBytes(),
          kept.hasStoreFailed(),
          kept.storeTrouble());
    }
  }

  public ServerFigures {
    loops = List.copyOf(loops);
    tenants = List.copyOf(tenants);
  }

  /** Those of now. Loops that are held up delay it by a moment, and count as they were. */
  public static ServerFigures of(
      Transport transport,
      GuestRuntime runtime,
      ModuleDirectory modules,
      Tenants tenants,
      KeptSessions kept) {
    return new ServerFigures(
        System.nanoTime(),
        transport.connectionCount(),
        transport.loops(),
        runtime.memoryUsedBytes(),
        runtime.memoryLimitBytes(),
        transport.rejectCounts(),
        Kept.of(kept),
        tenants.use(),
        modules.checkedModules());
  }

  public int sessions() {
    return loops.stream().mapToInt(LoopStatus::sessions).sum();
  }

  public int instances() {
    return loops.stream().mapToInt(LoopStatus::instances).sum();
  }

  public long sickLoops() {
    return loops.stream().filter(LoopStatus::sick).count();
  }

  public SessionCounts counts() {
    var sum = new SessionCounts.Sum();
    loops.forEach(loop -> sum.add(loop.counts()));
    return sum.toCounts();
  }

  public HeldBytes held() {
    return loops.stream().map(LoopStatus::held).reduce(HeldBytes.NONE, HeldBytes::plus);
  }
}
