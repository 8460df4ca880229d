package dev.mooring.guest;

import dev.mooring.guest.intake.ModuleSummary;
import java.util.stream.IntStream;

/**
 * Which of a module's globals, tables and segments any instruction of it can change. What nothing
 * changes is the image's for good: it is shared, and never loaded.
 *
 * <p>Memory isn't here: whoever has memory changes it, and what it doesn't change costs nothing.
 *
 * @param globals indices of the globals that some {@code global.set} names, in order
 * @param tables whether each table is named by an instruction that writes
 * @param segments whether some segment can be dropped
 */
@SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
public record MutableParts(int[] globals, boolean[] tables, boolean segments) {
  static MutableParts of(ModuleSummary summary) {
    int[] globals =
        IntStream.range(0, summary.globals().size())
            .filter(i -> summary.globals().get(i).written())
            .toArray();
    var tables = new boolean[summary.tables().size()];
    for (int i = 0; i < tables.length; i++) {
      tables[i] = summary.tables().get(i).written();
    }
    return new MutableParts(globals, tables, summary.code().segmentDrop());
  }
}
