package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import dev.mooring.guest.intake.ModuleSummary.DataSegment;
import dev.mooring.guest.intake.ModuleSummary.ElementSegment;
import dev.mooring.guest.intake.ModuleSummary.SegmentMode;

/** Reads the element and data sections. */
final class SegmentReader extends SectionReader {
  SegmentReader(
      WasmReader reader, ConstantExpression expression, ModuleDraft draft, IntakeLimits limits) {
    super(reader, expression, draft, limits);
  }

  void readElements() {
    int count =
        reader.count(
            "element segments", limits.elementSegments(), Reason.TOO_MANY_ELEMENT_SEGMENTS);
    for (int i = 0; i < count; i++) {
      element();
    }
  }

  /**
   * One segment. Its first integer is three flags: bit 0 says that it is not active, bit 1 that a
   * table or type is given (or, if not active, that it is declarative), bit 2 that its entries are
   * expressions.
   */
  private void element() {
    int start = reader.position();
    long flags = reader.u32();
    if (flags > 7) {
      throw WasmReader.malformed(start, "has an element segment of the unknown kind " + flags);
    }
    boolean active = (flags & 1) == 0;
    boolean second = (flags & 2) != 0;
    boolean expressions = (flags & 4) != 0;
    int table = 0;
    int offset = 0;
    if (active) {
      int at = reader.position();
      table = second ? reader.index("table", draft.tables.size()) : 0;
      if (draft.tables.isEmpty()) {
        throw WasmReader.invalid(at, "has an element segment for a table, but no table");
      }
      offset = (int) expression.read(ValueType.I32);
    }
    ValueType type = ValueType.FUNCREF;
    if (!active || second) {
      type = expressions ? types.referenceType() : elementKind();
    }
    if (active && draft.tables.get(table).type() != type) {
      throw WasmReader.invalid(
          start,
          "type mismatch: puts " + type + " into a table of " + draft.tables.get(table).type());
    }
    SegmentMode mode =
        active ? SegmentMode.ACTIVE : second ? SegmentMode.DECLARATIVE : SegmentMode.PASSIVE;
    int[] references = references(type, expressions);
    draft.elements.add(new ElementSegment(mode, type, table, offset, references));
  }

  private int[] references(ValueType type, boolean expressions) {
    int start = reader.position();
    long count = reader.u32();
    draft.elementEntries += count;
    WasmReader.atMost(
        "entries in element segments",
        draft.elementEntries,
        limits.elementEntries(),
        Reason.TOO_MANY_ELEMENT_ENTRIES,
        start);
    // Each has a byte at least: what claims more than there are is found out before it is stored.
    int[] references = new int[(int) Math.min(count, reader.remaining())];
    for (int i = 0; i < count; i++) {
      if (expressions) {
        references[i] = (int) expression.read(type);
      } else {
        references[i] = reader.index("function", draft.functions.size());
        draft.referable.set(references[i]);
      }
    }
    return references;
  }

  private ValueType elementKind() {
    int start = reader.position();
    int kind = reader.u8();
    if (kind != 0) {
      throw WasmReader.malformed(start, "has elements of the unknown kind " + kind);
    }
    return ValueType.FUNCREF;
  }

  void readData() {
    int start = reader.position();
    int count = reader.count("data segments", limits.dataSegments(), Reason.TOO_MANY_DATA_SEGMENTS);
    if (draft.declaredData != ModuleDraft.NO_DATA_COUNT && draft.declaredData != count) {
      throw WasmReader.invalid(
          start, "declares " + draft.declaredData + " data segments, but has " + count);
    }
    for (int i = 0; i < count; i++) {
      data();
    }
  }

  private void data() {
    int start = reader.position();
    long kind = reader.u32();
    if (kind > 2) {
      throw WasmReader.malformed(start, "has a data segment of the unknown kind " + kind);
    }
    boolean active = kind != 1;
    int offset = 0;
    if (active) {
      if (kind == 2 && reader.u32() != 0) {
        throw Proposals.multiMemory(start, "a data segment for a memory other than 0");
      }
      if (draft.memory == null) {
        throw WasmReader.invalid(start, "has a data segment for its memory, but no memory");
      }
      offset = (int) expression.read(ValueType.I32);
    }
    long size = reader.u32();
    draft.dataBytes += size;
    WasmReader.atMost(
        "bytes of data", draft.dataBytes, limits.dataBytes(), Reason.TOO_MANY_DATA_BYTES, start);
    int from = reader.position();
    reader.skip(size, "data segment");
    SegmentMode mode = active ? SegmentMode.ACTIVE : SegmentMode.PASSIVE;
    draft.data.add(new DataSegment(mode, offset, from, (int) size));
  }
}
