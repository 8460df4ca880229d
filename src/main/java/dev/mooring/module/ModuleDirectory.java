package dev.mooring.module;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules of one directory: {@code counter} is {@code counter.wasm}. A module is compiled when
 * it is first asked for, on a compile thread, and kept.
 *
 * <p>The directory is watched. A file that is new or replaced while the server runs is compiled at
 * once and then takes the name, for sessions that are opened from then on; others keep the module
 * that they opened. One that is refused changes nothing: the log says why, and what had the name
 * before keeps it. A file that is removed takes its name with it.
 *
 * <p>Any thread.
 */
public final class ModuleDirectory implements ModuleSource, AutoCloseable {
  /** How often the directory is looked at. A change is taken when it was seen twice. */
  static final int WATCH_MILLIS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(ModuleDirectory.class);

  /** How many finds may wait for a compile thread; more are refused. */
  private static final int MAX_WAITING = 10_000;

  private static final long COMPILE_STACK_BYTES = 16L << 20;
  private static final int SHOWN_NAMES = 20;

  private final ModuleNames names;
  private volatile Policies policies;
  private final GuestRuntime runtime;
  private final ThreadPoolExecutor compilers;
  private final ScheduledExecutorService watcher;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /** What holds for single modules, and for all others. */
  private record Policies(ModulePolicy others, Map<String, ModulePolicy> byName) {
    Policies {
      byName = Map.copyOf(byName);
    }

    ModulePolicy of(String name) {
      return byName.getOrDefault(name, others);
    }
  }

  /**
   * What a name stands for.
   *
   * @param stamp the file's when it was last compiled, or refused
   * @param module the last that was let in; null if there was none
   * @param refusal why there is none; null if there is one
   */
  private record Entry(FileStamp stamp, @Nullable GuestModule module, @Nullable Problem refusal) {}

