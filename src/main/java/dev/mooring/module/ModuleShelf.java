package dev.mooring.module;

import dev.mooring.file.FileStamp;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.compile.LargeFunction;
import dev.mooring.module.ModuleEntry.Compiled;
import dev.mooring.module.ModuleEntry.Pause;
import dev.mooring.module.ModuleEntry.Refusal;
import dev.mooring.session.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The modules that were compiled, by name. A file's bytes are compiled once for the same options. A
 * module that is refused for itself stays refused until its file or its options change; one for
 * which the server lacked something is tried again, after a pause that grows.
 *
 * <p>Thread-safe. {@link #current} answers at once; {@link #refresh} reads and compiles, so it is
 * for compile threads.
 */
final class ModuleShelf {
  private static final String MAY_BE_SLOW =
      "; the JIT may give up on its largest functions (index: bytes of bytecode)";

  private static final String IS_SLOW =
      "; its largest functions (index: bytes of bytecode) are interpreted, some ten times as slowly:"
          + " start the JVM with -XX:-DontCompileHugeMethods";

  private static final Logger LOG = LoggerFactory.getLogger(ModuleShelf.class);

  /** Makes modules. */
  interface Compiler {
    GuestModule compile(byte[] bytes, ModuleOptions options) throws ModuleRefused;
  }

  private final ModuleNames names;
  private final Compiler compiler;
  private final LongSupplier nanoTime;
  private final Map<String, ModuleEntry> entries = new ConcurrentHashMap<>();
  private volatile ModulePolicies policies;

  ModuleShelf(
      ModuleNames names, ModulePolicies policies, Compiler compiler, LongSupplier nanoTime) {
    this.names = names;
    this.policies = policies;
    this.compiler = compiler;
    this.nanoTime = nanoTime;
  }

  /** From now on goes by others: modules whose options are changed are compiled when asked for. */
  void policies(ModulePolicies changed) {
    policies = changed;
  }

  ModulePolicy policy(String name) {
    return policies.of(name);
  }

  /** What a name stands for; null if that takes {@link #refresh} to know. */
  @Nullable ModuleEntry current(String name) {
    ModuleEntry entry = entries.get(name);
    if (entry == null || !entry.options().equals(policy(name).options())) {
      return null;
    }
    // Where there is a module, it is served meanwhile: nobody waits for the next attempt.
    return entry.compiled() == null && isDue(entry) ? null : entry;
  }

  private boolean isDue(ModuleEntry entry) {
    return entry.pause() != null && entry.pause().isOver(nanoTime.getAsLong());
  }

  /** The digest of the module that a name stands for; null if there is none. */
  @Nullable String digest(String name) {
    return served(name).map(GuestModule::digest).orElse(null);
  }

  /** The module that a name stands for, if there is one. */
  Optional<GuestModule> served(String name) {
    return Optional.ofNullable(entries.get(name)).map(ModuleEntry::module);
  }

  /** What is known of each, by name. */
  List<ModuleLook> looks() {
    return entries.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getValue().look(entry.getKey()))
        .toList();
  }

  /** How many of the modules that are served now had to be stopped often. */
  int checkedModules() {
    int checked = 0;
    for (ModuleEntry entry : entries.values()) {
      GuestModule module = entry.module();
      if (module != null && module.isChecked()) {
        checked++;
      }
    }
    return checked;
  }

  /**
   * Examines a file if it isn't what it was, or its options aren't, and lets it have its name if it
   * is let in.
   *
   * @return what the name stands for now; null if there is no such file
   */
  @Nullable ModuleEntry refresh(String name) throws IOException {
    try {
      // One thread compiles a name; the others wait for it, and find it done.
      return entries.compute(
          name,
          (key, known) -> {
            try {
              FileStamp stamp = names.stamp(name);
              return stamp == null ? null : refresh(name, stamp, known);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private ModuleEntry refresh(String name, FileStamp stamp, @Nullable ModuleEntry known)
      throws IOException {
    ModuleOptions options = policy(name).options();
    boolean isKnown =
        known != null
            && stamp.equals(known.stamp())
            && known.options().equals(options)
            && !isDue(known);
    return known != null && isKnown ? known : examine(name, stamp, options, known);
  }

  private ModuleEntry examine(
      String name, FileStamp stamp, ModuleOptions options, @Nullable ModuleEntry known)
      throws IOException {
    Compiled before = known == null ? null : known.compiled();
    String digest = null;
    try {
      byte[] bytes = read(name, options);
      digest = GuestModule.digest(bytes);
      if (before != null
          && before.module().digest().equals(digest)
          && before.options().equals(options)) {
        LOG.atDebug().addKeyValue("module", name).log("written anew, but the same");
        return new ModuleEntry(stamp, digest, options, before, null, null);
      }
      if (known != null && known.isDecided(digest, options)) {
        return known.withStamp(stamp);
      }
      long start = System.nanoTime();
      GuestModule module = compiler.compile(bytes, options);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      compiled(name, module, millis, before == null ? "module compiled" : "module replaced");
      return new ModuleEntry(stamp, digest, options, new Compiled(module, options), null, null);
    } catch (ModuleRefused e) {
      Refusal refusal = refusal(name, e, before);
      if (e.lack() == Lack.NONE) {
        return new ModuleEntry(stamp, digest, options, before, refusal, null);
      }
      Pause last = known != null && stamp.equals(known.stamp()) ? known.pause() : null;
      return new ModuleEntry(
          stamp, null, options, before, refusal, Pause.after(last, nanoTime.getAsLong()));
    }
  }

  private static void compiled(String name, GuestModule module, long millis, String what) {
    LoggingEventBuilder line =
        LOG.atInfo()
            .addKeyValue("module", name)
            .addKeyValue("digest", module.digest())
            .addKeyValue("millis", millis);
    List<LargeFunction> large = module.largeFunctions();
    if (large.isEmpty()) {
      line.log(what);
    } else {
      line.addKeyValue("largeFunctions", LargeFunction.describe(large))
          .log("{}{}", what, LargeFunction.areCompiled() ? MAY_BE_SLOW : IS_SLOW);
    }
  }

  private byte[] read(String name, ModuleOptions options) throws IOException, ModuleRefused {
    try {
      return names.read(name, options.limits().moduleBytes());
    } catch (OutOfMemoryError e) {
      throw new ModuleRefused("can't be read: " + e, Lack.MEMORY);
    }
  }

  /** Logs why a file is refused; its name stays with whatever has it. Null if something has. */
  private static @Nullable Refusal refusal(
      String name, ModuleRefused refused, @Nullable Compiled before) {
    String why = String.valueOf(refused.getMessage());
    String again = refused.lack() == Lack.NONE ? "" : "; it will be tried again";
    if (before != null) {
      LOG.atWarn()
          .addKeyValue("module", name)
          .addKeyValue("digest", before.module().digest())
          .log("module {} {}; the one that it was to replace is served on{}", name, why, again);
      return null;
    }
    LOG.atWarn().addKeyValue("module", name).log("module {} {}{}", name, why, again);
    return new Refusal(
        refused.lack() == Lack.MEMORY ? ErrorCode.SERVER_OVERLOADED : ErrorCode.MODULE_REFUSED,
        why);
  }

  /** What is served while a newer file waits to be tried again, and needn't wait any longer. */
  List<String> due() {
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().compiled() != null && isDue(entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** A file could not be examined: what has its name is served on, and it is tried again. */
  void postpone(String name) {
    entries.computeIfPresent(name, (key, known) -> known.postponed(nanoTime.getAsLong()));
  }

  /**
   * From now on takes no file for what it was, however it looks: each is read when it is next
   * refreshed. Waits for what is being compiled.
   *
   * @return the names of all
   */
  List<String> mistrust() {
    entries.replaceAll((name, entry) -> entry.withStamp(null));
    return List.copyOf(entries.keySet());
  }

  /** Takes a name away; false if it stood for nothing. */
  boolean remove(String name) {
    return entries.remove(name) != null;
  }
}
