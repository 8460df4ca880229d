package dev.mooring.client;

import dev.mooring.error.ErrorText;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of TLS: for programs that speak the protocol over channels of their own, as the
 * load test does; {@link MooringClient} needs no more than {@link TlsOptions}. Thread-safe.
 */
public final class ClientTls {
  /** The host of an address that has none: within a process. */
  private static final String NO_HOST = "localhost";

  private final SslContext context;
  private final @Nullable String serverName;

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException when they can't be used
   */
  ClientTls(TlsOptions options) {
    this.serverName = options.serverName();
    try {
      this.context = contextBuilder(options).build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("TLS can't be set up: " + ErrorText.of(e), e);
    }
  }

  /**
   * Reads the files. What is built is of the JDK's own TLS.
   *
   * @throws IllegalArgumentException when they can't be used; the message says which, and why
   */
  public static SslContextBuilder contextBuilder(TlsOptions options) {
    var builder =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .protocols(List.of("TLSv1.3", "TLSv1.2"))
            .endpointIdentificationAlgorithm(options.verifiesName() ? "HTTPS" : null);
    Path trust = options.trust();
    if (trust != null) {
      trust(builder, trust);
    }
    Path certificate = options.certificate();
    Path key = options.key();
    if (certificate != null && key != null) {
      show(builder, certificate, key);
    }
    return builder;
  }

  private static void trust(SslContextBuilder builder, Path trust) {
    File file = readable(trust);
    try {
      builder.trustManager(file);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "there is no certificate in PEM in " + trust + cause(e), e);
    }
  }

  private static void show(SslContextBuilder builder, Path certificate, Path key) {
    File certificateFile = readable(certificate);
    File keyFile = readable(key);
    try {
      builder.keyManager(certificateFile, keyFile);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s and %s are no certificate and its private key (PEM; PKCS#8, not encrypted)%s"
              .formatted(certificate, key, cause(e)),
          e);
    }
  }

  /** What was found there, if it is known. */
  private static String cause(IllegalArgumentException e) {
    Throwable cause = e.getCause();
    return cause == null ? "" : ": " + ErrorText.of(cause);
  }

  private static File readable(Path file) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("there is no file " + file + " that can be read");
    }
    return file.toFile();
  }

  /** Puts TLS into the pipeline of a channel that is to be connected. */
  void addTo(Channel channel, SocketAddress address, Wire wire) {
    boolean isInternet = address instanceof InetSocketAddress;
    String host = isInternet ? ((InetSocketAddress) address).getHostString() : NO_HOST;
    int port = isInternet ? ((InetSocketAddress) address).getPort() : 0;
    SslHandler handler =
        context.newHandler(channel.alloc(), serverName == null ? host : serverName, port);
    wire.offer(handler.engine());
    // The time to open the session bounds this too.
    handler.setHandshakeTimeoutMillis(0);
    channel.pipeline().addLast(handler);
  }
}
