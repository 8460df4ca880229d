package dev.mooring.server.listen;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.TlsOptions;
import dev.mooring.client.Value;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ClientCertificates;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TlsVersion;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as clients see it that share no code with the server: the JDK's. */
@Patient
@Timeout(120)
final class TlsIT {
  private static final int READ_TIMEOUT_MILLIS = 20_000;

  @TempDir Path modules;
  @TempDir Path files;
  private @Nullable Pki made;

  @BeforeEach
  void makeCertificates() throws Exception {
    made = new Pki(files);
    made.issueServer("server");
    Guests.in(modules);
  }

  private Pki pki() {
    if (made == null) {
      throw new IllegalStateException("before makeCertificates");
    }
    return made;
  }

  private TlsConfig tls() {
    return TlsConfig.of(pki().certificate("server"), pki().key("server"));
  }

  private MooringServer start(@Nullable TlsConfig tls, int handshakeMillis) throws IOException {
    var config =
        ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
            // What is large takes its time on a machine that does something else, too.
            .withSession(SessionLimits.DEFAULTS.withCallTimeouts(1_000, 1_000));
    var transport = config.transport();
    return MooringServer.start(
        config.withTransport(
            transport.withListener(
                transport
                    .listener()
                    .withTls(tls)
                    .withLimits(AdmissionLimits.DEFAULTS.withHandshakeMillis(handshakeMillis)))));
  }

  private MooringServer start(@Nullable TlsConfig tls) throws IOException {
    return start(tls, 10_000);
  }

  private SSLSocket connect(MooringServer server, @Nullable X509Bundle client, String... protocols)
      throws Exception {
    return connect(server, pki().context(client), protocols);
  }

  private static SSLSocket connect(MooringServer server, SSLContext context, String... protocols)
      throws Exception {
    var address = (InetSocketAddress) server.address();
    var socket =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", address.getPort());
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    return socket;
  }

  private static void offer(SSLSocket socket, String... names) {
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(names);
    socket.setSSLParameters(parameters);
  }

  private static void assertServes(Socket socket) {
    try (var client = new RawClient(socket)) {
      client.open("counter");
      assertEquals(5, client.callI64("add", i64(5)));
      client.sendClose();
      assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
      client.assertEnded();
    }
  }

