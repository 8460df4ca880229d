package dev.mooring.guest.random;

import static dev.mooring.guest.intake.WasmBuilder.F32;
import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;

import dev.mooring.guest.intake.Body;
import java.util.ArrayList;
import java.util.List;

/**
 * Accesses at random to memory and tables: inside, at the ends of pages, and now and then outside.
 */
final class RandomStores {
  private static final int PREFIX = 0xFC;
  private static final int CALL = 0x10;
  private static final int DROP = 0x1A;
  private static final int GET = 0x20;
  private static final int SET = 0x21;
  private static final int AND = 0x71;
  private static final int OR = 0x72;
  private static final int REM_U = 0x70;
  private static final int FIRST_ACCESS = 0x28;
  private static final int FIRST_STORE = 0x36;
  private static final int STORES = 9;

  private static final int PAGE_BYTES = 65_536;
  private static final int TRACKED_BYTES = 1_024;
  private static final int LONGEST = 3_000;

  /** The width of each access in bytes, as a power of two. */
  private static final int[] WIDTHS = {
    2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2
  };

  /** What each store takes. */
  private static final int[] STORED = {I32, I64, F32, F64, I32, I32, I64, I64, I64};

  private final RandomFunction function;
  private final RandomValues values;
  private final Dice dice;
  private final Body code;

  RandomStores(RandomFunction function, RandomValues values) {
    this.function = function;
    this.values = values;
    this.dice = function.dice;
    this.code = function.code;
  }

  private boolean isDetoured() {
    return function.module.isForInterpreter();
  }

  // Memory.

  void load(int opcode) {
    if (function.dares()) {
      anyAddress();
      accessAnywhere(opcode);
      return;
    }
    long offset = address(1 << WIDTHS[opcode - FIRST_ACCESS]);
    access(opcode, offset);
  }

  void store() {
    int opcode = FIRST_STORE + dice.below(STORES);
    if (function.dares()) {
      anyAddress();
      values.value(STORED[opcode - FIRST_STORE]);
      accessAnywhere(opcode);
      return;
    }
    long offset = address(1 << WIDTHS[opcode - FIRST_ACCESS]);
    values.value(STORED[opcode - FIRST_STORE]);
    access(opcode, offset);
  }

  private void access(int opcode, long offset) {
    code.op(opcode, dice.within(0, WIDTHS[opcode - FIRST_ACCESS]), offset);
  }

  /** Leaves an address of so many bytes; answers what is to be added to it. */
  private long address(int width) {
    int last = function.module.pages * PAGE_BYTES - width;
    return switch (dice.below(8)) {
      case 0, 1, 2 -> {
        int near = dice.below(last / TRACKED_BYTES + 1) * TRACKED_BYTES + dice.within(-8, 8);
        int address = Math.clamp(near, 0, last);
        int offset = dice.percent(50) ? 0 : dice.below(address + 1);
        code.i32(address - offset);
        yield offset;
      }
      case 3 -> {
        code.op(0x3F, 0).i32(16).op(0x74); // memory.size, i32.shl
        code.i32(width + dice.below(20)).op(0x6B); // i32.sub
        yield 0;
      }
      case 4 -> {
        values.value(I32);
        code.i32(last + 1).op(REM_U);
        yield 0;
      }
      default -> {
        int mask = dice.of(0x3F, 0x3FF, 0xFFF, 0x7FFF);
        values.value(I32);
        code.i32(mask).op(AND);
        yield dice.percent(60) ? 0 : dice.below(last - mask + 1);
      }
    };
  }

  /** Leaves an address that may be anywhere. */
  private void anyAddress() {
    int end = function.module.pages * PAGE_BYTES;
    switch (dice.below(4)) {
      case 0 -> code.i32(end - dice.within(-8, 24));
      case 1 -> code.i32(dice.within(-16, 4));
      default -> values.value(I32);
    }
  }

  /** An access with an offset that may be any; address and value lie on the stack. */
  private void accessAnywhere(int opcode) {
    int end = function.module.pages * PAGE_BYTES;
    long offset =
        dice.percent(50)
            ? dice.below(20)
            : Integer.toUnsignedLong(dice.of(-1, -8, Integer.MIN_VALUE, end - 8, end, 0x7FFF_FFFF));
    if (isDetoured()) {
      trapIfNegative(opcode, offset);
    }
    access(opcode, offset);
  }

  /** Chicory 1.7.5's interpreter adds 32 bits, and comes out at the beginning of memory. */
  private void trapIfNegative(int opcode, long offset) {
    int value = -1;
    if (opcode >= FIRST_STORE) {
      value = function.newLocal(STORED[opcode - FIRST_STORE]);
      code.op(SET, value);
    }
    int address = function.newLocal(I32);
    code.op(SET, address).op(GET, address).i32((int) offset >> 31).op(OR);
    code.i32(0).op(0x48).op(0x04, 0x40); // i32.lt_s, if
    code.i32(-1).op(0x2D, 0, 0).op(DROP).op(0x0B); // i32.load8_u, end
    code.op(GET, address);
    if (value >= 0) {
      code.op(GET, value);
    }
  }

  /** Leaves what {@code memory.size} and its like do. */
  void size() {
    int table = dice.below(function.module.tables.size());
    switch (dice.below(6)) {
      case 0 -> {
        if (dice.percent(80)) {
          code.i32(dice.of(0, 0, 1, 1, 2, -1, 65_536));
        } else {
          values.value(I32);
        }
        code.op(0x40, 0); // memory.grow
      }
      case 1 -> code.op(PREFIX, 16, table); // table.size
      case 2 -> grow(table);
      default -> code.op(0x3F, 0); // memory.size
    }
  }

