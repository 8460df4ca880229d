package dev.mooring.module;

import dev.mooring.error.ErrorText;
import dev.mooring.file.FileStamp;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.PortableModule;
import dev.mooring.module.ModuleEntry.Refusal;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.Problem;
import dev.mooring.session.Quote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules of one directory: {@code counter} is {@code counter.wasm}, or the script {@code
 * counter.js}. A module is compiled when it is first asked for, on a compile thread, and kept.
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

  private static final Finding NO_MEMORY =
      new Finding.Missing(
          new Problem(
              ErrorCode.SERVER_OVERLOADED,
              "the server has no memory left to load a module; try again later"));
  private static final Finding BROKEN =
      new Finding.Missing(
          new Problem(ErrorCode.INTERNAL, "the server failed to load a module; its log says how"));

  private final ModuleShelf shelf;
  private final ModuleWatch watch;
  private final FileDigests digests;
  private final ThreadPoolExecutor compilers;
  private final ScheduledExecutorService watcher;

  private final ArchivedModules archived;

  /** Names whose files changed, and that no compile thread has come to yet. */
  private final Set<String> changed = ConcurrentHashMap.newKeySet();

  /**
   * Serves a directory's modules; compiles none yet.
   *
   * @param directory must exist
   * @param policy what holds for modules of which {@code policies} says nothing
   * @param policies what holds for single modules, by name
   * @param runtime what all guests share
   * @param threads how many modules may be compiled at a time
   * @param archive has modules of stored sessions
   */
  public ModuleDirectory(
      Path directory,
      ModulePolicy policy,
      Map<String, ModulePolicy> policies,
      GuestRuntime runtime,
      int threads,
      ModuleArchive archive)
      throws IOException {
    this(
        directory,
        new ModulePolicies(policy, policies),
        (bytes, options) -> GuestModule.compile(bytes, options, runtime),
        threads,
        new ArchivedModules(
            archive,
            (key, portable, options, engines) ->
                PortableModule.restore(key, portable, options, runtime, engines)));
  }

  ModuleDirectory(
      Path directory,
      ModulePolicies policies,
      ModuleShelf.Compiler compiler,
      int threads,
      ArchivedModules archived)
      throws IOException {
    this.archived = archived;
    if (!Files.isDirectory(directory)) {
      throw new IOException(
          "the module directory " + directory + " does not exist, or is no directory");
    }
    var names = new ModuleNames(directory);
    this.shelf = new ModuleShelf(names, policies, compiler, System::nanoTime);
    this.digests = new FileDigests(names);
    this.watch = new ModuleWatch(names, new Changes());
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
    this.watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("mooring-modules").daemon().factory());
    var _ =
        watcher.scheduleWithFixedDelay(
            this::look, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      watch.look();
      shelf.due().forEach(this::compileSoon);
    } catch (
        Throwable e) { // Out of memory, say. It would be the last look if it went on from here.
      LOG.atError().setCause(e).log("the module directory could not be looked at");
    }
  }

  /**
   * Looks at the bytes of all files that are known, also of those that look as before: soon, on the
   * compile threads. Those that are other bytes are taken as any that changed.
   */
  public void reread() {
    try {
      watcher.execute(
          () -> {
            try {
              digests.forgetAll();
              shelf.mistrust().forEach(this::compileSoon);
            } catch (Throwable e) { // Nobody else would tell.
              LOG.atError().setCause(e).log("the modules could not be read again");
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.debug("the server ends; its modules aren't read again");
    }
  }

  /** What the watcher notices, as it comes to be. */
  private final class Changes implements ModuleWatch.Listener {
    @Override
    public void changed(String name) {
      compileSoon(name);
    }

    @Override
    public void removed(String name) {
      digests.forget(name);
      if (shelf.remove(name)) {
        LOG.atInfo().addKeyValue("module", name).log("module removed");
      }
    }
  }

  private void compileSoon(String name) {
    if (!changed.add(name)) {
      return;
    }
    try {
      compilers.execute(() -> compileChanged(name));
    } catch (RejectedExecutionException e) { // Or the server ends.
      changed.remove(name);
      LOG.atWarn().addKeyValue("module", name).log("changed, but the compilers are busy");
      shelf.postpone(name);
    }
  }

  private void compileChanged(String name) {
    changed.remove(name);
    try {
      shelf.refresh(name);
    } catch (Throwable e) { // Whatever it is, the file has changed all the same.
      LOG.atWarn().addKeyValue("module", name).setCause(e).log("can't be loaded");
      shelf.postpone(name);
    }
  }

  @Override
  public void find(String text, Predicate<String> mayOpen, Answer answer) {
    Reference reference = Reference.parse(text);
    if (reference == null) {
      notFound(
              "'"
                  + Quote.of(text)
                  + "' names no module; expected NAME, NAME@sha256:HEX or sha256:HEX, where NAME is "
                  + Reference.NAME_RULE)
          .tell(answer);
      return;
    }
    String name = reference.name();
    ModuleEntry entry = name == null || !mayOpen.test(name) ? null : shelf.current(name);
    if (name != null && entry != null) {
      finding(name, reference, entry).tell(answer);
      return;
    }
    compile(reference, () -> load(reference, mayOpen), answer);
  }

  @Override
  public void recall(String name, String digest, String imageDigest, Answer answer) {
    Reference reference = Reference.parse(digest);
    if (reference == null) {
      throw new IllegalArgumentException("'" + digest + "' is no digest");
    }
    compile(reference, () -> recall(name, reference, imageDigest), answer);
  }

  private void compile(Reference reference, Callable<Finding> work, Answer answer) {
    try {
      compilers.execute(() -> load(reference, work, answer));
    } catch (RejectedExecutionException e) {
      answer.notFound(
          new Problem(
              ErrorCode.SERVER_OVERLOADED,
              "the server compiles as many modules as it can; try again later"));
    }
  }

  /** From its file, if that still has the same image; else from the archive. */
  private Finding recall(String name, Reference reference, String imageDigest) throws IOException {
    Finding inFolder = loadByDigest(reference);
    if (inFolder instanceof Finding.Found found
        && found.module().imageDigest().equals(imageDigest)) {
      return inFolder;
    }
    ModulePolicy policy = shelf.policy(name);
    String key = PortableModule.key(String.valueOf(reference.digest()), imageDigest);
    try {
      GuestModule module = archived.find(key, policy.options());
      return module == null ? inFolder : new Finding.Found(module, policy.session());
    } catch (ModuleRefused e) {
      return notFound("the module of the session " + e.getMessage());
    }
  }

  private void load(Reference reference, Callable<Finding> work, Answer answer) {
    Finding finding;
    try {
      finding = work.call();
    } catch (Throwable e) { // Whatever it is, a client waits for the answer.
      (e instanceof OutOfMemoryError ? NO_MEMORY : BROKEN).tell(answer);
      LOG.atError().addKeyValue("module", reference).setCause(e).log("can't be loaded");
      return;
    }
    finding.tell(answer);
  }

  private Finding load(Reference reference, Predicate<String> mayOpen) {
    try {
      String name = reference.name();
      if (name == null || !mayOpen.test(name)) {
        return loadByDigest(reference);
      }
      ModuleEntry entry = load(name);
      return entry == null
          ? notFound("there is no module '" + name + "'" + offer(mayOpen))
          : finding(name, reference, entry);
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("module", reference).log("can't be read: {}", ErrorText.of(e));
      return notFound("the server can't read module " + reference);
    }
  }

  /** What a name stands for; compiles if that takes it. Null if there is no such file. */
  private @Nullable ModuleEntry load(String name) throws IOException {
    ModuleEntry entry = shelf.current(name);
    return entry == null ? shelf.refresh(name) : entry;
  }

  /**
   * Compiles no more than the module that is asked for: of others, it only reads the bytes. If a
   * name was given, too, it is one that whoever asks may know nothing of: that there is no such
   * name, and that it has other bytes, are found with the same work and answered in the same words.
   */
  private Finding loadByDigest(Reference reference) throws IOException {
    String wanted = reference.name();
    for (var file : watch.files().entrySet()) {
      String name = file.getKey();
      String digest = digest(name, file.getValue());
      if (digest != null
          && digest.equals(reference.digest())
          && (wanted == null || wanted.equals(name))) {
        ModuleEntry entry = load(name);
        if (entry != null && (entry.module() == null || digest.equals(entry.module().digest()))) {
          return finding(name, reference, entry);
        }
      }
    }
    return notFound(
        "there is no module "
            + (wanted == null ? "" : "'" + wanted + "' ")
            + "with digest "
            + reference.digest());
  }

  /** The digest of the module that a name stands for, or would; null if there can be none. */
  private @Nullable String digest(String name, FileStamp stamp) {
    String served = shelf.digest(name);
    if (served != null) {
      return served;
    }
    return stamp.sizeBytes() > shelf.policy(name).options().limits().moduleBytes()
        ? null
        : digests.of(name, stamp);
  }

  /**
   * Some of the names that were there when the directory was last looked at, and that whoever asks
   * may open.
   */
  private String offer(Predicate<String> mayOpen) {
    List<String> names =
        watch.files().keySet().stream().filter(mayOpen).limit(SHOWN_NAMES + 1).toList();
    if (names.isEmpty()) {
      return ", nor any other that you may open";
    }
    return "; you may open "
        + names.stream().limit(SHOWN_NAMES).collect(Collectors.joining(", "))
        + (names.size() > SHOWN_NAMES ? ", …" : "");
  }

  private Finding finding(String name, Reference reference, ModuleEntry entry) {
    GuestModule module = entry.module();
    if (module == null) {
      Refusal refusal = entry.refusal();
      return refusal == null
          ? notFound("there is no such module")
          : new Finding.Missing(refusal.of(reference));
    }
    if (reference.digest() != null && !reference.digest().equals(module.digest())) {
      return notFound("module " + name + " is " + module.digest() + ", not " + reference.digest());
    }
    return new Finding.Found(module, shelf.policy(name).session());
  }

  private static Finding notFound(String message) {
    return new Finding.Missing(new Problem(ErrorCode.MODULE_NOT_FOUND, message));
  }

  /**
   * From now on goes by other policies: sessions that are opened get their limits, and modules
   * their options, which compiles them again when they are next asked for if those differ.
   */
  public void policies(ModulePolicy policy, Map<String, ModulePolicy> byName) {
    shelf.policies(new ModulePolicies(policy, byName));
  }

  /** What is served under a name now, if it was asked for before. Any thread. */
  public Optional<GuestModule> served(String name) {
    return shelf.served(name);
  }

  /** What is known of each module that was asked for, by name. Any thread. */
  public List<ModuleLook> looks() {
    return shelf.looks();
  }

  /** How many of the modules that are served now had to be stopped often. Any thread. */
  public int checkedModules() {
    return shelf.checkedModules();
  }

  @Override
  public void close() {
    watcher.shutdownNow();
    compilers.shutdownNow();
  }
}
