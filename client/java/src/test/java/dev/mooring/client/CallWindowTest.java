package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class CallWindowTest {
  private final CallWindow window = new CallWindow(new OpenOptions.InFlight(3, 100));

  @Test
  void tryAcquire_asManyCallsAsMayBe_thenNoMore() {
    assertTrue(window.tryAcquire(0));
    assertTrue(window.tryAcquire(0));
    assertTrue(window.tryAcquire(0));
    assertFalse(window.tryAcquire(0));
    window.release(0);
    assertTrue(window.tryAcquire(0));
  }

  @Test
  void tryAcquire_asManyBytesAsMayBe_thenNoMore() {
    assertTrue(window.tryAcquire(60));
    assertFalse(window.tryAcquire(41));
    assertTrue(window.tryAcquire(40));
    window.release(60);
    assertTrue(window.tryAcquire(60));
  }

  @Test
  void tryAcquire_callLargerThanAllRoom_goesAlone() {
    assertTrue(window.tryAcquire(1));
    assertFalse(window.tryAcquire(Integer.MAX_VALUE));
    window.release(1);
    assertTrue(window.tryAcquire(Integer.MAX_VALUE));
    assertFalse(window.tryAcquire(1));
    window.release(Integer.MAX_VALUE);
    assertTrue(window.tryAcquire(100));
  }

  @Test
  void acquire_noRoom_waitsUntilThereIs() throws Exception {
    assertTrue(window.tryAcquire(100));
    FutureTask<Boolean> waiter = start(() -> window.acquire(50));
    window.release(100);
    assertTrue(waiter.get());
  }

  @Test
  void acquire_severalWait_areServedInTheirOrderThoughSmallerOnesWouldFit() throws Exception {
    assertTrue(window.tryAcquire(60));
    FutureTask<Boolean> large = start(() -> window.acquire(100));
    FutureTask<Boolean> small = start(() -> window.acquire(1));
    assertFalse(window.tryAcquireInTurn(1));
    assertFalse(small.isDone());
    window.release(60);
    assertTrue(large.get());
    assertFalse(small.isDone());
    window.release(100);
    assertTrue(small.get());
  }

  @Test
  void close_someWait_allLeaveWithoutRoom() throws Exception {
    assertTrue(window.tryAcquire(100));
    var waiters = new ArrayList<FutureTask<Boolean>>();
    for (int i = 0; i < 3; i++) {
      waiters.add(start(() -> window.acquire(1)));
    }
    window.close();
    for (FutureTask<Boolean> waiter : waiters) {
      assertFalse(waiter.get());
    }
  }

  @Test
  void interrupt_firstOfThoseWhoWait_leavesAndTheNextIsServed() throws Exception {
    assertTrue(window.tryAcquire(100));
    var first = new FutureTask<>(() -> window.acquire(1));
    Thread thread = startAndAwaitParked(first);
    FutureTask<Boolean> second = start(() -> window.acquire(1));
    thread.interrupt();
    var thrown = assertThrows(ExecutionException.class, first::get);
    assertInstanceOf(InterruptedException.class, thrown.getCause());
    window.release(100);
    assertTrue(second.get());
  }

  @Test
  void acquire_manyThreads_neverMoreThanMayBe() throws Exception {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var threads = new ArrayList<FutureTask<Boolean>>();
    for (int i = 0; i < 8; i++) {
      int bytes = 1 + i;
      var task =
          new FutureTask<>(
              () -> {
                for (int round = 0; round < 2_000; round++) {
                  if (!window.tryAcquireInTurn(bytes)) {
                    assertTrue(window.acquire(bytes));
                  }
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  inside.decrementAndGet();
                  window.release(bytes);
                }
                return true;
              });
      Thread.ofPlatform().daemon().start(task);
      threads.add(task);
    }
    for (FutureTask<Boolean> thread : threads) {
      assertTrue(thread.get());
    }
    assertTrue(most.get() <= 3, most::toString);
    for (int bytes : List.of(50, 25, 25)) {
      assertTrue(window.tryAcquire(bytes), "all the room is there again");
    }
  }

  private static FutureTask<Boolean> start(Callable<Boolean> callable) throws Exception {
    var task = new FutureTask<>(callable);
    startAndAwaitParked(task);
    return task;
  }

  private static Thread startAndAwaitParked(FutureTask<Boolean> task) throws Exception {
    Thread thread = Thread.ofPlatform().daemon().start(task);
    while (thread.getState() != Thread.State.WAITING) {
      assertFalse(task.isDone(), "it should wait");
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return thread;
  }
}
