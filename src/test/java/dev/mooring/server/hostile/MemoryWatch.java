package dev.mooring.server.hostile;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.mooring.server.MooringServer;
import dev.mooring.transport.loop.HeldBytes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.lang.management.ManagementFactory;

/** Looks now and then at what a server of this process holds, and keeps the most of each. */
final class MemoryWatch implements AutoCloseable {
  private static final int PERIOD_MILLIS = 100;

  /** The heap is collected to see what lives in it, so not each time. */
  private static final int LOOKS_PER_COLLECTION = 40;

  /**
   * The most that was seen, in bytes, of each by itself.
   *
   * @param held for clients, as the server says it
   * @param outbound the part of it that waits to be written
   * @param guests what guests hold
   * @param direct what Netty has taken from the operating system, in use or to be used again
   * @param heap what lives after a collection
   * @param connections how many more there were than in the beginning, whoever's they are
   * @param looks how often there was a look
   */
  record Most(
      long held, long outbound, long guests, long direct, long heap, int connections, int looks) {
    static final Most NOTHING = new Most(0, 0, 0, 0, 0, 0, 0);
  }

  private final MooringServer server;
  private final Thread thread;
  private final long descriptorsBefore = descriptors();
  private volatile Most most = Most.NOTHING;
  private volatile boolean over;

  MemoryWatch(MooringServer server) {
    this.server = server;
    this.thread = Thread.ofPlatform().name("memory-watch").start(this::run);
  }

  private void run() {
    try {
      while (!over) {
        look();
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    HeldBytes held = server.held();
    Most before = most;
    most =
        new Most(
            Math.max(before.held, held.total()),
            Math.max(before.outbound, held.outbound()),
            Math.max(before.guests, server.guestMemoryBytes()),
            Math.max(before.direct, directBytes()),
            before.looks % LOOKS_PER_COLLECTION == 0
                ? Math.max(before.heap, liveHeapBytes())
                : before.heap,
            (int) Math.max(before.connections, descriptors() - descriptorsBefore),
            before.looks + 1);
  }

  /** Each connection is one. */
  private static long descriptors() {
    return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
        .getOpenFileDescriptorCount();
  }

  static long directBytes() {
    return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
        ? provider.metric().usedDirectMemory()
        : 0;
  }

  static long liveHeapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  Most most() {
    return most;
  }

  @Override
  public void close() {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
