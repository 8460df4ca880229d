package dev.mooring.transport.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * The event loops that connections live on. A new one goes to the less loaded of two that are
 * picked at random, and stays there. (The least loaded of all would get every connection of a
 * burst, until somebody notices.) Loops that are sick get none, unless all are.
 *
 * <p>Any thread.
 */
final class BalancedLoops extends MultiThreadIoEventLoopGroup {
  private final List<LoopLoad> loads;

  BalancedLoops(int count, ThreadFactory threads, IoHandlerFactory io) {
    super(count, threads, io);
    var all = new ArrayList<LoopLoad>();
    for (EventExecutor executor : this) {
      all.add(new LoopLoad((EventLoop) executor));
    }
    loads = List.copyOf(all);
  }

  List<LoopLoad> loads() {
    return loads;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    LoopLoad load = choose(loads, ThreadLocalRandom.current());
    load.came();
    channel.closeFuture().addListener(closed -> load.went());
    return load.loop().register(channel);
  }

  static LoopLoad choose(List<LoopLoad> loads, RandomGenerator random) {
    List<LoopLoad> healthy = loads.stream().filter(load -> !load.isSick()).toList();
    List<LoopLoad> candidates = healthy.isEmpty() ? loads : healthy;
    int one = random.nextInt(candidates.size());
    if (candidates.size() == 1) {
      return candidates.get(one);
    }
    int other = (one + 1 + random.nextInt(candidates.size() - 1)) % candidates.size();
    LoopLoad first = candidates.get(one);
    LoopLoad second = candidates.get(other);
    return second.isLessThan(first) ? second : first;
  }
}
