package dev.mooring.module;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules of one directory: {@code counter} is {@code counter.wasm}. A module is compiled when
 * it is first asked for, on a compile thread, and kept; whether its file has changed is looked up
 * at most once a second. Sessions keep the module that they opened.
 *
 * <p>Any thread.
 */
public final class ModuleDirectory implements ModuleSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleDirectory.class);
  private static final String SUFFIX = ".wasm";
  private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How many finds may wait for a compile thread; more are refused. */
  private static final int MAX_WAITING = 10_000;

  private static final long COMPILE_STACK_BYTES = 16L << 20;

  private final Path directory;
  private final ModulePolicy policy;
  private final Map<String, ModulePolicy> policies;
  private final GuestRuntime runtime;
  private final ThreadPoolExecutor compilers;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /**
   * What a file held when it was last looked at.
   *
   * @param module null if the file was refused
   * @param refusal null if it was not
   */
  private record Entry(
      FileTime modified,
      long sizeBytes,
      @Nullable Object fileKey,
      @Nullable GuestModule module,
      @Nullable Problem refusal,
      long checkedNanos) {
    boolean isSameFile(BasicFileAttributes file) {
      return modified.equals(file.lastModifiedTime())
          && sizeBytes == file.size()
          && java.util.Objects.equals(fileKey, file.fileKey());
    }

    Entry checkedAt(long nanos) {
      return new Entry(modified, sizeBytes, fileKey, module, refusal, nanos);
    }
  }

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
    this.directory = directory;
    this.policy = policy;
    this.policies = Map.copyOf(policies);
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
    if (name != null && entry != null && System.nanoTime() - entry.checkedNanos() < RECHECK_NANOS) {
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
        Entry entry = refresh(name);
        if (entry == null) {
          answer.notFound(notFound("there is no module '" + name + "'; " + offer()));
        } else {
          answer(name, reference, entry, answer);
        }
      } else {
        loadByDigest(reference, answer);
      }
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("module", reference).log("can't be read: {}", e.toString());
      answer.notFound(
          new Problem(ErrorCode.MODULE_NOT_FOUND, "the server can't read module " + reference));
    }
  }

  private void loadByDigest(Reference reference, Answer answer) throws IOException {
    for (String name : names()) {
      Entry entry = refresh(name);
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
    List<String> names = names();
    int shown = Math.min(names.size(), 20);
    return names.isEmpty()
        ? "this server has none"
        : "this server has " + String.join(", ", names.subList(0, shown));
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

  /** Looks at a file again, and compiles it if it has changed; null if it isn't there. */
  private @Nullable Entry refresh(String name) throws IOException {
    Path file = directory.resolve(name + SUFFIX);
    if (!Files.isRegularFile(file)) {
      entries.remove(name);
      return null;
    }
    // One thread compiles a name; the others wait for it, and find it done.
    return entries.compute(
        name,
        (key, known) -> {
          try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return known != null && known.isSameFile(attributes)
                ? known.checkedAt(System.nanoTime())
                : compile(name, file, attributes);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  private Entry compile(String name, Path file, BasicFileAttributes attributes) throws IOException {
    GuestModule module = null;
    Problem refusal = null;
    ModuleOptions options = policy(name).options();
    if (attributes.size() > options.limits().moduleBytes()) {
      refusal =
          refused(
              name,
              "has "
                  + attributes.size()
                  + " bytes; a module may have at most "
                  + options.limits().moduleBytes());
    } else {
      try {
        long start = System.nanoTime();
        module = GuestModule.compile(Files.readAllBytes(file), options, runtime);
        LOG.atInfo()
            .addKeyValue("module", name)
            .addKeyValue("digest", module.digest())
            .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
            .log("module compiled");
      } catch (ModuleRefused e) {
        refusal = refused(name, String.valueOf(e.getMessage()));
      }
    }
    if (refusal != null) {
      LOG.atWarn().addKeyValue("module", name).log(refusal.message());
    }
    return new Entry(
        attributes.lastModifiedTime(),
        attributes.size(),
        attributes.fileKey(),
        module,
        refusal,
        System.nanoTime());
  }

  private ModulePolicy policy(String name) {
    return policies.getOrDefault(name, policy);
  }

  private static Problem refused(String name, String why) {
    return new Problem(ErrorCode.MODULE_REFUSED, "module " + name + " " + why);
  }

  /** The names of the directory's modules, in order. */
  public List<String> names() throws IOException {
    var names = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        name = name.substring(0, name.length() - SUFFIX.length());
        if (Reference.isName(name)) {
          names.add(name);
        }
      }
    }
    Collections.sort(names);
    return names;
  }

  @Override
  public void close() {
    compilers.shutdownNow();
  }
}
