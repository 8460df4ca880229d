package dev.mooring.guest.intake;

/**
 * Finds out whether a linker has taken the module for a command: then each exported function is a
 * wrapper, which calls the program's constructors, the function that was meant, and perhaps the
 * destructors. Where there are names, they say so; but names may be left out.
 */
final class CommandWrappers {
  private static final int CALL = 0x10;
  private static final int LOCAL_GET = 0x20;
  private static final int END = 0x0B;
  private static final long NONE = -1;

  /** One function that looks so may be meant so. */
  private static final int AT_LEAST = 2;

  private int looked;
  private long constructors = NONE;

  /** Looks at an exported function's body, where its locals have been declared. */
  void look(WasmReader reader, Signature signature, boolean hasLocals) {
    int start = reader.position();
    long called = hasLocals ? NONE : calledFirst(reader, signature.params().size());
    reader.back(start);
    constructors = looked > 0 && called != constructors ? NONE : called;
    looked++;
  }

  /** The function that a wrapper calls before the one that it wraps; or none, if it is none. */
  private static long calledFirst(WasmReader reader, int parameters) {
    try {
      if (reader.u8() != CALL) {
        return NONE;
      }
      long first = reader.u32();
      for (int i = 0; i < parameters; i++) {
        if (reader.u8() != LOCAL_GET || reader.u32() != i) {
          return NONE;
        }
      }
      boolean calls = reader.u8() == CALL;
      reader.u32();
      int last = reader.u8();
      if (last == CALL) {
        reader.u32();
        last = reader.u8();
      }
      return calls && last == END && reader.remaining() == 0 ? first : NONE;
    } catch (ModuleRejection ended) {
      return NONE;
    }
  }

  /** Whether all that were looked at are wrappers of the same constructors. */
  boolean areAll(ModuleDraft draft) {
    return looked >= AT_LEAST
        && constructors != NONE
        && constructors < draft.functions.size()
        && draft.functions.get((int) constructors).equals(Signature.NOTHING);
  }
}
