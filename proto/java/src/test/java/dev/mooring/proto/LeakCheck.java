package dev.mooring.proto;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaked a buffer, with Netty's account of where the buffer was last used.
 *
 * <p>It needs no annotation: this test-jar registers it for every test of every module that has the
 * jar on its test class path. (Netty asks once, early, who reports its leaks; an extension that
 * comes with a test class may come too late.)
 *
 * <p>A leak is known when the garbage collector finds the buffer, so a class must have let go of
 * what it leaked: a static field hides it.
 */
public final class LeakCheck implements AfterAllCallback {
  private static final int MAX_SHOWN = 3;

  /** Frames of every stack trace, which tell nothing. */
  private static final Pattern NOISE =
      Pattern.compile("\\t(org\\.junit|org\\.apache\\.maven|java\\.base/)[^\\n]*\\n?");

  private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();
  private static final Factory FACTORY = new Factory();

  static {
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(FACTORY);
    touchDetector();
  }

  /**
   * The leaks that came to light since the last time somebody asked; collects garbage to find them.
   */
  public static List<String> drain() {
    if (!FACTORY.watchesBuffers) {
      throw new IllegalStateException("Netty's buffers had a leak detector before this one came");
    }
    // Twice: what the first collection frees may be all that held a second buffer.
    for (int i = 0; i < 2; i++) {
      collectGarbage();
      touchDetector();
    }
    var reports = new ArrayList<String>();
    String report;
    while ((report = REPORTS.poll()) != null) {
      reports.add(report);
    }
    return reports;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    List<String> leaks = drain();
    if (!leaks.isEmpty()) {
      throw new AssertionError(
          "%s leaked %d buffers; at most %d are shown:%n%s"
              .formatted(
                  context.getDisplayName(),
                  leaks.size(),
                  MAX_SHOWN,
                  String.join("\n", leaks.subList(0, Math.min(MAX_SHOWN, leaks.size())))));
    }
  }

  private static void collectGarbage() {
    var queue = new ReferenceQueue<Object>();
    var sentinel = new WeakReference<>(new Object(), queue);
    try {
      for (int i = 0; i < 50; i++) {
        System.gc();
        if (sentinel.equals(queue.remove(100))) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IllegalStateException("the garbage collector doesn't collect");
  }

  /** Netty looks for leaks when it tracks the next buffer. */
  private static void touchDetector() {
    UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
  }

  private static final class Factory extends ResourceLeakDetectorFactory {
    volatile boolean watchesBuffers;

    @Override
    @Deprecated
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return detector(resource, samplingInterval);
    }

    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval) {
      return detector(resource, samplingInterval);
    }

    private <T> ResourceLeakDetector<T> detector(Class<T> resource, int samplingInterval) {
      if (resource == ByteBuf.class) {
        watchesBuffers = true;
      }
      return new Detector<>(resource, samplingInterval);
    }
  }

  private static final class Detector<T> extends ResourceLeakDetector<T> {
    Detector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      REPORTS.add(resourceType + NOISE.matcher(records).replaceAll(""));
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      REPORTS.add(resourceType + ", of which nothing else is known");
    }
  }
}
