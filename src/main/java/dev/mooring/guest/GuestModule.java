package dev.mooring.guest;

import static java.util.Objects.requireNonNull;

import dev.mooring.digest.Sha256;
import dev.mooring.guest.compile.CompiledModule;
import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.guest.compile.LargeFunction;
import dev.mooring.guest.intake.FunctionNames;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.memory.GuestMemory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A module that was let in, compiled and, where that is possible, initialised: immutable, shared by
 * all its sessions on all event loops.
 */
public final class GuestModule {
  private final byte[] bytes;
  private final String digest;
  private final ModuleSummary summary;
  private final Exports exports;
  private final CompiledModule compiled;
  private final DeclaredStore declared;
  private final StoreImage image;
  private final boolean preinitialised;
  private final Door[] doors;
  private final CompiledFunction[] opening;
  private final int maxTableEntries;

  /** Of which image its own is a difference; null if it is what the module declares. */
  private final @Nullable GuestModule base;

  /** Null until it is asked for, which takes a while. */
  private volatile @Nullable String imageDigest;

  GuestModule(
      byte[] bytes,
      String digest,
      ModuleSummary summary,
      Exports exports,
      CompiledModule compiled,
      DeclaredStore declared,
      StoreImage image,
      boolean preinitialised,
      int maxTableEntries,
      @Nullable GuestModule base) {
    this.bytes = bytes;
    this.digest = digest;
    this.summary = summary;
    this.exports = exports;
    this.compiled = compiled;
    this.declared = declared;
    this.image = image;
    this.preinitialised = preinitialised;
    this.maxTableEntries = maxTableEntries;
    this.base = base;
    this.doors =
        exports.all().stream()
            .map(function -> exports.door(function, compiled))
            .toArray(Door[]::new);
    this.opening = opening(exports, compiled, preinitialised);
  }

  /** The same, initialised once for all sessions, which leaves it so. */
  GuestModule preinitialised(StoreImage initialised) {
    return new GuestModule(
        bytes,
        digest,
        summary,
        exports,
        compiled,
        declared,
        initialised,
        true,
        maxTableEntries,
        this);
  }

  /**
   * A script that this module runs.
   *
   * @param scriptExports the names of what it exports
   * @param scriptImage in which its top level has run, if it is preinitialised
   */
  GuestModule script(
      byte[] script,
      String scriptDigest,
      List<String> scriptExports,
      StoreImage scriptImage,
      boolean isPreinitialised) {
    return new GuestModule(
        script,
        scriptDigest,
        summary,
        exports.ofScript(scriptExports),
        compiled,
        declared,
        scriptImage,
        isPreinitialised,
        maxTableEntries,
        this);
  }

  /** What its initialisation runs; nothing if it has none. */
  List<CompiledFunction> initialisation() {
    return exports.initialisation(compiled);
  }

  /** A function that the server calls. */
  CompiledFunction hook(String name) {
    return compiled.function(requireNonNull(exports.hook(name), name).functionIndex());
  }

  /**
   * Lets a module or a script in, compiles it, and initialises it; may take seconds. On a compile
   * thread, which needs some MiB of stack.
   *
   * @param bytes WebAssembly, or {@link ScriptFiles}
   * @throws ModuleRefused if it is no module, or not one that may run here; or if there is no
   *     memory for it now
   */
  public static GuestModule compile(byte[] bytes, ModuleOptions options, GuestRuntime runtime)
      throws ModuleRefused {
    return compile(bytes, options, runtime, InterruptionCheck.SWITCH);
  }

  /** As above, with another check than a server's: its calls may not be stoppable. */
  public static GuestModule compile(
      byte[] bytes, ModuleOptions options, GuestRuntime runtime, InterruptionCheck check)
      throws ModuleRefused {
    return ScriptFiles.isScript(bytes)
        ? ScriptLoader.load(bytes, options, runtime)
        : ModuleLoader.load(bytes, options, runtime, check);
  }

  private static CompiledFunction[] opening(
      Exports exports, CompiledModule compiled, boolean preinitialised) {
    var opening = new ArrayList<CompiledFunction>();
    if (!preinitialised) {
      opening.addAll(exports.initialisation(compiled));
    }
    ExportedFunction hook = exports.hook(Exports.OPEN);
    if (hook != null) {
      opening.add(compiled.function(hook.functionIndex()));
    }
    return opening.toArray(new CompiledFunction[0]);
  }

