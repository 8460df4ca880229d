package dev.mooring.capsule;

import dev.mooring.error.ErrorText;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.PortableModule;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.release.Release;
import dev.mooring.state.SessionState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which failed calls make capsules, and writes those on a thread of its own, so that no event
 * loop waits for a disk. What is more than may wait, or than the folder may hold, is dropped and
 * counted, and the log says so.
 *
 * <p>Thread-safe.
 */
public final class CapsuleWriter implements AutoCloseable {
  /** So many may wait to be written, each with its state in the heap. */
  static final int MOST_WAITING = 4;

  private static final Logger LOG = LoggerFactory.getLogger(CapsuleWriter.class);

  /** How soon a folder that was full is looked at again, and how often a drop is logged at most. */
  private static final long FULL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long REPORT_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int CLOSE_SECONDS = 10;
  private static final int MOST_NAME_CHARS = 64;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final CapsuleConfig config;
  private final CapsuleFolder folder;
  private final ThreadPoolExecutor writing;
  private final AtomicLong traps = new AtomicLong();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong reportedNanos;
  private volatile boolean isFull;

  /** How many files were begun; the writing thread's. */
  private long number;

  private volatile long fullNanos;

  private CapsuleWriter(CapsuleConfig config, CapsuleFolder folder) {
    this.config = config;
    this.folder = folder;
    this.reportedNanos = new AtomicLong(System.nanoTime() - REPORT_NANOS);
    this.writing =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> {
              var thread = new Thread(task, "mooring-capsules");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Of a configuration.
   *
   * @return null if it names no folder
   * @throws IOException if the folder can't be written to; may block on a disk
   */
  public static @Nullable CapsuleWriter open(CapsuleConfig config) throws IOException {
    Path folder = config.folder();
    return folder == null ? null : new CapsuleWriter(config, new CapsuleFolder(folder, config));
  }

  /**
   * Whether a call that has ended so is to be {@link #write written}. Counts traps, so it is asked
   * once for each call that failed.
   *
   * @param isAsked whether somebody wants the session's next failed call, whatever its failure
   * @param heldBytes what the session holds, about
   */
  public boolean wants(CallOutcome outcome, boolean isAsked, long heldBytes) {
    boolean isTrap =
        outcome instanceof CallOutcome.Trapped || outcome instanceof CallOutcome.TimedOut;
    boolean isNext = isTrap && config.every() > 0 && traps.incrementAndGet() % config.every() == 0;
    if (!isAsked && !isNext) {
      return false;
    }
    if (heldBytes > config.fileBytes()) {
      drop("the session holds more than file_bytes");
    } else if (writing.getQueue().remainingCapacity() == 0) {
      drop("too many wait to be written");
    } else if (isFull && System.nanoTime() - fullNanos < FULL_NANOS) {
      drop("the folder is full");
    } else {
      return true;
    }
    return false;
  }

  /**
   * Has a capsule written, soon; doesn't wait for it.
   *
   * @param session the session's id
   * @param reference by which its client opened the module
   * @param state the one before the call; timers included
   * @param takenMillis when the call failed, in milliseconds since 1970
   */
  public void write(
      String session,
      String reference,
      GuestModule module,
      RecordedCall call,
      SessionState state,
      long takenMillis) {
    try {
      writing.execute(
          () ->
              write(
                  new Capsule(
                      Release.version(),
                      session,
                      reference,
                      takenMillis,
                      call,
                      state,
                      modules(module))));
    } catch (RejectedExecutionException e) {
      drop("too many wait to be written");
    }
  }

  private static Map<String, byte[]> modules(GuestModule module) {
    var modules = new HashMap<String, byte[]>();
    for (PortableModule each = PortableModule.of(module); each != null; each = each.engine()) {
      modules.put(each.key(), each.toBytes());
    }
    return modules;
  }

  private void write(Capsule capsule) {
    try {
      byte[] bytes = capsule.toBytes();
      isFull = !folder.hasRoom(bytes.length);
      fullNanos = System.nanoTime();
      if (bytes.length > config.fileBytes()) {
        drop("it would be longer than file_bytes");
      } else if (isFull) {
        drop("the folder is full");
      } else {
        Path file = folder.write(name(capsule, ++number), bytes);
        written.incrementAndGet();
        LOG.atInfo()
            .addKeyValue("file", file)
            .addKeyValue("session", capsule.session())
            .addKeyValue("bytes", bytes.length)
            .log("a capsule was written");
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      drop("it can't be written: " + ErrorText.of(e));
    }
  }

  /** When, of which module, whose; and a number, so that there is only one of a name. */
  private static String name(Capsule capsule, long number) {
    return "%s-%s-%s-%d"
        .formatted(
            TIME.format(Instant.ofEpochMilli(capsule.takenMillis())),
            plain(capsule.module()),
            plain(capsule.session()),
            number);
  }

  private static String plain(String text) {
    String plain = text.replaceAll("[^A-Za-z0-9._-]", "_");
    return plain.substring(0, Math.min(plain.length(), MOST_NAME_CHARS));
  }

  /** One that was wanted can't be made. */
  public void failed(Throwable why) {
    drop("it can't be made: " + ErrorText.of(why));
  }

  private void drop(String why) {
    long count = dropped.incrementAndGet();
    long last = reportedNanos.get();
    long now = System.nanoTime();
    if (now - last >= REPORT_NANOS && reportedNanos.compareAndSet(last, now)) {
      LOG.atWarn()
          .addKeyValue("why", why)
          .addKeyValue("dropped", count)
          .log("a capsule wasn't written");
    }
  }

  /** How many were written. */
  public long written() {
    return written.get();
  }

  /** How many were wanted and not written. */
  public long dropped() {
    return dropped.get();
  }

  /** Writes what waits, for as long as that may take, and ends. */
  @Override
  public void close() {
    writing.shutdown();
    try {
      if (!writing.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        writing.shutdownNow();
      }
    } catch (InterruptedException e) {
      writing.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
