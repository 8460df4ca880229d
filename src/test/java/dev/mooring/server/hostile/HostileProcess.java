package dev.mooring.server.hostile;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * The hostile crowd, in a process of its own, so that what is measured in the server's is the
 * server's. When each has seen its end it says what they saw, one line {@code ATTACK=COUNT=WHAT}
 * for each; those that don't read stay until this process's input ends.
 *
 * <p>But for {@link #main} everything is on one event loop.
 */
public final class HostileProcess implements Attacker.Master {
  /**
   * So many at a time are on their way to where they attack: more would wait for each other's
   * handshakes, and be cut off for being slow before they did what they came for.
   */
  private static final int UNDER_WAY = 32;

  /** Those that are there until a time is over. */
  private static final Set<Attack> STAYING =
      EnumSet.of(
          Attack.SILENT_STRANGER,
          Attack.SILENT_GUEST,
          Attack.DRIPPED_HANDSHAKE,
          Attack.DRIPPED_OPEN,
          Attack.DRIPPED_CALL,
          Attack.STOPPED_HANDSHAKE,
          Attack.VANISHED,
          Attack.DRIPPED_REQUEST,
          Attack.NO_SETTINGS,
          Attack.DEAF);

  private static final int RECEIVE_BYTES = 16 << 10;
  private static final int PATIENCE_SECONDS = 240;
  private static final int MOST_RECORD_BYTES = 17 << 10;

  private final InetSocketAddress server;
  private final String token;
  private final Random random;
  private final SslContext tls;
  private final byte[] clientHello;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Deque<Attack> waiting;
  private final Map<Attack, Map<String, Integer>> seen = new EnumMap<>(Attack.class);
  private final CountDownLatch done = new CountDownLatch(1);
  private int underWay;
  private int left;
  private int traps;

  private HostileProcess(InetSocketAddress server, String token, int connections, long seed)
      throws SSLException {
    this.server = server;
    this.token = token;
    this.random = new Random(seed);
    this.waiting = plan(connections, random);
    this.left = waiting.size();
    this.tls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    this.clientHello = clientHello();
  }

  /** Who comes when: anybody at any time, but for those who stay, who come in the first half. */
  private static Deque<Attack> plan(int connections, Random random) {
    var plan = new ArrayList<Arrival>();
    for (Attack.Kind kind : Attack.Kind.values()) {
      var attacks = kind.attacks();
      for (int i = 0; i < kind.connections(connections); i++) {
        Attack attack = attacks.get(i % attacks.size());
        plan.add(new Arrival(attack, random.nextDouble() * (STAYING.contains(attack) ? 0.5 : 1)));
      }
    }
    plan.sort(Comparator.comparingDouble(Arrival::time));
    return plan.stream().map(Arrival::attack).collect(Collectors.toCollection(ArrayDeque::new));
  }

  /** At which part of all the time one comes. */
  private record Arrival(Attack attack, double time) {}

  private byte[] clientHello() throws SSLException {
    SSLEngine engine = tls.newEngine(UnpooledByteBufAllocator.DEFAULT);
    engine.beginHandshake();
    ByteBuffer bytes = ByteBuffer.allocate(MOST_RECORD_BYTES);
    engine.wrap(ByteBuffer.allocate(0), bytes);
    byte[] hello = new byte[bytes.flip().remaining()];
    bytes.get(hello);
    return hello;
  }

  /** Arguments: the server's port, a good token, how many connections, the seed. */
  public static void main(String[] arguments) throws Exception {
    var crowd =
        new HostileProcess(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
            arguments[1],
            Integer.parseInt(arguments[2]),
            Long.parseLong(arguments[3]));
    crowd.group.execute(crowd::sendMore);
    boolean complete = crowd.done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    crowd.group.submit(() -> crowd.report(complete)).sync();
    while (System.in.read() >= 0) {
      // The deaf stay.
    }
    System.exit(0);
  }

  private void sendMore() {
    while (underWay < UNDER_WAY && !waiting.isEmpty()) {
      send(waiting.remove());
    }
  }

  private void send(Attack attack) {
    underWay++;
    var attacker = new Attacker(attack, random, token, clientHello, this);
    var bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    attacker.addTo(channel, tls);
                  }
                });
    if (attack == Attack.DEAF) {
      bootstrap.option(ChannelOption.SO_RCVBUF, RECEIVE_BYTES);
    }
    ChannelFuture connected =
        bootstrap.connect(server, new InetSocketAddress(attack.kind.address(random), 0));
    connected.addListener(
        connection -> {
          if (!connection.isSuccess()) {
            arrived();
            ended(attack, "no connection: " + connection.cause());
          }
        });
  }

  @Override
  public void arrived() {
    underWay--;
    if (!waiting.isEmpty()) {
      group.execute(this::sendMore);
    }
  }

  @Override
  public void trapped() {
    traps++;
  }

  @Override
  public void ended(Attack attack, String what) {
    seen.computeIfAbsent(attack, a -> new TreeMap<>()).merge(what, 1, Integer::sum);
    left--;
    if (left == 0) {
      done.countDown();
    }
  }

  private void report(boolean complete) {
    seen.forEach(
        (attack, endings) ->
            endings.forEach(
                (what, count) -> System.out.println(attack + "=" + count + "=" + what)));
    System.out.println("traps=" + traps);
    System.out.println(complete ? "complete" : "incomplete, " + left + " have not ended");
    System.out.flush();
  }
}
