package dev.mooring.transport.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LoopThreadFactoryTest {
  private final LoopThreadFactory threads = new LoopThreadFactory("loop");
  private final AtomicReference<@Nullable Throwable> uncaught = new AtomicReference<>();

  private void runToItsEnd(Runnable task) throws InterruptedException {
    Thread thread = threads.newThread(task);
    thread.setUncaughtExceptionHandler((t, cause) -> uncaught.set(cause));
    thread.start();
    thread.join();
  }

  @Test
  void thread_endsTooEarly_isLost() throws Exception {
    runToItsEnd(() -> {});
    assertInstanceOf(LoopThreadFactory.ThreadLost.class, uncaught.get());
  }

  @Test
  void thread_throws_itsHandlerHearsOfIt() throws Exception {
    var cause = new IllegalStateException("a test's");
    runToItsEnd(
        () -> {
          throw cause;
        });
    assertEquals(cause, uncaught.get());
  }

  @Test
  void thread_endsWhenItMay_isNotLost() throws Exception {
    threads.letEnd();
    runToItsEnd(() -> {});
    assertNull(uncaught.get());
  }
}
