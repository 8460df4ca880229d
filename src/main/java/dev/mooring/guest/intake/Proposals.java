package dev.mooring.guest.intake;

/** The parts of WebAssembly that are not run here, each with a hint on how to build without it. */
final class Proposals {
  private Proposals() {}

  static ModuleRejection simd(int offset, String found) {
    return ModuleRejection.proposal(
        offset, found, "fixed-width SIMD", "build with -mno-simd128, or without simd128");
  }

  static ModuleRejection threads(int offset, String found) {
    return ModuleRejection.proposal(
        offset,
        found,
        "threads and atomics",
        "build for one thread: without -pthread, atomics and shared memory");
  }

  static ModuleRejection exceptions(int offset, String found) {
    return ModuleRejection.proposal(
        offset, found, "exception handling", "build with -fno-exceptions, or panic=abort");
  }

  static ModuleRejection gc(int offset, String found) {
    return ModuleRejection.proposal(offset, found, "garbage collection", "");
  }

  static ModuleRejection memory64(int offset, String found) {
    return ModuleRejection.proposal(offset, found, "memory64", "build for wasm32");
  }

  static ModuleRejection multiMemory(int offset, String found) {
    return ModuleRejection.proposal(offset, found, "multiple memories", "");
  }

  static ModuleRejection customPageSizes(int offset) {
    return ModuleRejection.proposal(offset, "a page size", "custom page sizes", "");
  }

  static ModuleRejection stackSwitching(int offset, String found) {
    return ModuleRejection.proposal(offset, found, "stack switching", "");
  }

  /** What an instruction that is not run here belongs to. */
  static ModuleRejection instruction(int opcode, int offset) {
    String found = "the instruction 0x" + Integer.toHexString(opcode);
    return switch (opcode) {
      case 0x06, 0x07, 0x08, 0x09, 0x0A, 0x18, 0x19, 0x1F -> exceptions(offset, found);
      case 0x14, 0x15, 0xD4, 0xD5, 0xD6 ->
          ModuleRejection.proposal(offset, found, "typed function references", "");
      case 0xD3, 0xFB -> gc(offset, found);
      case 0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6 -> stackSwitching(offset, found);
      case 0xFD -> simd(offset, found);
      case 0xFE -> threads(offset, found);
      default ->
          WasmReader.malformed(offset, "has no instruction 0x" + Integer.toHexString(opcode));
    };
  }

  /** What an instruction that follows the prefix 0xFC and is not run here belongs to. */
  static ModuleRejection prefixedInstruction(long code, int offset) {
    String found = "the instruction 0xfc 0x" + Long.toHexString(code);
    if (code >= 0x13 && code <= 0x16) {
      return ModuleRejection.proposal(
          offset, found, "128-bit arithmetic", "build without wide-arithmetic");
    }
    if (code == 0x12) {
      return ModuleRejection.proposal(offset, found, "memory control", "");
    }
    return WasmReader.malformed(offset, "has no instruction 0xfc 0x" + Long.toHexString(code));
  }
}