  /** {@code sha256:} and 64 hexadecimal digits: what these bytes are called. */
  public static String digest(byte[] bytes) {
    return "sha256:" + HexFormat.of().formatHex(Sha256.of(bytes));
  }

  public String digest() {
    return digest;
  }

  /** What it was made of: for whoever keeps it beyond its file. Nobody writes to them. */
  public byte[] bytes() {
    return bytes;
  }

  /** The functions that clients may call, in the order of their indices. */
  public List<ExportedFunction> exports() {
    return exports.callable();
  }

  public @Nullable ExportedFunction export(String name) {
    return exports.callable(name);
  }

  /** The keys that the module says it knows, with what it says of them; null if it doesn't say. */
  public @Nullable Map<String, String> configKeys() {
    return summary.configKeys();
  }

  /** Called before a session ends. */
  public @Nullable ExportedFunction closeHook() {
    return exports.hook(Exports.CLOSE);
  }

  /** Called with a timer's id when it is due. */
  public @Nullable ExportedFunction timerHook() {
    return exports.hook(Exports.TIMER);
  }

  /** What a space's memory begins with, in bytes. */
  public long initialMemoryBytes() {
    return (long) image.memory().sizePages() << 16;
  }

  /**
   * Whether its initialisation ran once, for all sessions. If not, it asked for what differs from
   * session to session, or sent something, and runs whenever a session opens.
   */
  public boolean preinitialised() {
    return preinitialised;
  }

  /** Whether its calls were stopped so often that all of them are checked, at some cost. */
  public boolean isChecked() {
    return compiled.stopSwitch().isChecked();
  }

  /**
   * Functions that the JVM may not compile, or that it may give up on; the largest first. A script
   * has none of its own.
   */
  public List<LargeFunction> largeFunctions() {
    return ScriptFiles.isScript(bytes) ? List.of() : compiled.largeFunctions();
  }

  CompiledModule compiled() {
    return compiled;
  }

  DeclaredStore declared() {
    return declared;
  }

  StoreImage image() {
    return image;
  }

  /** {@code sha256:} and 64 hexadecimal digits: what its image is called. */
  public String imageDigest() {
    String known = imageDigest;
    if (known == null) {
      known = ImageDigest.of(image);
      imageDigest = known;
    }
    return known;
  }

  /** The one of which image its own is a difference; it is its own if that is what it declares. */
  GuestModule base() {
    return base == null ? this : base;
  }

  /** What its functions are called, or its engine's. Reads all of its bytes. */
  FunctionNames functionNames() {
    GuestModule engine = engine();
    return FunctionNames.of((engine == null ? this : engine).bytes, summary);
  }

  /** Its code, or its engine's. */
  CompiledModule code() {
    return compiled;
  }

  /** What a script runs in; null if it is none. */
  @Nullable GuestModule engine() {
    return ScriptFiles.isScript(bytes) ? base : null;
  }

  /** The names of what a script exports, in the order of their indices. */
  List<String> scriptExports() {
    return exports().stream().map(ExportedFunction::name).toList();
  }

  ModuleSummary summary() {
    return summary;
  }

  @SuppressWarnings("ReferenceEquality") // The usual case, at the least cost.
  Door door(ExportedFunction function) {
    int index = function.index();
    ExportedFunction known = index < doors.length ? exports.all().get(index) : null;
    if (known != function && !function.equals(known)) {
      throw new IllegalArgumentException(function.signature() + " is another module's");
    }
    return doors[index];
  }

  /** What runs when a space opens. */
  CompiledFunction[] opening() {
    return opening;
  }

  /**
   * How far a space's memory may grow, in pages of 64 KiB.
   *
   * @param allowedPages as far as others than the module are concerned
   */
  int memoryLimitPages(long allowedPages) {
    ModuleSummary.Memory memory = summary.memory();
    int declared = memory == null ? 0 : Math.min(memory.maximumPages(), GuestMemory.MAX_PAGES);
    return (int) Math.max(Math.min(allowedPages, declared), image.memory().sizePages());
  }

  int maxTableEntries() {
    return maxTableEntries;
  }
}
