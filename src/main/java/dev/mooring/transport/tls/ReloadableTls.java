package dev.mooring.transport.tls;

import dev.mooring.transport.config.TlsConfig;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of TLS: makes the handler of each connection, from the newest certificate that
 * was whole. Connections keep what they began with.
 *
 * <p>The arithmetic of handshakes, a millisecond or so each, runs on threads of its own: on an
 * event loop it would hold up guests.
 *
 * <p>Thread-safe.
 */
public final class ReloadableTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReloadableTls.class);

  /** Handshakes that are computed at a time. Each connection has one at most, so none piles up. */
  private static final int THREADS = 2;

  /**
   * A client of TLS 1.2 may ask for another handshake within a connection, as often as it likes and
   * at no cost to itself. The JDK refuses it if this says so when its first handshake begins.
   */
  private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

  private static final Duration NEARLY_OVER = Duration.ofDays(14);

  private final TlsConfig config;
  private final List<String> alpn;
  private final int lingerMillis;
  private final ExecutorService handshakes;
  private volatile SslContext context;

  /**
   * Reads the files.
   *
   * @param alpn what may be spoken inside, the most wanted first
   * @param lingerMillis how long the last word may take to leave
   * @throws IOException if they can't be used; the message says why
   */
  public ReloadableTls(TlsConfig config, List<String> alpn, int lingerMillis) throws IOException {
    this.config = config;
    this.alpn = alpn;
    this.lingerMillis = lingerMillis;
    if (System.getProperty(NO_RENEGOTIATION) == null) {
      System.setProperty(NO_RENEGOTIATION, "true");
    }
    this.context = read();
    var count = new AtomicInteger();
    this.handshakes =
        Executors.newFixedThreadPool(
            THREADS, task -> new Thread(task, "mooring-tls-" + count.getAndIncrement()));
  }

  private SslContext read() throws IOException {
    TlsFiles files = TlsFiles.read(config);
    SslContext made = files.toContext(config, alpn);
    Instant notAfter = files.notAfter();
    boolean worrying = Instant.now().plus(NEARLY_OVER).isAfter(notAfter);
    (worrying ? LOG.atWarn() : LOG.atInfo())
        .addKeyValue("subject", files.subject())
        .addKeyValue("notAfter", notAfter)
        .log(worrying ? "a certificate that is or soon will be out of date" : "certificate read");
    return made;
  }

  /** The handler of a new connection. It sets no deadline. */
  public SslHandler newHandler(Channel channel) {
    SslHandler handler = context.newHandler(channel.alloc(), whileOpen(channel, handshakes));
    handler.setHandshakeTimeoutMillis(0);
    handler.setCloseNotifyFlushTimeoutMillis(lingerMillis);
    return handler;
  }

  /**
   * Runs a channel's tasks unless it has been closed meanwhile. Handshakes wait their turn, in
   * which others give up or have had their time: nothing is computed for those that are gone, or a
   * storm of them would outlive itself.
   */
  static Executor whileOpen(Channel channel, Executor executor) {
    return task ->
        executor.execute(
            () -> {
              if (channel.isOpen()) {
                task.run();
              }
            });
  }

  /** Reads the files again. What can't be used changes nothing, and the log says why. */
  public synchronized void reload() {
    try {
      context = read();
    } catch (IOException e) {
      LOG.atWarn().log("the certificate stays what it was: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    handshakes.shutdown();
  }
}
