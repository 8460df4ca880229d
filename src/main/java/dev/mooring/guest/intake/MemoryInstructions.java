package dev.mooring.guest.intake;

/** Those instructions that use the memory; used by {@link CodeScanner}. */
final class MemoryInstructions {
  private final WasmReader reader;
  private final ModuleDraft draft;
  private final OperandStack stack;

  MemoryInstructions(WasmReader reader, ModuleDraft draft, OperandStack stack) {
    this.reader = reader;
    this.draft = draft;
    this.stack = stack;
  }

  void size(int start) {
    index(start);
    stack.push(ValueType.I32);
  }

  void grow(int start) {
    index(start);
    stack.pop(ValueType.I32);
    stack.push(ValueType.I32);
    draft.memoryGrow = true;
  }

  /**
   * The instructions from 0x08 on after the prefix 0xFC that are not a table's; refuses what is
   * none of them.
   */
  void prefixed(long code, int start) {
    if (code < 0x08 || code > 0x0B) {
      throw Proposals.prefixedInstruction(code, start);
    }
    switch ((int) code) {
      case 0x08 -> {
        dataIndex();
        index(start);
        bulk();
      }
      case 0x09 -> {
        dataIndex();
        draft.segmentDrop = true;
      }
      case 0x0A -> {
        index(start);
        index(start);
        bulk();
      }
      default -> {
        index(start);
        bulk();
      }
    }
  }

  /** Takes an address, a second address or a value, and a length. */
  private void bulk() {
    stack.pop(ValueType.I32);
    stack.pop(ValueType.I32);
    stack.pop(ValueType.I32);
    draft.bulkMemory = true;
  }

  void access(int opcode, int start) {
    long alignment = reader.u32();
    if (alignment >= 64) {
      throw Proposals.multiMemory(start, "an access to a memory by index");
    }
    if (alignment > PlainInstructions.naturalAlignment(opcode)) {
      throw WasmReader.invalid(
          start, "has an alignment of 2^" + alignment + ", which is more than the natural one");
    }
    reader.u32(); // offset
    requireMemory(start);
    ValueType type = PlainInstructions.memoryType(opcode);
    if (PlainInstructions.isStore(opcode)) {
      stack.pop(type);
      stack.pop(ValueType.I32);
    } else {
      stack.pop(ValueType.I32);
      stack.push(type);
    }
  }

  private void index(int start) {
    if (reader.u32() != 0) {
      throw Proposals.multiMemory(start, "an access to a memory other than 0");
    }
    requireMemory(start);
  }

  private void requireMemory(int start) {
    if (draft.memory == null) {
      throw WasmReader.invalid(start, "uses memory, but has none");
    }
  }

  private void dataIndex() {
    int start = reader.position();
    if (draft.declaredData == ModuleDraft.NO_DATA_COUNT) {
      throw WasmReader.malformed(start, "refers to a data segment, but has no data count section");
    }
    reader.index("data segment", draft.declaredData);
  }
}
