package dev.mooring.transport;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.session.KeptLimits;
import dev.mooring.session.KeptSessions;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.RejectCounts;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.listen.Listener;
import dev.mooring.transport.loop.Carrier;
import dev.mooring.transport.loop.EventLoops;
import dev.mooring.transport.loop.HeldTotals;
import dev.mooring.transport.loop.LoopStatus;
import dev.mooring.transport.tls.ReloadableTls;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All of a server that has to do with connections: its event loops, who may come in, and the
 * listener through which they come.
 *
 * <p>Any thread but an event loop's.
 */
public final class Transport implements AutoCloseable {
  private volatile TransportConfig config;
  private final AdmissionControl control;
  private final @Nullable ReloadableTls tls;
  private final EventLoops loops;
  private final Listener listener;

  private Transport(
      SocketAddress address, TransportConfig config, EventLoops.Sessions sessions, List<Wire> wires)
      throws IOException {
    this.config = config;
    TlsConfig tlsConfig = config.listener().tls();
    List<String> alpn = wires.stream().map(Wire::alpn).toList();
    tls = tlsConfig == null ? null : new ReloadableTls(tlsConfig, alpn, config.lingerMillis());
    var totals = new HeldTotals(config.limits().inboundBytes(), config.limits().outboundBytes());
    control = new AdmissionControl(config.limits(), config.listener().limits(), totals);
    Carrier carrier = Carrier.of(address);
    loops =
        new EventLoops(
            carrier,
            config.eventLoops(),
            config.sickAfterMillis(),
            sessions,
            totals,
            control::connections);
    try {
      sessions.kept().recover(loops.sessionLoops());
      listener = new Listener(address, carrier, loops, () -> this.config, control, wires, tls);
    } catch (IOException | RuntimeException | Error e) {
      endLoops();
      throw e;
    }
  }

  /**
   * Starts to listen, for anybody.
   *
   * @throws IOException if the address can't be listened on
   */
  public static Transport start(
      SocketAddress address,
      TransportConfig config,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits)
      throws IOException {
    return start(
        address,
        config,
        runtime,
        modules,
        limits,
        Authority.OPEN_HOUSE,
        new KeptSessions(KeptLimits.DEFAULTS));
  }

  /**
   * Starts to listen.
   *
   * @param authority knows who may open sessions
   * @param kept where those are known that outlive their connections
   * @throws IOException if the address can't be listened on, or TLS has not what it needs
   */
  public static Transport start(
      SocketAddress address,
      TransportConfig config,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits,
      Authority authority,
      KeptSessions kept)
      throws IOException {
    return start(
        address,
        config,
        new EventLoops.Sessions(runtime, modules, limits, authority, kept),
        List.of(new MooringWire()));
  }

  /** Starts to listen for some wires. */
  static Transport start(
      SocketAddress address, TransportConfig config, EventLoops.Sessions sessions, List<Wire> wires)
      throws IOException {
    return new Transport(address, config, sessions, wires);
  }

  /** Where connections are accepted. */
  public SocketAddress address() {
    return listener.address();
  }

  /** How many connections are in, whether they have a session or not. Any thread. */
  public int connectionCount() {
    return control.connections();
  }

  /** Who was turned away, and why, since the start. Any thread. */
  public RejectCounts rejectCounts() {
    return control.counts();
  }

  /**
   * Goes by another configuration from now on: connections that come later are kept by it, and
   * their sessions get these limits. What is made once per server (loops, listener, rates) stays.
   */
  public void reload(TransportConfig changed, SessionLimits limits) {
    config = changed;
    control.limits(changed.limits());
    loops.limits(limits);
  }

  /**
   * Reads what may change while the server runs: the certificate and its key. What can't be used
   * changes nothing, and the log says why. Any thread but an event loop's.
   */
  public void reloadCertificates() {
    if (tls != null) {
      tls.reload();
    }
  }

  /**
   * What each event loop says of itself. One that is held up doesn't hold up the caller for more
   * than a moment: then it is what it last said. Looks at each connection.
   */
  public List<LoopStatus> loops() {
    return loops.statuses();
  }

  /**
   * Accepts no more, lets every session finish what it was asked, and ends the rest when the time
   * is over.
   *
   * @param message what clients are told
   * @return whether all were done in time
   */
  public boolean drain(String message, Duration deadline) throws InterruptedException {
    listener.close();
    return loops.drain(message, deadline);
  }

  /**
   * Ends every session now, and all threads. A loop that is held up, by a call that can't be
   * stopped, is waited for no longer than a few seconds: it is left as it is.
   */
  @Override
  public void close() {
    listener.close();
    endLoops();
  }

  private void endLoops() {
    loops.stop(config.lingerMillis());
    if (tls != null) {
      tls.close();
    }
  }
}
