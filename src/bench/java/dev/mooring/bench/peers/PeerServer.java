package dev.mooring.bench.peers;

import dev.mooring.proto.CallReader;
import dev.mooring.proto.Frames;
import dev.mooring.proto.frame.FrameDecoder;
import io.grpc.Server;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A peer that runs on the JVM: {@code SHAPE LOOPS FOLDER}, with the folder that has the modules. It
 * prints {@code listening on PORT}, and runs until it is killed.
 *
 * <p>Sockets, allocator, loops and framing are Mooring's in all shapes: epoll where there is epoll,
 * Netty's default allocator, the same watermarks.
 */
public final class PeerServer implements AutoCloseable {
  static final int MAX_FRAME_BYTES = 4 << 20;
  private static final int BACKLOG = 1_024;
  private static final int WRITE_LOW_BYTES = 32 << 10;
  private static final int WRITE_HIGH_BYTES = 64 << 10;

  /** Which thread runs a guest, if there is one. */
  public enum Shape {
    /** No guest: an event loop echoes. */
    NETTY_ECHO,
    /** Likewise, over Netty's WebSocket. */
    WEBSOCKET_ECHO,
    /** Likewise, over grpc-java. */
    GRPC_ECHO,
    /** The connection's event loop. */
    CHICORY_PLAIN,
    /** A platform thread of the connection's own. */
    ACTOR_THREAD,
    /** A virtual thread of the connection's own. */
    ACTOR_VIRTUAL,
    /** Any thread of a pool that is as large as there are event loops. */
    WORKER_POOL;

    /** As {@link PeerServer#main} takes it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Shape of(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  private final Shape shape;
  private final Map<String, PeerModule> modules;
  private final EventLoopGroup acceptors;
  private final EventLoopGroup loops;
  private final ExecutorService pool;
  private final @Nullable Server server;
  private final int port;

  /** Each event loop's reader, for sessions that live on it. */
  private final FastThreadLocal<CallReader> readers =
      new FastThreadLocal<>() {
        @Override
        protected CallReader initialValue() {
          return new CallReader();
        }
      };

  /**
   * Starts to listen on a free port of the loopback address.
   *
   * @param eventLoops how many threads read, and how many threads the pool has, if there is one
   * @param folder has the modules: {@code NAME.wasm} each
   */
  public PeerServer(Shape shape, int eventLoops, Path folder) throws IOException {
    this.shape = shape;
    modules = modules(folder);
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    ChannelFactory<ServerChannel> listeners =
        epoll
            ? () -> new EpollServerSocketChannel(SocketProtocolFamily.INET)
            : NioServerSocketChannel::new;
    acceptors = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("peer-accept"), io);
    loops = new MultiThreadIoEventLoopGroup(eventLoops, new DefaultThreadFactory("peer-loop"), io);
    pool = Executors.newFixedThreadPool(eventLoops, new DefaultThreadFactory("peer-pool"));
    if (shape == Shape.GRPC_ECHO) {
      server = GrpcEcho.start(modules, acceptors, loops, epoll);
      port = server.getPort();
      return;
    }
    server = null;
    var listener =
        new ServerBootstrap()
            .group(acceptors, loops)
            .channelFactory(listeners)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES))
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (shape == Shape.WEBSOCKET_ECHO) {
                      WebSocketEcho.addTo(channel.pipeline(), modules, readers.get());
                      return;
                    }
                    var decoder = new FrameDecoder(MAX_FRAME_BYTES);
                    channel.pipeline().addLast(decoder, handler(channel, decoder));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
    port = ((InetSocketAddress) listener.localAddress()).getPort();
  }

  private static Map<String, PeerModule> modules(Path folder) throws IOException {
    var modules = new HashMap<String, PeerModule>();
    try (var files = Files.newDirectoryStream(folder, "*.wasm")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        modules.put(
            name.substring(0, name.lastIndexOf('.')), PeerModule.of(Files.readAllBytes(file)));
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw new UncheckedIOException(e.getCause());
    }
    return modules;
  }

  private PeerHandler handler(Channel channel, FrameDecoder decoder) {
    return switch (shape) {
      case NETTY_ECHO ->
          new LoopHandler(decoder, session(new EchoEngine(Frames.VARINT), readers.get()));
      case CHICORY_PLAIN ->
          new LoopHandler(decoder, session(ChicoryInstance.ENGINE, readers.get()));
      case ACTOR_THREAD -> new ActorHandler(decoder, moving(), Thread.ofPlatform());
      case ACTOR_VIRTUAL -> new ActorHandler(decoder, moving(), Thread.ofVirtual());
      case WORKER_POOL -> new PoolHandler(channel, decoder, moving(), pool);
      case WEBSOCKET_ECHO, GRPC_ECHO ->
          throw new IllegalArgumentException(shape + " has handlers of its own");
    };
  }

  /** A session that doesn't stay on the event loop. */
  private PeerSession moving() {
    return session(ChicoryInstance.ENGINE, new CallReader());
  }

  private PeerSession session(Engine engine, CallReader reader) {
    return new PeerSession(modules, engine, reader, Frames.VARINT);
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  @Override
  public void close() {
    if (server != null) {
      server.shutdownNow();
    }
    acceptors.shutdownGracefully().syncUninterruptibly();
    loops.shutdownGracefully().syncUninterruptibly();
    pool.shutdownNow();
  }

  /** Runs one until it is killed. */
  @SuppressWarnings("SystemOut") // Whoever started it waits for this.
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      System.err.println("usage: SHAPE LOOPS FOLDER");
      System.exit(2);
    }
    var server = new PeerServer(Shape.of(args[0]), Integer.parseInt(args[1]), Path.of(args[2]));
    System.out.println("listening on " + server.port());
  }
}
