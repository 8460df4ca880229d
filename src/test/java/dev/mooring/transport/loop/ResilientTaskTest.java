package dev.mooring.transport.loop;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ResilientTaskTest {
  @Test
  void run_taskThatThrows_isRunAgain() {
    var runs = new AtomicInteger();
    var task =
        new ResilientTask(
            () -> {
              if (runs.incrementAndGet() % 2 == 1) {
                throw new AssertionError("broken on purpose");
              }
            });
    var channel = new EmbeddedChannel();
    channel.freezeTime();
    channel.eventLoop().scheduleWithFixedDelay(task, 1, 1, TimeUnit.SECONDS);
    for (int i = 0; i < 5; i++) {
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
    assertEquals(5, runs.get());
    assertEquals(3, task.failures());
    channel.finishAndReleaseAll();
  }

  @Test
  void run_failureThatCannotBeLogged_isNoFailureOfItsOwn() {
    var task =
        new ResilientTask(
            () -> {
              throw new IllegalStateException() {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                  throw new IllegalStateException("no words");
                }
              };
            });
    assertDoesNotThrow(task::run);
    assertEquals(1, task.failures());
  }
}
