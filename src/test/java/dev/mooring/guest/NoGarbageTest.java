package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.mooring.guest.call.Invocation;
import dev.mooring.server.testing.Optimized;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** In the steady state a call makes no garbage, whichever space it is of and however it ends. */
@Optimized
final class NoGarbageTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int CALLS = 1_000_000;
  private static final int SPACES = 8;
  private static final long[] NO_ARGUMENTS = {};

  private interface Calls {
    void run(int count);
  }

  private static double bytesPerCall(Calls calls) {
    calls.run(CALLS / 4); // Warm: the compilers are done, the lists and pools are filled.
    long id = Thread.currentThread().threadId();
    long before = THREADS.getThreadAllocatedBytes(id);
    calls.run(CALLS);
    return (double) (THREADS.getThreadAllocatedBytes(id) - before) / CALLS;
  }

  @Test
  void call_echo_allocatesNothing() {
    // Buffers of the heap, since a leak detector makes a note of each use of others.
    try (var guests = new GuestFixture();
        var invocation = new Invocation(Unpooled.buffer(), Unpooled.buffer())) {
      var spaces = new Space[SPACES];
      for (int i = 0; i < SPACES; i++) {
        spaces[i] = guests.open("page17");
      }
      ExportedFunction echo = guests.module("page17").export("echo");
      assertNotNull(echo);
      ByteBuf input = Unpooled.buffer(64).writeZero(64);
      try {
        double bytes =
            bytesPerCall(
                count -> {
                  for (int i = 0; i < count; i++) {
                    invocation.begin(
                        guests.limits, Invocation.ActiveTimers.NONE, 60_000, System.nanoTime());
                    invocation.input(input, 0, 64);
                    spaces[i % SPACES].call(echo, NO_ARGUMENTS, invocation);
                  }
                });
        assertEquals(64, invocation.output().readableBytes());
        assertTrue(bytes < 1, bytes + " bytes per call");
        System.out.println(bytes + " bytes allocated per call of echo");
      } finally {
        input.release();
      }
    }
  }

  @Test
  void call_changesGlobalsTablesAndSegments_allocatesNothing() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("state_all");
      guests.result(space, "entries");
      assertTrue(guests.call(space, "drop_data").committed());
      ExportedFunction put = guests.module("state_all").export("put");
      ExportedFunction set = guests.module("state_all").export("set");
      assertNotNull(put);
      assertNotNull(set);
      long[] slot = {2, 3};
      long[] value = {17};
      double bytes =
          bytesPerCall(
              count -> {
                for (int i = 0; i < count; i++) {
                  guests.invocation.begin(
                      guests.limits, Invocation.ActiveTimers.NONE, 60_000, System.nanoTime());
                  value[0] = i;
                  space.call(i % 2 == 0 ? put : set, i % 2 == 0 ? slot : value, guests.invocation);
                }
              });
      assertTrue(bytes < 1, bytes + " bytes per call");
    }
  }
}
