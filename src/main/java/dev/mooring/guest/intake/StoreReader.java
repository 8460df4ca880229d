package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleDraft.GlobalType;
import dev.mooring.guest.intake.ModuleDraft.MemoryType;
import dev.mooring.guest.intake.ModuleDraft.TableType;
import dev.mooring.guest.intake.ModuleRejection.Reason;

/** Reads the sections that say what an instance's state is: tables, memory, globals. */
final class StoreReader extends SectionReader {
  private static final int LIMITS_WITH_MAXIMUM = 1;
  private static final int LIMITS_SHARED = 2;
  private static final int LIMITS_64_BIT = 4;
  private static final int LIMITS_PAGE_SIZE = 8;

  StoreReader(
      WasmReader reader, ConstantExpression expression, ModuleDraft draft, IntakeLimits limits) {
    super(reader, expression, draft, limits);
  }

  void readTables() {
    int count = reader.count("tables", limits.tables(), Reason.TOO_MANY_TABLES);
    long entries = 0;
    for (int i = 0; i < count; i++) {
      TableType table = table();
      entries += table.initial();
      WasmReader.atMost(
          "table entries",
          entries,
          limits.tableEntries(),
          Reason.TOO_MANY_TABLE_ENTRIES,
          reader.position());
      draft.tables.add(table);
    }
  }

  private TableType table() {
    int start = reader.position();
    boolean initialised = reader.remaining() > 0 && reader.peekU8() == 0x40;
    if (initialised) {
      reader.u8();
      if (reader.u8() != 0) {
        throw WasmReader.malformed(start, "has a table of an unknown form");
      }
    }
    ValueType type = types.referenceType();
    int flags = limitFlags();
    int at = reader.position();
    int initial =
        reader.count("table entries", limits.tableEntries(), Reason.TOO_MANY_TABLE_ENTRIES);
    long maximum = (flags & LIMITS_WITH_MAXIMUM) != 0 ? reader.u32() : ModuleSummary.NO_MAXIMUM;
    requireOrdered("table", initial, maximum, at);
    long reference = initialised ? expression.read(type) : ValueType.NULL_REFERENCE;
    return new TableType(type, initial, maximum, (int) reference);
  }

  void readMemories() {
    int start = reader.position();
    long count = reader.u32();
    if (count > 1) {
      throw Proposals.multiMemory(start, count + " memories");
    }
    if (count == 1) {
      draft.memory = memory();
    }
  }

  private MemoryType memory() {
    int flags = limitFlags();
    int start = reader.position();
    long initial = reader.u32();
    long maximum =
        (flags & LIMITS_WITH_MAXIMUM) != 0 ? reader.u32() : IntakeLimits.MAX_MEMORY_PAGES;
    if (initial > limits.memoryPages() || initial > IntakeLimits.MAX_MEMORY_PAGES) {
      throw WasmReader.tooMuch(
          Reason.MEMORY_TOO_LARGE,
          start,
          "pages (64 KiB each) of initial memory",
          initial,
          limits.memoryPages());
    }
    if (maximum > IntakeLimits.MAX_MEMORY_PAGES) {
      throw WasmReader.invalid(
          start, "has a memory of up to " + maximum + " pages; a memory has at most 65536");
    }
    requireOrdered("memory", initial, maximum, start);
    return new MemoryType((int) initial, (int) maximum);
  }

  private int limitFlags() {
    int start = reader.position();
    int flags = reader.u8();
    if (flags > 15) {
      throw WasmReader.malformed(start, "has limits of the unknown kind " + flags);
    }
    if ((flags & LIMITS_SHARED) != 0) {
      throw Proposals.threads(start, "shared memory");
    }
    if ((flags & LIMITS_64_BIT) != 0) {
      throw Proposals.memory64(start, "64-bit limits");
    }
    if ((flags & LIMITS_PAGE_SIZE) != 0) {
      throw Proposals.customPageSizes(start);
    }
    return flags;
  }

  private static void requireOrdered(String what, long initial, long maximum, int start) {
    if (initial > maximum) {
      throw WasmReader.invalid(
          start, "has a " + what + " of " + initial + " to " + maximum + "; the first is larger");
    }
  }

  void readGlobals() {
    int count = reader.count("globals", limits.globals(), Reason.TOO_MANY_GLOBALS);
    for (int i = 0; i < count; i++) {
      ValueType type = types.valueType();
      int start = reader.position();
      int mutable = reader.u8();
      if (mutable > 1) {
        throw WasmReader.malformed(start, "has a global of the unknown mutability " + mutable);
      }
      draft.globals.add(new GlobalType(type, mutable == 1, expression.read(type)));
    }
  }
}
