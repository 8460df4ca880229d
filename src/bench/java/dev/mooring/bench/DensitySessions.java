package dev.mooring.bench;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.Transport;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopStatus;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.internal.PlatformDependent;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * 100,000 whole sessions, each a channel, a session and a space, over Netty's local transport, each
 * called twice in a random order. The clients have to be in the same JVM, since the transport is;
 * what they weigh is measured first, and taken off.
 */
final class DensitySessions {
  private static final int COUNT = 100_000;
  private static final int WEIGHED_PAIRS = 20_000;
  private static final int STALL_SECONDS = 30;
  private static final int DEADLINE_MILLIS = 20_000;
  private static final int POLL_MILLIS = 100;

  /** A loop looks at some thousands four times a second. */
  private static final int REST_MILLIS = 20_000;

  private static final double KIB = 1_024;

  private final Progress progress;
  private final EventLoopGroup clientLoop =
      new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());

  private DensitySessions(Progress progress) {
    this.progress = progress;
  }

  public static void main(String[] args) throws Exception {
    Setting setting = Setting.ofProcess();
    try {
      new DensitySessions(new Progress(setting.terminal())).run(setting);
    } catch (Wrong e) {
      System.err.println("density: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private void run(Setting setting) throws Exception {
    var runtime = new GuestRuntime(GuestRuntime.defaultBudgetBytes());
    GuestModule module =
        GuestModule.compile(
            Files.readAllBytes(setting.guest("page17")), ModuleOptions.DEFAULTS, runtime);
    SessionLimits limits = patient(SessionLimits.DEFAULTS);
    ModuleSource modules = (reference, mayOpen, answer) -> answer.found(module, limits);
    var order = new RandomOrder(COUNT);
    double clientKib = weighClient(order);
    var address = new LocalAddress("density");
    // Never closed: a hundred thousand sessions that end one by one would show nothing more.
    Transport transport =
        Transport.start(address, TransportConfig.DEFAULTS, runtime, modules, limits);
    var crowd = new Crowd(clientLoop, address, order, "page17");
    long before = Heap.usedBytes();
    long directBefore = PlatformDependent.usedDirectMemory();
    await("opening " + COUNT + " sessions", crowd, crowd.open(clientLoop), COUNT);
    await("calling each twice", crowd, crowd.call(clientLoop), order.calls());
    double calledKib = (Heap.usedBytes() - before) / KIB / COUNT - clientKib;
    progress.start("letting all go to rest", 1);
    Thread.sleep(REST_MILLIS);
    progress.end();
    double bothKib = (Heap.usedBytes() - before) / KIB / COUNT;
    long direct = PlatformDependent.usedDirectMemory() - directBefore;
    int live = transport.loops().stream().mapToInt(LoopStatus::sessions).sum();
    Wrong.check(live == COUNT, live + " sessions are live instead of " + COUNT);
    int spaces = transport.loops().stream().mapToInt(LoopStatus::instances).sum();
    Wrong.check(spaces == COUNT, spaces + " spaces are live instead of " + COUNT);
    System.out.printf(
        Locale.ROOT,
        "%,d live sessions over the local transport on %d loops, each called twice in random order,"
            + " %,d answers right: %.2f KiB each when they were just called, and %.2f KiB once they"
            + " are at rest, of %.2f KiB with the client in the same heap, which weighs %.2f KiB (half of a pair of channels with the client's handler on both"
            + " ends, measured before)%n",
        live,
        TransportConfig.DEFAULTS.eventLoops(),
        order.calls(),
        calledKib,
        bothKib - clientKib,
        bothKib,
        clientKib);
    System.out.printf(
        Locale.ROOT, "outside the heap all sessions' buffers together: %,d KiB%n", direct >> 10);
    System.out.printf(
        Locale.ROOT,
        "figure live_sessions %d%nfigure session_called_kib %.2f%nfigure session_kib %.2f%n",
        live,
        calledKib,
        bothKib - clientKib);
  }

  /** No deadline is to pass while a collector looks at a full heap: that isn't measured here. */
  private static SessionLimits patient(SessionLimits limits) {
    return limits
        .withCallTimeouts(DEADLINE_MILLIS, DEADLINE_MILLIS)
        .withFirstMessageMillis(DEADLINE_MILLIS);
  }

  private void await(String title, Crowd crowd, CompletableFuture<Void> finished, long all)
      throws InterruptedException {
    progress.start(title, all);
    long seen = -1;
    long seenAt = System.nanoTime();
    while (!finished.isDone()) {
      Thread.sleep(POLL_MILLIS);
      long done = crowd.done();
      progress.at(done);
      if (done != seen) {
        seen = done;
        seenAt = System.nanoTime();
      }
      Wrong.check(
          System.nanoTime() - seenAt < STALL_SECONDS * 1_000_000_000L,
          title + ": nothing has moved for " + STALL_SECONDS + " s, at " + done + " of " + all);
    }
    progress.end();
    try {
      finished.get();
    } catch (ExecutionException e) {
      throw new Wrong(
          title + ": " + (e.getCause() instanceof Wrong w ? w.getMessage() : e.getCause()));
    }
  }

  /** What one client weighs: half of a pair of channels that are both a client's. */
  private double weighClient(RandomOrder order) throws InterruptedException {
    var address = new LocalAddress("density-pairs");
    Crowd idle = Crowd.silent(clientLoop, address, order);
    var pairs = new ArrayList<Channel>(WEIGHED_PAIRS);
    Channel server =
        new ServerBootstrap()
            .group(clientLoop)
            .channel(LocalServerChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Crowd.Client(idle, 0));
                  }
                })
            .bind(address)
            .sync()
            .channel();
    var bootstrap = new Bootstrap().group(clientLoop).channel(LocalChannel.class);
    List<Channel> one = connect(bootstrap, idle, address, WEIGHED_PAIRS, 1);
    long before = Heap.usedBytes();
    pairs.addAll(connect(bootstrap, idle, address, 0, WEIGHED_PAIRS));
    double kib = (Heap.usedBytes() - before) / KIB / WEIGHED_PAIRS / 2;
    pairs.addAll(one);
    for (Channel channel : pairs) {
      channel.close().sync();
    }
    server.close().sync();
    return kib;
  }

  private static List<Channel> connect(
      Bootstrap bootstrap, Crowd crowd, LocalAddress address, int first, int count)
      throws InterruptedException {
    var channels = new ArrayList<Channel>(count);
    for (int i = 0; i < count; i++) {
      var client = new Crowd.Client(crowd, first + i);
      channels.add(
          bootstrap
              .clone()
              .handler(client)
              .connect(address, Crowd.addressOf(first + i))
              .sync()
              .channel());
    }
    return channels;
  }
}
