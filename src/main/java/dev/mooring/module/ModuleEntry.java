package dev.mooring.module;

import dev.mooring.file.FileStamp;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a name stands for, and what became of its file when that was last examined.
 *
 * @param stamp the file's, then; null if its bytes are to be looked at, whatever they were
 * @param digest of its bytes; null if they weren't read, or nothing was decided
 * @param options by which it was examined
 * @param compiled the last that was let in, of this file or of one before it; null if there was
 *     none
 * @param refusal why there is none; null if there is one
 * @param pause when to examine the file again, though it has not changed; null if never
 */
record ModuleEntry(
    @Nullable FileStamp stamp,
    @Nullable String digest,
    ModuleOptions options,
    @Nullable Compiled compiled,
    @Nullable Refusal refusal,
    @Nullable Pause pause) {

  /** A module, and the options that it was compiled by. */
  record Compiled(GuestModule module, ModuleOptions options) {}

  /**
   * Why there is no module.
   *
   * @param why what is wrong with it, to be put behind what it is called
   */
  record Refusal(ErrorCode code, String why) {
    /** What a client is told: of the module as it called it, and of no other name. */
    Problem of(Reference reference) {
      return new Problem(
          code,
          code == ErrorCode.SERVER_OVERLOADED
              ? "the server has no memory left to load module " + reference + "; try again later"
              : "module " + reference + " " + why);
    }
  }

  /** What can be said of it. */
  ModuleLook look(String name) {
    GuestModule module = module();
    if (module == null) {
      String why = refusal == null ? null : refusal.why();
      return new ModuleLook(name, null, why, 0, 0, false, false, List.of(), List.of());
    }
    return new ModuleLook(
        name,
        module.digest(),
        null,
        module.bytes().length,
        module.initialMemoryBytes(),
        module.preinitialised(),
        module.isChecked(),
        module.exports().stream().map(ExportedFunction::signature).toList(),
        module.largeFunctions().stream()
            .map(large -> large.index() + ": " + large.bytecodeBytes())
            .toList());
  }

  /**
   * A time in which nothing is tried again.
   *
   * @param untilNanos its end, on the clock of {@link System#nanoTime}
   * @param millis how long it is
   */
  record Pause(long untilNanos, int millis) {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** The first one is short. */
    static final int FIRST_MILLIS = 1_000;

    /** Each is twice as long as the one before it, up to this. */
    static final int LONGEST_MILLIS = 60_000;

    /** The one that follows another, or the first. */
    static Pause after(@Nullable Pause before, long nowNanos) {
      int millis = before == null ? FIRST_MILLIS : Math.min(2 * before.millis, LONGEST_MILLIS);
      return new Pause(nowNanos + millis * NANOS_PER_MILLI, millis);
    }

    boolean isOver(long nowNanos) {
      return nowNanos - untilNanos >= 0;
    }
  }

  /** What sessions are given; null if there is none. */
  @Nullable GuestModule module() {
    return compiled == null ? null : compiled.module();
  }

  /** Whether these bytes were examined by these options, and it was decided about them. */
  boolean isDecided(String otherDigest, ModuleOptions otherOptions) {
    return otherDigest.equals(digest) && otherOptions.equals(options);
  }

  /** The same, but for a file that was written anew. */
  ModuleEntry withStamp(@Nullable FileStamp changed) {
    return new ModuleEntry(changed, digest, options, compiled, refusal, pause);
  }

  /** The same, but that nothing is decided: the file is examined again after a pause. */
  ModuleEntry postponed(long nowNanos) {
    return new ModuleEntry(stamp, null, options, compiled, refusal, Pause.after(pause, nowNanos));
  }
}
