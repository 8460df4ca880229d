package dev.mooring.transport.wire;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.proto.LeakCheck;
import dev.mooring.server.testing.LoggedDefects;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.WireServer;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server with one module, and clients, whatever their wire and what carries it. */
@ExtendWith(LeakCheck.class)
public abstract class WireFixture {
  static final Path MODULE = Path.of("guests/c/conformance.wasm");
  static final byte[] NOTHING = {};

  /** Long enough for what has to be waited for, and much shorter than what must not be. */
  protected static final int SHORT_MILLIS = 400;

  static final int SMALL_RECEIVE_BYTES = 32 << 10;
  static final int PAYLOAD_BYTES = 10_000;

  /** More than the system's buffers take of what isn't read. */
  static final int MANY_CALLS = 1_500;

  /** What a client that doesn't read may be charged for, and what may be read and written ahead. */
  static final long HELD_BOUND_BYTES =
      SessionLimits.DEFAULTS.queuedBytes()
          + 4L * TransportConfig.DEFAULTS.writeHighBytes()
          + (512 << 10);

  private static GuestRuntime runtime;
  private static GuestModule module;

  private final LoggedDefects defects = new LoggedDefects();
  WireServer server;

  /** The wires that the server speaks. */
  protected abstract List<Wire> wires();

  /** How this wire's client speaks. */
  protected abstract WireFormat format();

  /** How a client is told things that has not said anything yet. */
  protected WireFormat formatOfTheSilent() {
    return format();
  }

  protected SocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  protected ListenerConfig listener() {
    return ListenerConfig.DEFAULTS;
  }

  /** Connects, with so much room for what isn't read; 0: as the system likes. */
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return SocketLine.plain(address, receiveBytes);
  }

  /** Whether what carries the bytes lets one side end and the other go on. */
  protected boolean canHalfClose() {
    return true;
  }

  /** Whether what carries the bytes takes no more for a client that doesn't read. */
  protected boolean holdsBack() {
    return true;
  }

  /** Whether a client that isn't let in is told by a message; under TLS it is by an alert. */
  protected boolean tellsRefusals() {
    return true;
  }

  /** Whether a connection goes when its session does; one of many streams stays. */
  protected boolean endsWithItsSession() {
    return true;
  }

  @BeforeAll
  static void compile() throws Exception {
    runtime = new GuestRuntime(1L << 30);
    module = GuestModule.compile(Files.readAllBytes(MODULE), ModuleOptions.DEFAULTS, runtime);
  }

  @AfterAll
  static void closeRuntime() {
    runtime.close();
  }

  @BeforeEach
  void start() throws IOException {
    defects.attach();
    server = newServer(ConnectionLimits.DEFAULTS, SessionLimits.DEFAULTS);
  }

  /** Goes on with a server of these limits, before any client has come. */
  void serve(ConnectionLimits limits, SessionLimits session) throws IOException {
    server.close();
    server = newServer(limits, session);
  }

  private WireServer newServer(ConnectionLimits limits, SessionLimits session) throws IOException {
    return new WireServer(
        address(),
        // One loop: what holds it up holds up all.
        TransportConfig.DEFAULTS.withEventLoops(1).withLimits(limits).withListener(listener()),
        session.withCallTimeouts(20_000, 20_000),
        wires(),
        runtime,
        module);
  }

  @AfterEach
  void assertNothingIsLeft() throws InterruptedException {
    try {
      assertEventually(server::hasNothingLeft, "no connection, session or byte is left");
    } finally {
      server.close();
      defects.detach();
    }
    assertEquals(List.of(), defects.told);
  }

  WireClient connect(WireFormat format, int receiveBytes) {
    try {
      return new StreamClient(format, connect(server.address(), receiveBytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  WireClient connect() {
    return connect(format(), 0);
  }

  WireClient connectSilently() {
    return connect(formatOfTheSilent(), 0);
  }

  WireClient open(int receiveBytes) {
    WireClient client = connect(format(), receiveBytes);
    client.open("conformance");
    client.flush();
    assertEquals(new Heard.Opened(), client.read());
    return client;
  }

  WireClient open() {
    return open(0);
  }

  static void add(WireClient client, long id, long amount) {
    client.call(id, "add", NOTHING, amount);
  }

  static Heard sum(long id, long value) {
    return new Heard.Result(id, List.of(value), "");
  }

  static void assertEnds(WireClient client, Heard... last) {
    for (Heard heard : last) {
      assertEquals(heard, client.read());
    }
    assertEquals(new Heard.End(), client.read());
  }

  static final Heard CLOSED = new Heard.Closed("CLIENT_CLOSED");

  static Heard failed(ErrorCode code) {
    return new Heard.Failed(0, code);
  }
}
