package dev.mooring.transport;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.session.KeptLimits;
import dev.mooring.session.KeptSessions;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.SessionCounts;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.RejectCounts;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.EventLoops;
import dev.mooring.transport.loop.HeldBytes;
import dev.mooring.transport.loop.LoopStatus;
import dev.mooring.transport.wire.Wire;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/** A transport for tests of wires: whatever its clients open is one module. Any thread. */
public final class WireServer implements AutoCloseable {
  private final Transport transport;
  private volatile CompletableFuture<Void> found = CompletableFuture.completedFuture(null);

  /** Starts to listen. The module and its runtime stay the caller's. */
  public WireServer(
      SocketAddress address,
      TransportConfig config,
      SessionLimits limits,
      List<Wire> wires,
      GuestRuntime runtime,
      GuestModule module)
      throws IOException {
    ModuleSource source =
        (String reference, Predicate<String> mayOpen, ModuleSource.Answer answer) ->
            found.thenRun(() -> answer.found(module, limits));
    transport =
        Transport.start(
            address,
            config,
            new EventLoops.Sessions(
                runtime,
                source,
                limits,
                Authority.OPEN_HOUSE,
                new KeptSessions(KeptLimits.DEFAULTS)),
            wires);
  }

  /** From now on modules aren't found, until {@link #findModules}. */
  public void holdModules() {
    found = new CompletableFuture<>();
  }

  /** Modules are found, those that are waited for, too. */
  public void findModules() {
    found.complete(null);
  }

  public SocketAddress address() {
    return transport.address();
  }

  /** How many connections are in. */
  public int connections() {
    return transport.connectionCount();
  }

  /** Who was turned away, and why. */
  public RejectCounts rejectCounts() {
    return transport.rejectCounts();
  }

  /** How many sessions there are. */
  public int sessions() {
    return sum(LoopStatus::sessions);
  }

  /** Whether it is as before its first client. */
  public boolean hasNothingLeft() {
    return connections() == 0
        && sessions() == 0
        && sum(LoopStatus::instances) == 0
        && held().equals(HeldBytes.NONE);
  }

  private int sum(ToIntFunction<LoopStatus> figure) {
    return transport.loops().stream().mapToInt(figure).sum();
  }

  /** What is held for all clients. */
  public HeldBytes held() {
    return transport.loops().stream().map(LoopStatus::held).reduce(HeldBytes.NONE, HeldBytes::plus);
  }

  /** What its sessions have come to. */
  public SessionCounts counts() {
    var sum = new SessionCounts.Sum();
    transport.loops().forEach(loop -> sum.add(loop.counts()));
    return sum.toCounts();
  }

  /** Ends all in good order, and says whether that was in time. */
  public boolean drain(String message) throws InterruptedException {
    return transport.drain(message, Duration.ofSeconds(20));
  }

  @Override
  public void close() {
    findModules();
    transport.close();
  }
}