  /** Writes or drops many bytes at a time. */
  void bulk() {
    List<RandomModule.Segment> segments = function.module.data;
    int kind = dice.below(segments.isEmpty() ? 2 : 4);
    if (kind < 2) {
      int room = function.module.pages * PAGE_BYTES;
      boolean copies = kind == 0;
      placeWithin(room - LONGEST);
      if (copies) {
        placeWithin(room - LONGEST);
      } else {
        values.value(I32);
      }
      placeWithin(dice.of(1, 2, 9, 40, TRACKED_BYTES, LONGEST) + 1);
      if (copies) {
        code.op(PREFIX, 10, 0, 0);
      } else {
        code.op(PREFIX, 11, 0);
      }
      return;
    }
    RandomModule.Segment segment = dice.of(segments);
    if (kind == 2 && segment.droppable() && dice.percent(30)) {
      code.op(PREFIX, 9, segment.index());
    } else {
      placeWithin(function.module.pages * PAGE_BYTES - segment.length());
      rangeOf(segment);
      code.op(PREFIX, 8, segment.index(), 0);
    }
  }

  /** Where a segment is read from, and how far; nothing if it may be dropped. */
  private void rangeOf(RandomModule.Segment segment) {
    if (segment.droppable() && !dice.chance(10 * function.module.risk)) {
      code.i32(0).i32(0);
      return;
    }
    int from = dice.below(segment.length());
    code.i32(from);
    placeWithin(segment.length() - from + 1);
  }

  // Tables.

  /** A table of a type; negative if there is none. */
  int tableOf(int type) {
    int count = function.module.tables.size();
    int start = dice.below(count);
    for (int i = 0; i < count; i++) {
      int table = (start + i) % count;
      if (function.module.tables.get(table).type() == type) {
        return table;
      }
    }
    return -1;
  }

  /** Leaves a number that a table has a place for. */
  void placeIn(int table) {
    placeWithin(function.module.tables.get(table).initial());
  }

  /** Leaves a number from 0 on; any number if it may trap. */
  private void placeWithin(int end) {
    if (function.dares()) {
      values.value(I32);
    } else {
      place(end);
    }
  }

  /** Leaves a number from 0 on. */
  void place(int end) {
    if (end < 1 || dice.percent(40)) {
      code.i32(dice.below(Math.max(end, 1)));
    } else {
      values.value(I32);
      code.i32(end).op(REM_U);
    }
  }

  private void grow(int table) {
    RandomModule.Table grown = function.module.tables.get(table);
    values.value(grown.type());
    if (dice.percent(80)) {
      code.i32(dice.of(0, 1, 1, 2, 5, -1, 100));
    } else {
      values.value(I32);
    }
    if (isDetoured()) {
      code.op(CALL, function.module.detours().tableGrow(grown.type(), table));
    } else {
      code.op(PREFIX, 15, table);
    }
  }

  /** Changes a table, if there is one that may be changed. */
  void table() {
    var changing = new ArrayList<Integer>();
    for (int i = 0; i < function.module.tables.size(); i++) {
      if (!function.module.tables.get(i).stable()) {
        changing.add(i);
      }
    }
    if (!changing.isEmpty()) {
      change(dice.of(changing));
    }
  }

  private void change(int table) {
    RandomModule.Table changed = function.module.tables.get(table);
    int half = changed.initial() / 2;
    switch (dice.below(6)) {
      case 0, 1 -> {
        placeIn(table);
        values.value(changed.type());
        code.op(0x26, table);
      }
      case 2 -> {
        grow(table);
        code.op(DROP);
      }
      case 3 -> {
        placeWithin(half + 1);
        values.value(changed.type());
        placeWithin(half + 1);
        if (isDetoured()) {
          code.op(CALL, function.module.detours().tableFill(changed.type(), table));
        } else {
          code.op(PREFIX, 17, table);
        }
      }
      case 4 -> {
        int from = tableOf(changed.type());
        int least = Math.min(half, function.module.tables.get(from).initial() / 2);
        placeWithin(half + 1);
        placeWithin(least + 1);
        placeWithin(least + 1);
        if (isDetoured()) {
          code.op(CALL, function.module.detours().tableCopy(table, from));
        } else {
          code.op(PREFIX, 14, table, from);
        }
      }
      default -> initialise(table, changed);
    }
  }

  private void initialise(int table, RandomModule.Table changed) {
    List<RandomModule.Segment> fitting =
        function.module.elements.stream()
            .filter(segment -> segment.length() > 0 && segment.type() == changed.type())
            .toList();
    if (fitting.isEmpty()) {
      return;
    }
    RandomModule.Segment segment = dice.of(fitting);
    if (segment.droppable() && dice.percent(20)) {
      code.op(PREFIX, 13, segment.index());
      return;
    }
    int free = changed.initial() - segment.length();
    if (free < 0 || (segment.droppable() && !dice.chance(10 * function.module.risk))) {
      placeWithin(changed.initial());
      code.i32(0).i32(0);
    } else {
      placeWithin(free + 1);
      rangeOf(segment);
    }
    if (isDetoured()) {
      code.op(CALL, function.module.detours().tableInit(segment.index(), table));
    } else {
      code.op(PREFIX, 12, segment.index(), table);
    }
  }
}