  private static void assertCounted(MooringServer server, RejectReason reason, long count)
      throws InterruptedException {
    Eventually.assertEventually(
        () -> server.rejectCounts().of(reason) == count, count + " of " + reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void session_overEitherVersion_isServed(String version) throws Exception {
    try (var server = start(tls())) {
      SSLSocket socket = connect(server, (X509Bundle) null, version);
      socket.startHandshake();
      assertEquals(version, socket.getSession().getProtocol());
      assertServes(socket);
      assertEquals(0, server.rejectCounts().byReason().size(), server.rejectCounts()::toString);
    }
  }

  /** A client could have the server compute for as long as it likes. */
  @Test
  void renegotiation_ofTls12_isRefusedAndOthersGoOn() throws Exception {
    try (var server = start(tls());
        var other = new RawClient(connect(server, (X509Bundle) null, "TLSv1.2"))) {
      other.open("counter");
      SSLSocket socket = connect(server, (X509Bundle) null, "TLSv1.2");
      var client = new RawClient(socket);
      client.open("counter");
      assertEquals(1, client.callI64("add", i64(1)));
      assertThrows(
          IOException.class,
          () -> {
            socket.startHandshake();
            socket.getInputStream().read();
          });
      assertCounted(server, RejectReason.BROKEN_TLS, 1);
      Eventually.assertEventually(() -> server.connectionCount() == 1, "it is gone");
      assertEquals(1, other.callI64("add", i64(1)));
      assertServes(connect(server, (X509Bundle) null, "TLSv1.2"));
    }
  }

  @Test
  void handshake_belowTheMinimum_fails() throws Exception {
    try (var server = start(tls().withMinimumVersion(TlsVersion.TLS_1_3))) {
      SSLSocket old = connect(server, (X509Bundle) null, "TLSv1.2");
      assertThrows(SSLException.class, old::startHandshake);
      assertCounted(server, RejectReason.HANDSHAKE_FAILED, 1);
      assertServes(connect(server, (X509Bundle) null));
    }
  }

  @Test
  void alpn_ofOurs_isChosen_andNoneIsFine() throws Exception {
    try (var server = start(tls())) {
      SSLSocket ours = connect(server, (X509Bundle) null);
      offer(ours, "h2", "mooring/1");
      ours.startHandshake();
      assertEquals("mooring/1", ours.getApplicationProtocol());
      assertServes(ours);
      SSLSocket none = connect(server, (X509Bundle) null);
      none.startHandshake();
      assertEquals("", none.getApplicationProtocol());
      assertServes(none);
    }
  }

  @Test
  void alpn_ofOthersAlone_isRefused() throws Exception {
    try (var server = start(tls())) {
      SSLSocket other = connect(server, (X509Bundle) null);
      offer(other, "imap", "pop3");
      var e = assertThrows(SSLException.class, other::startHandshake);
      assertTrue(e.toString().contains("no_application_protocol"), e::toString);
      assertCounted(server, RejectReason.HANDSHAKE_FAILED, 1);
    }
  }

  @Test
  void mutual_requiredAndMissingOrOfAnotherAuthority_fails() throws Exception {
    try (var server = start(tls().withClientCa(pki().ca(), ClientCertificates.REQUIRED))) {
      assertThrows(IOException.class, () -> handshakeAndRead(connect(server, (X509Bundle) null)));
      Path elsewhere = Files.createDirectory(files.resolve("elsewhere"));
      X509Bundle stranger = new Pki(elsewhere).issueClient("mallory", "CN=alice");
      assertThrows(IOException.class, () -> handshakeAndRead(connect(server, stranger)));
      assertCounted(server, RejectReason.HANDSHAKE_FAILED, 2);
      assertServes(connect(server, pki().issueClient("alice", "CN=alice")));
    }
  }

  @Test
  void mutual_javaClientWithACertificate_isServed() throws Exception {
    pki().issueClient("alice", "CN=alice");
    var options = TlsOptions.trusting(pki().ca());
    var withCertificate = options.withCertificate(pki().certificate("alice"), pki().key("alice"));
    try (var server = start(tls().withClientCa(pki().ca(), ClientCertificates.REQUIRED))) {
      assertFalse(serves(server, options));
      assertTrue(serves(server, withCertificate));
    }
  }

  @Test
  void name_thatIsNotTheCertificates_isTakenOnlyWithoutVerification() throws Exception {
    var options = TlsOptions.trusting(pki().ca()).withServerName("elsewhere");
    try (var server = start(tls())) {
      assertFalse(serves(server, options));
      assertTrue(serves(server, options.withoutNameVerification()));
    }
  }

  /** Whether it does so for the Java client. */
  private static boolean serves(MooringServer server, TlsOptions options) throws Exception {
    try (var client = MooringClient.builder().tls(options).build();
        var session = client.open(server.address(), OpenOptions.module("counter")).get()) {
      return session.call("add", Value.i64(5)).get().i64() == 5;
    } catch (ExecutionException e) {
      assertInstanceOf(MooringException.class, e.getCause());
      return false;
    }
  }

  /** With TLS 1.3 a client learns only when it reads that its certificate wasn't good. */
  private static void handshakeAndRead(SSLSocket socket) throws IOException {
    try (socket) {
      socket.startHandshake();
      if (socket.getInputStream().read() < 0) {
        throw new IOException("closed");
      }
    }
  }

  @Test
  void halfClose_ofTls13_isACloseAndEverythingIsAnswered() throws Exception {
    try (var server = start(tls())) {
      SSLSocket socket = connect(server, (X509Bundle) null, "TLSv1.3");
      try (var client = new RawClient(socket)) {
        client.open("counter");
        client.sendCall("add", new byte[0], i64(1));
        client.sendCall("add", new byte[0], i64(2));
        socket.shutdownOutput();
        assertEquals(1, client.receive().getResult().getValues(0).getI64());
        assertEquals(3, client.receive().getResult().getValues(0).getI64());
        assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
        client.assertEnded();
      }
      Eventually.assertEventually(
          () -> server.sessionCount() + server.connectionCount() == 0, "it is gone");
    }
  }

  @Test
  void largeMessages_bothWays_arriveWhole() throws Exception {
    byte[] input = new byte[3_000_000];
    new Random(1).nextBytes(input);
    try (var server = start(tls());
        var client = new RawClient(connect(server, (X509Bundle) null))) {
      client.open("echo");
      var sent = CompletableFuture.runAsync(() -> sendAll(client, input));
      for (int i = 0; i < 5; i++) {
        ServerMessage answer = client.receive();
        assertTrue(answer.hasResult(), () -> "an error: " + answer.getError());
        assertArrayEquals(input, answer.getResult().getOutput().toByteArray());
      }
      sent.get();
    }
  }

  private static void sendAll(RawClient client, byte[] input) {
    for (int i = 0; i < 5; i++) {
      client.sendCall("echo", input);
    }
  }

  /** Which of a row of certificates is shown: none that is begun later is shown an older one. */
  private static final class Issued {
    private final List<BigInteger> serials = new ArrayList<>();
    private final AtomicInteger newestShown = new AtomicInteger();

    /** One file after the other, so that for a moment they are no pair. */
    synchronized void next(Pki pki) throws Exception {
      serials.add(pki.issueServer("server").getCertificate().getSerialNumber());
    }

    /** Waits if it is being issued. */
    private synchronized int number(BigInteger serial) {
      return serials.indexOf(serial);
    }

    /** Shakes hands; the connection is of use. */
    void shake(SSLSocket socket) throws IOException {
      int before = newestShown.get();
      socket.startHandshake();
      int shown = number(serial(socket));
      assertTrue(shown >= before, () -> "certificate " + shown + " was shown after " + before);
      newestShown.accumulateAndGet(shown, Math::max);
    }
  }

  @Test
  void certificate_replacedUnderLoad_isShownToNewOnesAndNoneFails() throws Exception {
    var issued = new Issued();
    issued.next(pki());
    try (var server = start(tls());
        var before = new RawClient(connect(server, (X509Bundle) null))) {
      before.open("counter");
      var stop = new AtomicBoolean();
      var handshakes = new AtomicInteger();
      var failure = new AtomicReference<Throwable>();
      var load = new ArrayList<Thread>();
      // Half of the clients remember their TLS sessions, and would resume them.
      SSLContext remembers = pki().context(null);
      for (int i = 0; i < 4; i++) {
        SSLContext always = i % 2 == 0 ? remembers : null;
        load.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      while (!stop.get() && failure.get() == null) {
                        try {
                          var context = always == null ? pki().context(null) : always;
                          var socket = connect(server, context);
                          issued.shake(socket);
                          assertServes(socket);
                          handshakes.incrementAndGet();
                        } catch (Throwable e) {
                          failure.set(e);
                        }
                      }
                    }));
      }
      for (int round = 1; round <= 3; round++) {
        int next = round;
        int done = handshakes.get();
        issued.next(pki());
        Eventually.assertEventually(
            () -> issued.newestShown.get() == next || failure.get() != null, "it is shown");
        Eventually.assertEventually(
            () -> handshakes.get() > done + 20 || failure.get() != null, "the load goes on");
        assertEquals(round, before.callI64("add", i64(1)), "who was there before stays");
      }
      stop.set(true);
      for (Thread thread : load) {
        thread.join();
      }
      assertEquals(null, failure.get());
      System.out.println("TlsIT: " + handshakes.get() + " handshakes, 3 replacements");
    }
  }

  private static BigInteger serial(SSLSocket socket) throws IOException {
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
  }

  private BigInteger serialShown(MooringServer server) {
    try (SSLSocket socket = connect(server, (X509Bundle) null)) {
      socket.startHandshake();
      return serial(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void certificate_thatIsNotAPair_changesNothing() throws Exception {
    BigInteger old = pki().issueServer("server").getCertificate().getSerialNumber();
    try (var server = start(tls())) {
      for (String bad : List.of("", "garbage", Files.readString(pki().ca()))) {
        Pki.replace(pki().certificate("server"), bad);
        server.reloadFiles();
        assertEquals(old, serialShown(server));
      }
      Files.delete(pki().key("server"));
      server.reloadFiles();
      assertEquals(old, serialShown(server));
      BigInteger next = pki().issueServer("server").getCertificate().getSerialNumber();
      server.reloadFiles();
      assertEquals(next, serialShown(server));
    }
  }

  @Test
  void start_withFilesThatAreNoPair_saysWhich() throws Exception {
    pki().issueServer("other");
    var e =
        assertThrows(
            IOException.class,
            () -> start(TlsConfig.of(pki().certificate("server"), pki().key("other"))).close());
    assertTrue(e.toString().contains("other.key: the private key is not the certificate's"));
    var missing =
        assertThrows(
            IOException.class,
            () -> start(TlsConfig.of(pki().certificate("none"), pki().key("server"))).close());
    assertTrue(missing.toString().contains("none.pem: there is no such file"), missing::toString);
  }

  @Test
  void plainText_toATlsPort_isToldSoInPlain() throws Exception {
    try (var server = start(tls());
        var good = new RawClient(connect(server, (X509Bundle) null))) {
      good.open("counter");
      try (var plain = new RawClient(server.address())) {
        plain.send(RawClient.openMessage("counter", Map.of()));
        String message = plain.receiveError(ErrorCode.MALFORMED_FRAME).getMessage();
        assertTrue(message.contains("TLS"), message);
        plain.assertEnded();
      }
      assertCounted(server, RejectReason.NOT_TLS, 1);
      assertEquals(1, good.callI64("add", i64(1)));
    }
  }

  @Test
  void tls_toAPlainPort_isNotTls() throws Exception {
    try (var server = start(null);
        var good = new RawClient(server.address())) {
      good.open("counter");
      SSLSocket lost = connect(server, (X509Bundle) null);
      assertThrows(SSLException.class, lost::startHandshake);
      assertCounted(server, RejectReason.UNEXPECTED_TLS, 1);
      assertEquals(1, good.callI64("add", i64(1)));
    }
  }

  @Test
  void handshake_begunAndLeft_isCutAtItsDeadlineAndCounted() throws Exception {
    try (var server = start(tls(), 300);
        var idle = new Socket("localhost", ((InetSocketAddress) server.address()).getPort());
        var begun = new Socket("localhost", ((InetSocketAddress) server.address()).getPort())) {
      begun.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
      assertEnds(idle);
      assertEnds(begun);
      assertCounted(server, RejectReason.HANDSHAKE_TIMEOUT, 2);
      assertServes(connect(server, (X509Bundle) null));
    }
  }

  @Test
  void handshake_begunAndReset_isAbandonedAndDidNotFail() throws Exception {
    try (var server = start(tls())) {
      try (var begun = new Socket("localhost", ((InetSocketAddress) server.address()).getPort())) {
        begun.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
        begun.setSoLinger(true, 0);
      }
      assertCounted(server, RejectReason.HANDSHAKE_ABANDONED, 1);
      assertEquals(0, server.rejectCounts().of(RejectReason.HANDSHAKE_FAILED));
    }
  }

  @Test
  void garbage_thatBeginsLikeTls_endsAndIsCounted() throws Exception {
    try (var server = start(tls());
        var socket = new Socket("localhost", ((InetSocketAddress) server.address()).getPort())) {
      byte[] record = new byte[200];
      new Random(2).nextBytes(record);
      socket.getOutputStream().write(new byte[] {22, 3, 1, 0, (byte) 200});
      socket.getOutputStream().write(record);
      assertEnds(socket);
      assertCounted(server, RejectReason.HANDSHAKE_FAILED, 1);
      try (var scanner =
          new Socket("localhost", ((InetSocketAddress) server.address()).getPort())) {
        scanner.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        assertEnds(scanner);
      }
      assertCounted(server, RejectReason.NOT_TLS, 1);
      try (var gone = connect(server, (X509Bundle) null)) {
        assertFalse(gone.isClosed());
      }
      assertCounted(server, RejectReason.HANDSHAKE_ABANDONED, 1);
    }
  }

  private static void assertEnds(Socket socket) throws IOException {
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    InputStream in = socket.getInputStream();
    while (in.read() >= 0) {
      // An alert, perhaps.
    }
  }
}
