package dev.mooring.client;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Opens sessions, and owns the threads that serve them. One client is enough for a program, however
 * many sessions it has. Every method may be used from any thread.
 */
public final class MooringClient implements AutoCloseable {

  private static final Logger LOG = System.getLogger(MooringClient.class.getPackageName());

  /** How long ending the threads may take, once nothing is left to do for them. */
  private static final int STUCK_THREAD_SECONDS = 5;

  private final EventLoopGroup group;
  private final boolean ownsGroup;
  private final ChannelFactory<? extends Channel> channelFactory;
  private final int connectTimeoutMs;
  private final int maxFrameBytes;
  private final @Nullable ClientTls tls;

  /** For addresses that ask for TLS, if the client wasn't told how to speak it. */
  private @Nullable ClientTls systemTls;

  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  private MooringClient(Builder builder) {
    EventLoopGroup shared = builder.group;
    this.ownsGroup = shared == null;
    this.group =
        shared == null
            ? new MultiThreadIoEventLoopGroup(
                builder.eventLoops,
                new DefaultThreadFactory("mooring-client", true),
                NioIoHandler.newFactory())
            : shared;
    this.channelFactory = builder.channelFactory;
    this.connectTimeoutMs = builder.connectTimeoutMs;
    this.maxFrameBytes = builder.maxFrameBytes;
    this.tls = builder.tls;
  }

  /** A client with one event loop of its own and every default. */
  public static MooringClient create() {
    return builder().build();
  }

  /** Options for a client. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Opens a connection, and a session of the module on it; or goes on with a kept session.
   *
   * @param address {@code HOST:PORT} or {@code [IPv6]:PORT}, perhaps with a {@link
   *     ServerAddress.Scheme scheme} before it, such as {@code wss://}; of a host with several
   *     addresses each is tried in turn
   * @return completes on the session's event loop once the server has opened it, or with a {@link
   *     MooringException}; cancelling it gives up and closes the connection
   * @throws IllegalArgumentException when the address is no such thing
   */
  public CompletableFuture<MooringSession> open(String address, OpenOptions options) {
    return open(ServerAddress.parse(address), options);
  }

  /** As {@link #open(String, OpenOptions)}. */
  public CompletableFuture<MooringSession> open(ServerAddress address, OpenOptions options) {
    ServerAddress.Scheme scheme = address.scheme();
    return open(address.toSocketAddress(), scheme.wire(), tls(scheme), options);
  }

  /** Those who ask for TLS get it, also of a client that wasn't told how to speak it. */
  private synchronized @Nullable ClientTls tls(ServerAddress.Scheme scheme) {
    if (tls != null || !scheme.isSecure()) {
      return tls;
    }
    if (systemTls == null) {
      systemTls = new ClientTls(TlsOptions.SYSTEM);
    }
    return systemTls;
  }

  /**
   * As {@link #open(String, OpenOptions)}, for an address of the client's transport; an unresolved
   * internet address is resolved first.
   */
  public CompletableFuture<MooringSession> open(SocketAddress address, OpenOptions options) {
    return open(address, Wire.MOORING, tls, options);
  }

  private CompletableFuture<MooringSession> open(
      SocketAddress address, Wire wire, @Nullable ClientTls security, OpenOptions options) {
    var loop = new Loop(group, group.next());
    Wire.Peer peer = Wire.Peer.at(address, security != null, maxFrameBytes);
    var dialer =
        new Dialer(loop, address, wire, peer, () -> bootstrap(loop, address, wire, peer, security));
    var session = new Session(loop, options, dialer, sessions::remove);
    sessions.add(session);
    if (closed.get() || group.isShuttingDown()) {
      // Looked at after adding: close() either sees the session or is seen here.
      session.abort(ErrorCode.SESSION_CLOSED, "the client was closed");
      return session.opening();
    }
    return session.open();
  }

