package dev.mooring.guest.intake;

import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/**
 * What the custom section {@code name} tells: how a linker has built a module, and what functions
 * are called. A module is valid whatever is in it, so what can't be read is passed over.
 */
final class NameSection {
  static final String NAME = "name";

  private static final int FUNCTIONS = 1;
  private static final int GLOBALS = 7;
  private static final byte[] STACK_POINTER = bytes("__stack_pointer");
  private static final byte[] COMMAND_EXPORT = bytes(".command_export");

  /** The global that is called {@code __stack_pointer}, or −1; there need not be such a global. */
  long stackPointer = -1;

  /** Whether a function is called {@code *.command_export}. */
  boolean commandExports;

  /** Hears what functions are called. */
  interface NamedFunction {
    /**
     * A function has a name.
     *
     * @param function whatever number the section says, as an unsigned one
     * @param name should be UTF-8; the listener's
     */
    void is(int function, byte[] name);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads what is left of the section. */
  void read(WasmReader reader) {
    read(
        reader,
        id -> {
          if (id == FUNCTIONS || id == GLOBALS) {
            names(reader, id);
          }
        });
  }

  /** Reads what is left of the section, and tells what functions are called. */
  static void functions(WasmReader reader, NamedFunction told) {
    read(
        reader,
        id -> {
          if (id == FUNCTIONS) {
            for (long left = reader.u32(); left > 0; left--) {
              int function = (int) reader.u32();
              told.is(function, reader.bytes(reader.u32(), "name"));
            }
          }
        });
  }

  private static void read(WasmReader reader, IntConsumer subsection) {
    int end = reader.position() + reader.remaining();
    try {
      while (reader.remaining() > 0) {
        subsection(reader, subsection);
      }
    } catch (ModuleRejection unreadable) {
      reader.skip(end - reader.position(), "name section");
    }
  }

  private static void subsection(WasmReader reader, IntConsumer subsection) {
    int id = reader.u8();
    String what = "part of the name section";
    int outer = reader.enter(reader.u32(), what);
    try {
      subsection.accept(id);
      reader.skip(reader.remaining(), what);
    } finally {
      reader.abandon(outer);
    }
  }

  private void names(WasmReader reader, int kind) {
    for (long left = reader.u32(); left > 0; left--) {
      long index = reader.u32();
      long length = reader.u32();
      if (kind == GLOBALS
          && length == STACK_POINTER.length
          && reader.hasNext(length, STACK_POINTER)) {
        stackPointer = index;
      }
      if (kind == FUNCTIONS && reader.hasNext(length, COMMAND_EXPORT)) {
        commandExports = true;
      }
      reader.skip(length, "name");
    }
  }
}
