package dev.mooring.guest;

import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.util.Arrays;

/**
 * Whether a state that came from anywhere is one that a module's own code could have left, as far
 * as that matters: nothing restored may let a guest do what it couldn't have done by itself.
 *
 * <p>Looks only, and allocates nothing that lasts: what is refused here has cost no budget.
 */
final class StateFit {
  private static final long LOW_HALF = 0xFFFF_FFFFL;

  private final GuestModule module;
  private final SessionState state;
  private final ModuleSummary summary;
  private final StoreImage image;
  private final MutableParts mutable;

  private StateFit(GuestModule module, SessionState state) {
    this.module = module;
    this.state = state;
    this.summary = module.summary();
    this.image = module.image();
    this.mutable = module.declared().mutable();
  }

  /**
   * Refuses what doesn't fit.
   *
   * @param limitPages how far the memory may grow, in pages of 64 KiB
   */
  static void check(GuestModule module, SessionState state, int limitPages) throws StateException {
    var fit = new StateFit(module, state);
    fit.checkDigests();
    fit.checkMemory(limitPages);
    for (int i = 0; i < state.globalCount(); i++) {
      fit.checkGlobal(state.globalIndex(i), state.globalBits(i));
    }
    for (int i = 0; i < state.tableCount(); i++) {
      fit.checkTable(state.tableIndex(i), state.tableEntries(i));
    }
    fit.checkTablesTogether();
    fit.checkSegments(state.droppedSegments());
  }

  /** A global's bits as states have them: what has 32 bits has zeroes above. */
  static long stateBits(GuestModule module, int global, long value) {
    return isWide(module.summary().globals().get(global).type()) ? value : value & LOW_HALF;
  }

  /** A global's value as generated code has it. */
  static long value(GuestModule module, int global, long stateBits) {
    return isWide(module.summary().globals().get(global).type()) ? stateBits : (int) stateBits;
  }

  private static boolean isWide(ValueType type) {
    return type == ValueType.I64 || type == ValueType.F64;
  }

  private void checkDigests() throws StateException {
    if (!state.moduleDigest().equals(module.digest())) {
      throw new StateException(
          "a state of the module %s, expected one of %s"
              .formatted(state.moduleDigest(), module.digest()));
    }
    if (!state.imageDigest().equals(module.imageDigest())) {
      throw new StateException(
          ("a difference from the image %s, but the module's image is %s here: its initialisation"
                  + " came out otherwise")
              .formatted(state.imageDigest(), module.imageDigest()));
    }
  }

  private void checkMemory(int limitPages) throws StateException {
    int pages = state.memoryPages();
    int imagePages = image.memory().sizePages();
    if (pages < imagePages) {
      throw new StateException(
          "memory of %d pages of 64 KiB, expected %d or more".formatted(pages, imagePages));
    }
    if (pages > imagePages && !summary.code().memoryGrow()) {
      throw new StateException(
          "memory of %d pages of 64 KiB, but it can't grow from %d".formatted(pages, imagePages));
    }
    if (pages > limitPages) {
      throw new StateException(
          "memory of %d pages of 64 KiB, at most %d".formatted(pages, limitPages));
    }
  }

  private void checkGlobal(int global, long bits) throws StateException {
    if (global >= image.globals().length) {
      throw new StateException(
          "global %d, but the module has %d".formatted(global, image.globals().length));
    }
    if (Arrays.binarySearch(mutable.globals(), global) < 0) {
      throw new StateException("global " + global + ", which nothing in the module changes");
    }
    ValueType type = summary.globals().get(global).type();
    if (!isWide(type) && (bits & ~LOW_HALF) != 0) {
      throw new StateException("global %d is %#x, which is no %s".formatted(global, bits, type));
    }
    if (type.isReference()) {
      checkReference("global " + global, type, (int) bits);
    }
  }

  private void checkTable(int table, int[] entries) throws StateException {
    if (table >= image.tables().length) {
      throw new StateException(
          "table %d, but the module has %d".formatted(table, image.tables().length));
    }
    if (!mutable.tables()[table]) {
      throw new StateException("table " + table + ", which nothing in the module changes");
    }
    ModuleSummary.Table declared = summary.tables().get(table);
    int least = image.tables()[table].length;
    long most = Math.max(least, declared.maximum());
    if (entries.length < least || entries.length > most) {
      throw new StateException(
          "table %d has %d entries, expected %d to %d"
              .formatted(table, entries.length, least, most));
    }
    for (int entry : entries) {
      checkReference("an entry of table " + table, declared.type(), entry);
    }
  }

  private void checkTablesTogether() throws StateException {
    long least = 0;
    for (int[] entries : image.tables()) {
      least += entries.length;
    }
    long sum = least;
    for (int i = 0; i < state.tableCount(); i++) {
      sum += state.tableEntries(i).length - image.tables()[state.tableIndex(i)].length;
    }
    long most = Math.max(least, module.maxTableEntries());
    if (sum > most) {
      throw new StateException("tables of %d entries together, at most %d".formatted(sum, most));
    }
  }

  /** No guest is ever given something of the host's to hold: such a reference is null. */
  private void checkReference(String what, ValueType type, int reference) throws StateException {
    if (reference == ValueType.NULL_REFERENCE) {
      return;
    }
    int functions =
        type == ValueType.FUNCREF ? summary.imports().size() + summary.code().functions() : 0;
    if (reference < 0 || reference >= functions) {
      throw new StateException(
          "%s is %d, expected null or a %s below %d".formatted(what, reference, type, functions));
    }
  }

  private void checkSegments(long[] words) throws StateException {
    if (words.length == 0) {
      return;
    }
    long[] dropped = image.droppedSegments();
    if (!mutable.segments()) {
      throw new StateException("dropped segments, but nothing in the module drops one");
    }
    if (words.length != dropped.length) {
      throw new StateException(
          "%d words of segment bits, expected %d".formatted(words.length, dropped.length));
    }
    int segments = module.declared().data().length + module.declared().elements().length;
    for (int i = 0; i < words.length; i++) {
      long beyond = segments >= (i + 1) * Long.SIZE ? 0 : -1L << segments;
      if ((words[i] & beyond) != 0) {
        throw new StateException(
            "a segment was dropped that isn't there: the module has " + segments);
      }
      if ((dropped[i] & ~words[i]) != 0) {
        throw new StateException("a segment is there again that the module's image has dropped");
      }
    }
  }
}
