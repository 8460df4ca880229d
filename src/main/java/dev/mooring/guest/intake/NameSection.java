package dev.mooring.guest.intake;

import java.nio.charset.StandardCharsets;

/**
 * What the custom section {@code name} tells of how a linker has built a module. A module is valid
 * whatever is in it, so what can't be read is passed over.
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

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads what is left of the section. */
  void read(WasmReader reader) {
    int end = reader.position() + reader.remaining();
    try {
      while (reader.remaining() > 0) {
        subsection(reader);
      }
    } catch (ModuleRejection unreadable) {
      reader.skip(end - reader.position(), "name section");
    }
  }

  private void subsection(WasmReader reader) {
    int id = reader.u8();
    String what = "part of the name section";
    int outer = reader.enter(reader.u32(), what);
    try {
      if (id == FUNCTIONS || id == GLOBALS) {
        names(reader, id);
      }
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