  /**
   * Closes every session as {@link MooringSession#close} does, also those that are kept, all at
   * once, then ends the client's threads; returns when that is done. Closing again changes nothing.
   * On one of the client's event loops, it only starts all this.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    List<Session> open = List.copyOf(sessions);
    open.forEach(Session::closeOrGiveUp);
    if (Loop.isOneHere(group)) {
      var allEnded = open.stream().map(Session::ended).toArray(CompletableFuture<?>[]::new);
      var _ = CompletableFuture.allOf(allEnded).whenComplete((_, _) -> endThreads());
    } else {
      open.forEach(Session::awaitEnd);
      endThreads();
      awaitThreads();
    }
  }

  private void endThreads() {
    if (ownsGroup) {
      var _ = group.shutdownGracefully(0, STUCK_THREAD_SECONDS, SECONDS);
    }
  }

  private void awaitThreads() {
    try {
      if (ownsGroup && !group.awaitTermination(STUCK_THREAD_SECONDS, SECONDS)) {
        LOG.log(Level.WARNING, "an event loop of a client doesn't end: does a listener block it?");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Bootstrap bootstrap(
      Loop loop, SocketAddress address, Wire wire, Wire.Peer peer, @Nullable ClientTls security) {
    return new Bootstrap()
        .group(loop.eventLoop())
        .channelFactory(channelFactory)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMs)
        .disableResolver()
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                // We batch ourselves. A transport that knows no such option just says so.
                channel.config().setOption(ChannelOption.TCP_NODELAY, true);
                if (security != null) {
                  security.addTo(channel, address, wire);
                }
                wire.addTo(channel.pipeline(), peer);
              }
            });
  }

  /** Options for a client. Not for several threads at once. */
  public static final class Builder {
    private int eventLoops = 1;
    private int connectTimeoutMs = 5_000;
    private int maxFrameBytes = 16 << 20;
    private @Nullable ClientTls tls;
    private @Nullable EventLoopGroup group;
    private ChannelFactory<? extends Channel> channelFactory = NioSocketChannel::new;

    private Builder() {}

    /**
     * How many event loops, each a thread, the client runs; sessions take turns on them.
     *
     * @param eventLoops at least 1, which is the default and good for some 100,000 calls a second
     */
    public Builder eventLoops(int eventLoops) {
      if (eventLoops < 1) {
        throw new IllegalArgumentException(
            "eventLoops is %d, expected at least 1".formatted(eventLoops));
      }
      this.eventLoops = eventLoops;
      return this;
    }

    /** How long one attempt to connect may take; 5 s by default. */
    public Builder connectTimeout(Duration connectTimeout) {
      Durations.requirePositive("connectTimeout", connectTimeout);
      this.connectTimeoutMs =
          (int) Math.min(Durations.toMillisRoundedUp(connectTimeout), Integer.MAX_VALUE);
      return this;
    }

    /**
     * The longest message that the client takes from a server, in bytes; 16 MiB by default. A
     * longer one ends its session with {@link ErrorCode#PROTOCOL_VIOLATION}.
     */
    public Builder maxFrameBytes(int maxFrameBytes) {
      if (maxFrameBytes < 1) {
        throw new IllegalArgumentException(
            "maxFrameBytes is %d, expected at least 1".formatted(maxFrameBytes));
      }
      this.maxFrameBytes = maxFrameBytes;
      return this;
    }

    /**
     * Speaks TLS, which the server must do too; without this, the client speaks plainly. A
     * handshake that fails is {@link ErrorCode#CONNECT_FAILED}.
     *
     * @throws IllegalArgumentException when a file that the options name can't be used
     */
    public Builder tls(TlsOptions options) {
      this.tls = new ClientTls(options);
      return this;
    }

    /**
     * Another transport, on event loops that stay the caller's: to share them with the rest of a
     * program, or to reach a server in the same process by Netty's local transport.
     *
     * @param group runs the sessions; the client doesn't shut it down
     * @param channelFactory makes channels that the group can run
     */
    public Builder transport(
        EventLoopGroup group, ChannelFactory<? extends Channel> channelFactory) {
      this.group = group;
      this.channelFactory = channelFactory;
      return this;
    }

    /** Starts the client. */
    public MooringClient build() {
      return new MooringClient(this);
    }
  }
}
