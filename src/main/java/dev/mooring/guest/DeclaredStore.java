package dev.mooring.guest;

import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.ModuleSummary.DataSegment;
import dev.mooring.guest.intake.ModuleSummary.ElementSegment;
import dev.mooring.guest.intake.ModuleSummary.SegmentMode;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.MemoryImage;
import dev.mooring.guest.memory.Segments;
import java.util.Arrays;
import java.util.List;

/**
 * The store that a module declares, before any of its code has run: what intake has evaluated, with
 * the active segments copied into it.
 *
 * <p>Compile thread.
 *
 * @param image the state
 * @param mutable what of the state the module's code can change
 * @param data the data segments' bytes; none of those that are dropped from the start
 * @param elements the element segments' references, as tables hold them; none of those that are
 *     dropped from the start
 */
@SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
record DeclaredStore(StoreImage image, MutableParts mutable, byte[][] data, int[][] elements) {
  private static final byte[] NO_DATA = {};
  private static final int[] NO_ELEMENTS = {};

  /**
   * Builds what a module declares.
   *
   * @param module the bytes that the summary is of
   * @throws ModuleRefused if an active segment doesn't fit, or memory is larger than any here
   */
  static DeclaredStore of(ModuleSummary summary, byte[] module) throws ModuleRefused {
    List<DataSegment> dataSegments = summary.dataSegments();
    List<ElementSegment> elementSegments = summary.elementSegments();
    int[][] tables = tables(summary);
    MemoryImage memory = memory(summary, module);
    long[] globals = summary.globals().stream().mapToLong(ModuleSummary.Global::initial).toArray();
    byte[][] data = new byte[dataSegments.size()][];
    int[][] elements = new int[elementSegments.size()][];
    long[] dropped = Segments.noneDropped(data.length + elements.length);
    for (int i = 0; i < data.length; i++) {
      DataSegment segment = dataSegments.get(i);
      if (segment.mode() == SegmentMode.PASSIVE) {
        data[i] = Arrays.copyOfRange(module, segment.start(), segment.start() + segment.length());
      } else {
        data[i] = NO_DATA;
        Segments.drop(dropped, i);
      }
    }
    for (int i = 0; i < elements.length; i++) {
      ElementSegment segment = elementSegments.get(i);
      if (segment.mode() == SegmentMode.PASSIVE) {
        elements[i] = segment.references();
      } else {
        elements[i] = NO_ELEMENTS;
        Segments.drop(dropped, data.length + i);
      }
    }
    var image = new StoreImage(memory, globals, tables, dropped);
    return new DeclaredStore(image, MutableParts.of(summary), data, elements);
  }

  private static int[][] tables(ModuleSummary summary) throws ModuleRefused {
    int[][] tables = new int[summary.tables().size()][];
    for (int i = 0; i < tables.length; i++) {
      ModuleSummary.Table table = summary.tables().get(i);
      tables[i] = new int[table.initial()];
      Arrays.fill(tables[i], table.reference());
    }
    for (ElementSegment segment : summary.elementSegments()) {
      if (segment.mode() == SegmentMode.ACTIVE) {
        int[] table = tables[segment.table()];
        int[] references = segment.references();
        if (!isWithin(segment.offset(), references.length, table.length)) {
          throw cannotInstantiate("out of bounds table access");
        }
        System.arraycopy(references, 0, table, segment.offset(), references.length);
      }
    }
    return tables;
  }

  private static MemoryImage memory(ModuleSummary summary, byte[] module) throws ModuleRefused {
    ModuleSummary.Memory declared = summary.memory();
    int sizePages = declared == null ? 0 : declared.initialPages();
    if (sizePages > GuestMemory.MAX_PAGES) {
      throw cannotInstantiate(
          "memory of %d pages of 64 KiB, at most %d".formatted(sizePages, GuestMemory.MAX_PAGES));
    }
    var memory = new MemoryImage.Builder(sizePages);
    for (DataSegment segment : summary.dataSegments()) {
      if (segment.mode() == SegmentMode.ACTIVE) {
        int sizeBytes = sizePages * GuestMemory.PAGE_SIZE;
        if (!isWithin(segment.offset(), segment.length(), sizeBytes)) {
          throw cannotInstantiate(
              "out of bounds memory access: attempted to access address: "
                  + segment.offset()
                  + " but limit is: "
                  + sizeBytes
                  + " and size: "
                  + segment.length());
        }
        memory.write(segment.offset(), module, segment.start(), segment.length());
      }
    }
    return memory.build();
  }

  private static boolean isWithin(int offset, int length, int size) {
    return Integer.toUnsignedLong(offset) + length <= size;
  }

  private static ModuleRefused cannotInstantiate(String why) {
    return new ModuleRefused("can't be instantiated: " + why);
  }
}
