package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleDraft.TableType;

/** Those instructions that name a table; used by {@link CodeScanner}. */
final class TableInstructions {
  private final WasmReader reader;
  private final ModuleDraft draft;
  private final OperandStack stack;

  TableInstructions(WasmReader reader, ModuleDraft draft, OperandStack stack) {
    this.reader = reader;
    this.draft = draft;
    this.stack = stack;
  }

  /**
   * Reads the type and the table of {@code call_indirect}, and takes the operand that chooses the
   * entry.
   */
  Signature indirectCallee() {
    Signature callee = draft.types.get(reader.index("type", draft.types.size()));
    int start = reader.position();
    int table = index();
    if (type(table) != ValueType.FUNCREF) {
      throw WasmReader.invalid(
          start, "calls through table " + table + ", which holds " + type(table));
    }
    stack.pop(ValueType.I32);
    return callee;
  }

  void get() {
    int table = index();
    stack.pop(ValueType.I32);
    stack.push(type(table));
  }

  void set() {
    int table = index();
    stack.pop(type(table));
    stack.pop(ValueType.I32);
    draft.writtenTables.set(table);
  }

  /** The instructions 0x0C to 0x11 after the prefix 0xFC. */
  void prefixed(int code) {
    switch (code) {
      case 0x0C -> init();
      case 0x0D -> {
        elementIndex();
        draft.segmentDrop = true;
      }
      case 0x0E -> copy();
      case 0x0F -> grow();
      case 0x10 -> {
        index();
        stack.push(ValueType.I32);
      }
      case 0x11 -> fill();
      default -> throw new IllegalArgumentException("no table instruction: " + code);
    }
  }

  private void init() {
    int start = reader.position();
    int element = elementIndex();
    int table = index();
    requireSame(draft.elements.get(element).type(), type(table), start);
    popRange();
    draft.writtenTables.set(table);
  }

  private void copy() {
    int start = reader.position();
    int target = index();
    int source = index();
    requireSame(type(source), type(target), start);
    popRange();
    draft.writtenTables.set(target);
  }

  private void grow() {
    int table = index();
    stack.pop(ValueType.I32);
    stack.pop(type(table));
    stack.push(ValueType.I32);
    draft.writtenTables.set(table);
  }

  private void fill() {
    int table = index();
    stack.pop(ValueType.I32);
    stack.pop(type(table));
    stack.pop(ValueType.I32);
    draft.writtenTables.set(table);
  }

  private int elementIndex() {
    return reader.index("element segment", draft.elements.size());
  }

  private int index() {
    return reader.index("table", draft.tables.size());
  }

  private ValueType type(int table) {
    TableType type = draft.tables.get(table);
    return type.type();
  }

  private void popRange() {
    stack.pop(ValueType.I32);
    stack.pop(ValueType.I32);
    stack.pop(ValueType.I32);
  }

  private static void requireSame(ValueType from, ValueType to, int start) {
    if (from != to) {
      throw WasmReader.invalid(start, "type mismatch: copies " + from + " to a table of " + to);
    }
  }
}