  /**
   * Serves a directory's modules; compiles none yet.
   *
   * @param directory must exist
   * @param policy what holds for modules of which {@code policies} says nothing
   * @param policies what holds for single modules, by name
   * @param runtime what all guests share
   * @param threads how many modules may be compiled at a time
   */
  public ModuleDirectory(
      Path directory,
      ModulePolicy policy,
      Map<String, ModulePolicy> policies,
      GuestRuntime runtime,
      int threads)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(
          "the module directory " + directory + " does not exist, or is no directory");
    }
    this.names = new ModuleNames(directory);
    this.policies = new Policies(policy, policies);
    this.runtime = runtime;
    var count = new AtomicInteger();
    this.compilers =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(MAX_WAITING),
            task ->
                new Thread(
                    null, task, "mooring-compile-" + count.getAndIncrement(), COMPILE_STACK_BYTES));
    var watch = new ModuleWatch(names, new Changes());
    this.watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("mooring-modules").daemon().factory());
    var _ =
        watcher.scheduleWithFixedDelay(
            watch::look, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** What the watcher notices, as it comes to be. */
  private final class Changes implements ModuleWatch.Listener {
    @Override
    public void changed(String name) {
      try {
        compilers.execute(() -> compileChanged(name));
      } catch (RejectedExecutionException e) {
        // Or the server ends. Whoever asks for it first has it compiled.
        LOG.atWarn().addKeyValue("module", name).log("changed, but the compilers are busy");
        entries.remove(name);
      }
    }

    @Override
    public void removed(String name) {
      if (entries.remove(name) != null) {
        LOG.atInfo().addKeyValue("module", name).log("module removed");
      }
    }
  }

  private void compileChanged(String name) {
    try {
      refresh(name);
    } catch (IOException | UncheckedIOException e) {
      LOG.atWarn().addKeyValue("module", name).log("can't be read: {}", e.toString());
    }
  }

  @Override
  public void find(String text, Answer answer) {
    Reference reference = Reference.parse(text);
    if (reference == null) {
      answer.notFound(
          notFound("'" + text + "' names no module; expected NAME, NAME@sha256:HEX or sha256:HEX"));
      return;
    }
    String name = reference.name();
    Entry entry = name == null ? null : entries.get(name);
    if (name != null && entry != null) {
      answer(name, reference, entry, answer);
      return;
    }
    try {
      compilers.execute(() -> load(reference, answer));
    } catch (RejectedExecutionException e) {
      answer.notFound(
          new Problem(
              ErrorCode.SERVER_OVERLOADED,
              "the server compiles as many modules as it can; try again later"));
    }
  }

  private void load(Reference reference, Answer answer) {
    try {
      String name = reference.name();
      if (name != null) {
        Entry entry = entries.get(name);
        if (entry == null) {
          entry = refresh(name);
        }
        if (entry == null) {
          answer.notFound(notFound("there is no module '" + name + "'; " + offer()));
        } else {
          answer(name, reference, entry, answer);
        }
      } else {
        loadByDigest(reference, answer);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.atWarn().addKeyValue("module", reference).log("can't be read: {}", e.toString());
      answer.notFound(
          new Problem(ErrorCode.MODULE_NOT_FOUND, "the server can't read module " + reference));
    }
  }

  private void loadByDigest(Reference reference, Answer answer) throws IOException {
    for (String name : names.list()) {
      Entry entry = entries.get(name);
      if (entry == null) {
        entry = refresh(name);
      }
      if (entry != null
          && entry.module() != null
          && entry.module().digest().equals(reference.digest())) {
        answer.found(entry.module(), policy(name).session());
        return;
      }
    }
    answer.notFound(notFound("there is no module with digest " + reference.digest()));
  }

  private String offer() throws IOException {
    List<String> all = names.list();
    int shown = Math.min(all.size(), SHOWN_NAMES);
    return all.isEmpty()
        ? "this server has none"
        : "this server has " + String.join(", ", all.subList(0, shown));
  }

  private void answer(String name, Reference reference, Entry entry, Answer answer) {
    GuestModule module = entry.module();
    if (module == null) {
      answer.notFound(
          entry.refusal() == null ? notFound("there is no such module") : entry.refusal());
    } else if (reference.digest() != null && !reference.digest().equals(module.digest())) {
      answer.notFound(
          notFound(
              "module "
                  + reference.name()
                  + " is "
                  + module.digest()
                  + ", not "
                  + reference.digest()));
    } else {
      answer.found(module, policy(name).session());
    }
  }

  private static Problem notFound(String message) {
    return new Problem(ErrorCode.MODULE_NOT_FOUND, message);
  }

  /**
   * Compiles a file if it isn't what it was, and lets it have its name if it is let in.
   *
   * @return what the name stands for now; null if there is no such file
   */
  private @Nullable Entry refresh(String name) throws IOException {
    Path file = names.file(name);
    // One thread compiles a name; the others wait for it, and find it done.
    return entries.compute(
        name,
        (key, known) -> {
          try {
            FileStamp stamp = FileStamp.of(file);
            if (stamp == null) {
              return null;
            }
            return known != null && known.stamp().equals(stamp)
                ? known
                : compile(name, file, stamp, known);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private Entry compile(String name, Path file, FileStamp stamp, @Nullable Entry known)
      throws IOException {
    ModuleOptions options = policy(name).options();
    try {
      if (stamp.sizeBytes() > options.limits().moduleBytes()) {
        throw new ModuleRefused(
            "has "
                + stamp.sizeBytes()
                + " bytes; a module may have at most "
                + options.limits().moduleBytes());
      }
      long start = System.nanoTime();
      GuestModule module = GuestModule.compile(Files.readAllBytes(file), options, runtime);
      LOG.atInfo()
          .addKeyValue("module", name)
          .addKeyValue("digest", module.digest())
          .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
          .log(known == null || known.module() == null ? "module compiled" : "module replaced");
      return new Entry(stamp, module, null);
    } catch (ModuleRefused e) {
      return refused(name, stamp, known, String.valueOf(e.getMessage()));
    }
  }

  /** A file that is refused: its name stays with whatever has it. */
  private static Entry refused(String name, FileStamp stamp, @Nullable Entry known, String why) {
    var refusal = new Problem(ErrorCode.MODULE_REFUSED, "module " + name + " " + why);
    if (known == null || known.module() == null) {
      LOG.atWarn().addKeyValue("module", name).log(refusal.message());
      return new Entry(stamp, null, refusal);
    }
    LOG.atWarn()
        .addKeyValue("module", name)
        .addKeyValue("digest", known.module().digest())
        .log("{}; the one that it was to replace is served on", refusal.message());
    return new Entry(stamp, known.module(), null);
  }

  private ModulePolicy policy(String name) {
    return policies.of(name);
  }

  /**
   * From now on goes by other policies: sessions that are opened get their limits, and modules that
   * are compiled their options. Those that are compiled already stay as they are.
   */
  public void policies(ModulePolicy policy, Map<String, ModulePolicy> byName) {
    policies = new Policies(policy, byName);
  }

  /** How many of the modules that are served now had to be stopped often. Any thread. */
  public int checkedModules() {
    int checked = 0;
    for (Entry entry : entries.values()) {
      GuestModule module = entry.module();
      if (module != null && module.isChecked()) {
        checked++;
      }
    }
    return checked;
  }

  @Override
  public void close() {
    watcher.shutdownNow();
    compilers.shutdownNow();
  }
}
