package dev.mooring.transport;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.session.KeptLimits;
import dev.mooring.session.KeptSessions;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.SessionLimits;
import dev.mooring.session.SessionLoop;
import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.RejectCounts;
import dev.mooring.transport.config.ListenAddress;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.config.WireName;
import dev.mooring.transport.listen.Listener;
import dev.mooring.transport.loop.Carrier;
import dev.mooring.transport.loop.EventLoops;
import dev.mooring.transport.loop.HeldTotals;
import dev.mooring.transport.loop.LoopStatus;
import dev.mooring.transport.tls.ReloadableTls;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.grpc.GrpcWire;
import dev.mooring.transport.wire.mooring.MooringWire;
import dev.mooring.transport.wire.websocket.WebSocketWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * All of a server that has to do with connections: its event loops, who may come in, and the
 * listeners through which they come.
 *
 * <p>Any thread but an event loop's.
 */
public final class Transport implements AutoCloseable {
  private volatile TransportConfig config;
  private final AdmissionControl control;
  private final List<ReloadableTls> certificates = new ArrayList<>();
  private final EventLoops loops;
  private final List<Door> doors = new ArrayList<>();

  /**
   * Where connections come in.
   *
   * @param address with the port that was chosen, if the configuration had 0
   * @param wires what is spoken there, by their names where TLS negotiates them
   * @param hasTls whether that is within TLS
   */
  public record Door(SocketAddress address, List<String> wires, boolean hasTls) {}

  /** What is to be listened on. */
  private record Place(SocketAddress address, List<Wire> wires, boolean hasTls) {}

  private final List<Listener> listeners = new ArrayList<>();

  private Transport(List<Place> places, TransportConfig config, EventLoops.Sessions sessions)
      throws IOException {
    this.config = config;
    var totals = new HeldTotals(config.limits().inboundBytes(), config.limits().outboundBytes());
    control = new AdmissionControl(config.limits(), config.listener().limits(), totals);
    Carrier carrier = Carrier.of(places.getFirst().address());
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
      for (Place place : places) {
        listen(place, carrier);
      }
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void listen(Place place, Carrier carrier) throws IOException {
    List<String> alpn = place.wires().stream().map(Wire::alpn).toList();
    TlsConfig tlsConfig = config.listener().tls();
    ReloadableTls tls = null;
    if (place.hasTls()) {
      if (tlsConfig == null) {
        throw new IOException(
            "can't speak TLS on " + place.address() + ": there is no certificate");
      }
      tls = new ReloadableTls(tlsConfig, alpn, config.lingerMillis());
      certificates.add(tls);
    }
    var listener =
        new Listener(
            place.address(), carrier, loops, () -> this.config, control, place.wires(), tls);
    listeners.add(listener);
    doors.add(new Door(listener.address(), alpn, place.hasTls()));
  }

  /** The wires of these names, in their order. */
  private static List<Wire> wires(List<WireName> names) {
    return names.stream().map(Transport::wire).toList();
  }

  private static Wire wire(WireName name) {
    return switch (name) {
      case MOORING -> new MooringWire();
      case WEBSOCKET -> new WebSocketWire();
      case GRPC -> new GrpcWire();
    };
  }

  private static List<Place> places(SocketAddress address, ListenerConfig config) {
    boolean hasCertificate = config.tls() != null;
    if (config.addresses().isEmpty()) {
      return List.of(new Place(address, wires(config.wires()), hasCertificate));
    }
    var places = new ArrayList<Place>();
    for (ListenAddress each : config.addresses()) {
      boolean hasTls =
          switch (each.tls()) {
            case IF_CERTIFICATE -> hasCertificate;
            case ALWAYS -> true;
            case NEVER -> false;
          };
      List<WireName> names = each.wires().isEmpty() ? config.wires() : each.wires();
      places.add(new Place(each.address(), wires(names), hasTls));
    }
    return places;
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
   * @param address where, unless the configuration has addresses of its own
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
    return new Transport(
        places(address, config.listener()),
        config,
        new EventLoops.Sessions(runtime, modules, limits, authority, kept));
  }

  /** Starts to listen for some wires. */
  static Transport start(
      SocketAddress address, TransportConfig config, EventLoops.Sessions sessions, List<Wire> wires)
      throws IOException {
    boolean hasTls = config.listener().tls() != null;
    return new Transport(List.of(new Place(address, wires, hasTls)), config, sessions);
  }

  /** Where connections are accepted; the first of several. */
  public SocketAddress address() {
    return doors.getFirst().address();
  }

  /** Where connections are accepted, and what is spoken there. */
  public List<Door> doors() {
    return List.copyOf(doors);
  }

  /** What sessions live on, in the order of the loops. */
  public List<SessionLoop> sessionLoops() {
    return loops.sessionLoops();
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
    certificates.forEach(ReloadableTls::reload);
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
    listeners.forEach(Listener::close);
    return loops.drain(message, deadline);
  }

  /**
   * Ends every session now, and all threads. A loop that is held up, by a call that can't be
   * stopped, is waited for no longer than a few seconds: it is left as it is.
   */
  @Override
  public void close() {
    listeners.forEach(Listener::close);
    endLoops();
  }

  private void endLoops() {
    loops.stop(config.lingerMillis());
    certificates.forEach(ReloadableTls::close);
  }
}
