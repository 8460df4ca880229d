package dev.mooring.guest.intake;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads types, and names the proposal that a type which is not offered belongs to. */
final class TypeReader {
  /** The block type of a block that takes and gives nothing. */
  private static final long EMPTY_BLOCK = -0x40;

  private static final int REF = 0x64;
  private static final int REF_NULL = 0x63;
  private static final int FUNC = 0x70;
  private static final int EXTERN = 0x6F;

  private final WasmReader reader;

  TypeReader(WasmReader reader) {
    this.reader = reader;
  }

  ValueType valueType() {
    int start = reader.position();
    return valueType(reader.u8(), start);
  }

  private ValueType valueType(int code, int start) {
    return switch (code) {
      case 0x7F -> ValueType.I32;
      case 0x7E -> ValueType.I64;
      case 0x7D -> ValueType.F32;
      case 0x7C -> ValueType.F64;
      case FUNC -> ValueType.FUNCREF;
      case EXTERN -> ValueType.EXTERNREF;
      // The long spelling of funcref and externref.
      case REF_NULL -> heapType();
      default -> throw unsupported(code, start);
    };
  }

  ValueType referenceType() {
    int start = reader.position();
    ValueType type = valueType();
    if (!type.isReference()) {
      throw WasmReader.malformed(start, "has " + type + " where a reference type was expected");
    }
    return type;
  }

  /** What {@code ref.null} is followed by, and a long reference type ends with. */
  ValueType heapType() {
    int start = reader.position();
    long type = reader.s33();
    if (type >= 0) {
      throw functionReference(start, "a reference to type " + type);
    }
    int code = (int) type & 0x7F;
    if (code == FUNC) {
      return ValueType.FUNCREF;
    }
    if (code == EXTERN) {
      return ValueType.EXTERNREF;
    }
    throw unsupported(code, start);
  }

  /** The type of a {@code block}, {@code loop} or {@code if}. */
  Signature blockType(ModuleDraft draft) {
    int start = reader.position();
    long type = reader.s33();
    if (type >= 0) {
      return blockType(draft, type, start);
    }
    if (reader.position() != start + 1) {
      throw WasmReader.malformed(
          start, "has a block type longer than one byte that is not a type index");
    }
    if (type == EMPTY_BLOCK) {
      return Signature.NOTHING;
    }
    return result(valueType((int) type & 0x7F, start));
  }

  private static Signature blockType(ModuleDraft draft, long index, int start) {
    if (index >= draft.types.size()) {
      throw WasmReader.invalid(
          start, "refers to type " + index + ", but there are " + draft.types.size());
    }
    if (index <= 0x7F && looksLikeValueType((int) index)) {
      throw new ModuleRejection(
          ModuleRejection.Reason.UNSUPPORTED_BY_ENGINE,
          start,
          "has a block of type "
              + index
              + ", which the engine takes for a value type; build without multi-value blocks, or put"
              + " their types first (indices below 64)");
    }
    return draft.types.get((int) index);
  }

  /**
   * Chicory 1.7.5 reads a block type as unsigned, so that the type index 127 (bytes FF 00) and i32
   * (byte 7F) are the same to it. These are the codes that it knows.
   */
  private static boolean looksLikeValueType(int index) {
    return index == 0x40
        || index == REF_NULL
        || index == REF
        || (index >= 0x69 && index <= 0x73)
        || index >= 0x7B;
  }

  private static final Map<ValueType, Signature> RESULT = results();

  private static Map<ValueType, Signature> results() {
    var results = new EnumMap<ValueType, Signature>(ValueType.class);
    for (ValueType type : ValueType.values()) {
      results.put(type, new Signature(List.of(), List.of(type)));
    }
    return results;
  }

  private static Signature result(ValueType type) {
    return Objects.requireNonNull(RESULT.get(type));
  }

  private static ModuleRejection unsupported(int code, int start) {
    return switch (code) {
      case 0x7B -> Proposals.simd(start, "the type v128");
      case REF -> functionReference(start, "a non-null reference type");
      case 0x69, 0x74 -> Proposals.exceptions(start, "the type exnref");
      case 0x67, 0x66, 0x62, 0x61 ->
          ModuleRejection.proposal(
              start, "a string type", "reference-typed strings (stringref)", "");
      case 0x6E, 0x6D, 0x6C, 0x6B, 0x6A, 0x71, 0x72, 0x73, 0x78, 0x77 ->
          Proposals.gc(start, "the type 0x" + Integer.toHexString(code));
      case 0x68, 0x75 -> Proposals.stackSwitching(start, "a continuation type");
      default ->
          WasmReader.malformed(
              start, "has 0x" + Integer.toHexString(code) + " where a type was expected");
    };
  }

  private static ModuleRejection functionReference(int start, String found) {
    return ModuleRejection.proposal(start, found, "typed function references", "");
  }
}
