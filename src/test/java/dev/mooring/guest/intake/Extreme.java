package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.Modules.NOTHING;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.constant;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static dev.mooring.guest.intake.WasmBuilder.repeat;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/**
 * Valid modules that are ordinary but for one dimension, in which they are as large as one likes.
 * What may be chosen beside the size is chosen by {@link Choices}. Each exports {@code run}, of no
 * parameters and results, which uses what there is so much of.
 *
 * <p>Kept cases name a dimension by its place here: a new one comes last.
 */
enum Extreme {
  TYPES(12_000, Extreme::types),
  PARAMETERS(300, Extreme::parameters),
  RESULTS(80, Extreme::results),
  LOCALS(12_000, Extreme::locals),
  LOCALS_OVER_BLOCKS(2_000, Extreme::localsOverBlocks),
  LOCALS_OF_ALL(3_000, Extreme::localsOfAll),
  BLOCK_DEPTH(6_000, Extreme::blockDepth),
  BLOCKS(60_000, Extreme::blocks),
  BLOCK_VALUES(80, Extreme::blockValues),
  BRANCH_TABLE(12_000, Extreme::branchTable),
  INTERPRETER(3_000, Extreme::interpreter),
  EXPORT_NAME(5_000, Extreme::exportName),
  IMPORTS(1_200, Extreme::imports),
  EXPORTS(5_000, Extreme::exports),
  FUNCTIONS(120_000, Extreme::functions),
  GLOBALS(12_000, Extreme::globals),
  TABLES(120, Extreme::tables),
  TABLE_ENTRIES(120_000, Extreme::tableEntries),
  ELEMENT_SEGMENTS(12_000, Extreme::elementSegments),
  ELEMENTS(120_000, Extreme::elements),
  DATA_SEGMENTS(120_000, Extreme::dataSegments),
  DATA_BYTES(1 << 24, Extreme::dataBytes),
  MEMORY_PAGES(300, Extreme::memoryPages),
  OPERANDS(12_000, Extreme::operands),
  INSTRUCTIONS(80_000, Extreme::instructions),
  INSTRUCTIONS_OVER_FUNCTIONS(3_000, Extreme::instructionsOverFunctions),
  CONSTANTS(50_000, Extreme::constants),
  CONSTANTS_OVER_FUNCTIONS(2_000, Extreme::constantsOverFunctions),
  CALL_CHAIN(20_000, Extreme::callChain),
  CALLS(60_000, Extreme::calls),
  RECURSION(10_000, Extreme::recursion),
  INDIRECT_TYPES(3_000, Extreme::indirectTypes),
  INDIRECT_CALLEES(120_000, Extreme::indirectCallees),
  EQUAL_TYPES(12_000, Extreme::equalTypes),
  TYPED_FUNCTIONS(120_000, Extreme::typedFunctions),
  DEAD_CODE(60_000, Extreme::deadCode),
  ADDRESS_OFFSETS(20_000, Extreme::addressOffsets),
  CUSTOM_SECTIONS(1_200, Extreme::customSections),
  CONFIG_KEYS(8_000, Extreme::configKeys);

  private static final int[] NUMBERS = {I32, I64, WasmBuilder.F32, WasmBuilder.F64};
  private static final int[] TYPES_OF_VALUES = {
    I32, I64, WasmBuilder.F32, WasmBuilder.F64, FUNCREF, WasmBuilder.EXTERNREF
  };

  /** Type indices from here on are not taken for value types by the engine, in a block. */
  private static final int FIRST_CLEAR_TYPE = 128;

  private static final int DROP = 0x1A;
  private static final int END = 0x0B;
  private static final int CALL = 0x10;
  private static final int CALL_INDIRECT = 0x11;

  private final int largest;

  @SuppressWarnings("ImmutableEnumChecker") // Each is a method's name.
  private final Maker maker;

  private interface Maker {
    byte[] make(int size, Choices choices);
  }

  Extreme(int largest, Maker maker) {
    this.largest = largest;
    this.maker = maker;
  }

  /** A little more than any limit lets in, or as much as makes sense to try. */
  int largest() {
    return largest;
  }

  /** Whether its calls go so deep that there may be no stack for them. */
  boolean mayUseUpTheStack() {
    return this == RECURSION || this == CALL_CHAIN;
  }

  /** A module of this size, from 1 on. */
  byte[] module(int size, Choices choices) {
    return maker.make(size, choices);
  }

  private static byte[] ofTypes(int size, Choices choices) {
    byte[] types = new byte[size];
    for (int i = 0; i < size; i++) {
      types[i] = (byte) choices.of(TYPES_OF_VALUES);
    }
    return types;
  }

  private static Body values(Body body, byte[] types) {
    for (byte type : types) {
      body.value(type & 0xFF, 1);
    }
    return body;
  }

  private static Body drops(Body body, int count) {
    for (int i = 0; i < count; i++) {
      body.op(DROP);
    }
    return body;
  }

  private static int nothing(WasmBuilder wasm) {
    return wasm.type(NOTHING, NOTHING);
  }

  private static byte[] run(WasmBuilder wasm, int type, Body body) {
    return wasm.export("run", 0, function(wasm, type, body)).build();
  }

  private static int function(WasmBuilder wasm, int type, Body body) {
    return wasm.function(type, bytes(0), body.bytes());
  }

  // Types.

  private static byte[] types(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    for (int i = 0; i < size; i++) {
      wasm.type(ofTypes(choices.below(5), choices), ofTypes(choices.below(3), choices));
    }
    return run(wasm, nothing, new Body());
  }

  /** Many parameters, given directly, through a table, by a tail call and by the host. */
  private static byte[] parameters(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    byte[] params = ofTypes(size, choices);
    byte[] result = bytes(params[size - 1]);
    int type = wasm.type(params, result);
    wasm.table(FUNCREF, 1);
    boolean tail = choices.below(2) == 1;
    var callee = new Body();
    if (tail) {
      for (int i = 0; i < size; i++) {
        callee.op(0x20, i);
      }
      callee.op(0x12, 1);
    } else {
      callee.op(0x20, size - 1);
    }
    function(wasm, type, callee);
    function(wasm, type, new Body().op(0x20, size - 1));
    wasm.export("given", 0, 0);
    wasm.add(9, join(bytes(0), constant(0), vector(leb(0))));
    var body = new Body();
    int ways = choices.below(4);
    if (ways != 1) {
      values(body, params).op(CALL, 0).op(DROP);
    }
    if (ways != 2) {
      values(body, params).i32(0).op(CALL_INDIRECT, type).op(0).op(DROP);
    }
    return run(wasm, nothing, body);
  }

  private static byte[] results(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    byte[] results = ofTypes(size, choices);
    int type = wasm.type(NOTHING, results);
    wasm.table(FUNCREF, 1);
    function(wasm, type, values(new Body(), results));
    wasm.export("given", 0, 0);
    wasm.add(9, join(bytes(0), constant(0), vector(leb(0))));
    var body = new Body();
    drops(body.op(CALL, 0), size);
    drops(body.i32(0).op(CALL_INDIRECT, type).op(0), size);
    return run(wasm, nothing, body);
  }

  // Locals and blocks.

  private static byte[] localsOf(int size, Choices choices) {
    int groups = Math.min(size, 1 + choices.below(40));
    var declared = new ArrayList<byte[]>();
    for (int i = 0; i < groups; i++) {
      int count = i + 1 < groups ? size / groups : size - size / groups * (groups - 1);
      declared.add(join(leb(count), bytes(choices.of(TYPES_OF_VALUES))));
    }
    return vector(declared.toArray(new byte[0][]));
  }

  private static byte[] locals(int size, Choices choices) {
    var wasm = new WasmBuilder();
    byte[] locals = localsOf(size, choices);
    var body = new Body();
    for (int i = 0; i < size; i += 1 + choices.below(9)) {
      body.op(0x20, i).op(0x21, i);
    }
    int function = wasm.function(nothing(wasm), locals, body.bytes());
    return wasm.export("run", 0, function).build();
  }

  private static byte[] localsOverBlocks(int size, Choices choices) {
    var wasm = new WasmBuilder();
    byte[] locals = localsOf(size, choices);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      body.op(0x02, 0x40).i32(0).op(0x0D, 0).op(0x20, i).op(0x21, i).op(END);
    }
    int function = wasm.function(nothing(wasm), locals, body.bytes());
    return wasm.export("run", 0, function).build();
  }

  private static byte[] localsOfAll(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    byte[] locals = vector(join(leb(1_000), bytes(choices.of(TYPES_OF_VALUES))));
    for (int i = 0; i < size; i++) {
      wasm.function(nothing, locals, NOTHING);
    }
    return wasm.export("run", 0, size - 1).build();
  }

  private static byte[] blockDepth(int size, Choices choices) {
    var wasm = new WasmBuilder();
    var body = new Body();
    int[] openers = {0x02, 0x03, 0x04};
    for (int i = 0; i < size; i++) {
      int opener = choices.of(openers);
      if (opener == 0x04) {
        body.i32(1);
      }
      body.op(opener, 0x40);
    }
    int branches = choices.below(3);
    for (int i = 0; i < size; i++) {
      if (branches == 1) {
        body.i32(0).op(0x0D, (size - i) / 2);
      } else if (branches == 2) {
        body.i32(0).op(0x0D, 0);
      }
      body.op(END);
    }
    return run(wasm, nothing(wasm), body);
  }

  private static byte[] blocks(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int each = 1 + choices.below(200);
    int made = 0;
    for (int done = 0; done < size; done += each) {
      var body = new Body();
      for (int i = done; i < Math.min(size, done + each); i++) {
        switch (choices.below(4)) {
          case 0 -> body.op(0x02, 0x40, 0x0C, 0, END);
          case 1 -> body.op(0x03, 0x40).i32(0).op(0x0D, 0, END);
          case 2 -> body.i32(i).op(0x04, 0x40, 0x05, END);
          default -> body.i32(1).op(0x04, I32).i32(2).op(0x05).i32(3).op(END, DROP);
        }
      }
      made = function(wasm, nothing, body);
    }
    return wasm.export("run", 0, made).build();
  }

  /** Blocks that take and give many values, inside of each other. */
  private static byte[] blockValues(int size, Choices choices) {
    var wasm = new WasmBuilder();
    byte[] values = ofTypes(size, choices);
    int nothing = nothing(wasm);
    for (int i = 1; i < FIRST_CLEAR_TYPE; i++) {
      nothing(wasm);
    }
    int type = wasm.type(values, values);
    int depth = 1 + choices.below(30);
    var body = values(new Body(), values);
    for (int i = 0; i < depth; i++) {
      body.op(i % 2 == 0 ? 0x02 : 0x03, type);
    }
    for (int i = 0; i < depth; i++) {
      body.i32(0).op(0x0D, 0, END);
    }
    return run(wasm, nothing, drops(body, size));
  }

  private static byte[] branchTable(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int depth = 1 + choices.below(100);
    var body = new Body();
    for (int i = 0; i < depth; i++) {
      body.op(0x02, 0x40);
    }
    body.i32(size / 2).op(0x0E, size);
    for (int i = 0; i <= size; i++) {
      body.raw(leb(choices.below(depth)));
    }
    for (int i = 0; i < depth; i++) {
      body.op(END);
    }
    return run(wasm, nothing, body);
  }

  /** A loop around a table of branches, each to code of its own: how script engines look. */
  private static byte[] interpreter(int size, Choices choices) {
    var wasm = new WasmBuilder().memory(1);
    int nothing = nothing(wasm);
    int work = 1 + choices.below(8);
    var body = new Body().i32(1_000).op(0x21, 0).op(0x03, 0x40);
    for (int i = 0; i <= size; i++) {
      body.op(0x02, 0x40);
    }
    body.op(0x20, 0).i32(size).op(0x70); // i32.rem_u
    body.op(0x0E, size);
    for (int i = 0; i <= size; i++) {
      body.raw(leb(i));
    }
    for (int i = 0; i <= size; i++) {
      body.op(END);
      for (int j = 0; j < work; j++) {
        body.i32(8 * j).op(0x20, 1).i32(i).op(0x6A, 0x22, 1, 0x36, 2, 0);
      }
      body.op(0x20, 0).i32(1).op(0x6B, 0x22, 0).op(0x0D, size - i);
    }
    body.op(END);
    int function = wasm.function(nothing, vector(join(leb(2), bytes(I32))), body.bytes());
    return wasm.export("run", 0, function).build();
  }

  // What has a name or an index of its own.

  private static byte[] exportName(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int[] pieces = {'a', '.', ';', '[', '/', '<', '>', ':', ' ', '"', '\\', '\n', 0, 0xE9, 0x4E2D};
    var name = new StringBuilder();
    for (int i = 0; i < size; i++) {
      name.appendCodePoint(choices.of(pieces));
    }
    wasm.function(nothing(wasm));
    wasm.export(name.toString(), 0, 0).export("run", 0, 0);
    wasm.custom("name", name.toString().getBytes(UTF_8));
    return wasm.build();
  }

  private static byte[] imports(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int value = wasm.type(NOTHING, bytes(I32));
    int wasi = wasm.type(bytes(I32), bytes(I32));
    wasm.memory(1).export("memory", 2, 0);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      if (choices.below(2) == 0) {
        wasm.importFunction("mooring", "input_len", value);
        body.op(CALL, i).op(DROP);
      } else {
        wasm.importFunction("wasi_snapshot_preview1", "fd_close", wasi);
        body.i32(9).op(CALL, i).op(DROP);
      }
    }
    return wasm.export("run", 0, size + function(wasm, nothing, body)).build();
  }

  private static byte[] exports(int size, Choices choices) {
    var wasm = new WasmBuilder().memory(1).table(FUNCREF, 1).global(I32, 1, constant(1));
    int nothing = nothing(wasm);
    int different = choices.below(2) * (size - 1);
    for (int i = 0; i <= different; i++) {
      wasm.function(nothing);
    }
    for (int i = 0; i < size; i++) {
      int kind = choices.below(8);
      wasm.export("e" + i, kind < 4 ? kind : 0, kind > 0 && kind < 4 ? 0 : Math.min(i, different));
    }
    return wasm.export("run", 0, 0).build();
  }

  private static byte[] functions(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    var empty = new Body();
    for (int i = 0; i < size; i++) {
      function(wasm, nothing, empty);
    }
    var body = new Body();
    for (int i = 0; i < 100; i++) {
      body.op(CALL, choices.below(size));
    }
    return run(wasm, nothing, body);
  }

  private static byte[] globals(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      int type = choices.of(TYPES_OF_VALUES);
      wasm.global(type, 1, new Body().value(type, i).op(END).bytes());
      if (i % 8 == 0) {
        wasm.export("g" + i, 3, i);
        body.op(0x23, i).op(0x24, i);
      }
    }
    return run(wasm, nothing, body);
  }

  // Tables and segments.

  private static byte[] tables(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      int type = choices.of(FUNCREF, WasmBuilder.EXTERNREF);
      wasm.table(type, 1 + choices.below(9)).export("t" + i, 1, i);
      body.i32(0).i32(0).op(0x25, i).op(0x26, i).op(0xD0, type).i32(1).op(0xFC, 15);
      body.raw(leb(i)).op(DROP);
    }
    return run(wasm, nothing, body);
  }

  private static byte[] tableEntries(int size, Choices choices) {
    var wasm = new WasmBuilder().table(choices.of(FUNCREF, WasmBuilder.EXTERNREF), size);
    return run(wasm, nothing(wasm), new Body().i32(size - 1).i32(0).op(0x25, 0).op(0x26, 0));
  }

  private static byte[] elementSegments(int size, Choices choices) {
    var wasm = new WasmBuilder().table(FUNCREF, 64);
    int nothing = nothing(wasm);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      if (choices.below(2) == 0) {
        wasm.add(9, join(bytes(0), constant(choices.below(64)), vector(leb(0))));
      } else {
        wasm.add(9, join(bytes(1, 0), vector(leb(0))));
      }
      if (i % 16 == 0) {
        body.op(0xFC, 13).raw(leb(i));
      }
    }
    return run(wasm, nothing, body);
  }

  private static byte[] elements(int size, Choices choices) {
    var wasm = new WasmBuilder().table(FUNCREF, Math.min(size, 100_000));
    int nothing = nothing(wasm);
    byte[] references =
        choices.below(2) == 0
            ? join(bytes(0), constant(0), leb(size), repeat(size, leb(0)))
            : join(bytes(4), constant(0), leb(size), repeat(size, bytes(0xD0, FUNCREF, END)));
    wasm.add(9, references);
    return run(wasm, nothing, new Body());
  }

  private static byte[] dataSegments(int size, Choices choices) {
    var wasm = new WasmBuilder().memory(1);
    int nothing = nothing(wasm);
    wasm.number(12, size);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      byte[] content = vector(bytes(i & 0x7F));
      wasm.add(
          11,
          choices.below(2) == 0
              ? join(bytes(0), new Body().i32(i & 0xFFFF).op(END).bytes(), content)
              : join(bytes(1), content));
      if (i % 64 == 0) {
        body.op(0xFC, 9).raw(leb(i));
      }
    }
    return run(wasm, nothing, body);
  }

  private static byte[] dataBytes(int size, Choices choices) {
    int pages = (size >>> 16) + 1;
    var wasm = new WasmBuilder().memory(pages);
    int nothing = nothing(wasm);
    byte[] data = new byte[size];
    for (int i = 0; i < size; i += 1 + choices.below(2_000)) {
      data[i] = (byte) i;
    }
    wasm.number(12, 1);
    wasm.add(
        11,
        choices.below(2) == 0
            ? join(bytes(0), constant(0), leb(size), data)
            : join(bytes(1), leb(size), data));
    var body = new Body().i32(0).i32(0).i32(0).op(0xFC, 8, 0, 0).i32(size - 1).op(0x2D, 0, 0, DROP);
    return run(wasm, nothing, body);
  }

  private static byte[] memoryPages(int size, Choices choices) {
    var wasm = new WasmBuilder().memory(size);
    var body = new Body();
    for (int i = 0; i < 10; i++) {
      body.i32(choices.below(size) << 16).i32(1).op(0x36, 2, 0);
    }
    return run(wasm, nothing(wasm), body.i32(1).op(0x40, 0, DROP));
  }

  // Code.

  private static byte[] operands(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    byte[] types = ofTypes(size, choices);
    var body = values(new Body(), types);
    if (choices.below(2) == 1) {
      body.op(0x02, 0x40).i32(1).op(0x0D, 0).op(END);
    }
    return run(wasm, nothing, drops(body, size));
  }

  /** Leaves nothing on the stack; never traps but for division and truncation, which may. */
  private static void anyInstruction(Body body, Choices choices, int number) {
    switch (choices.below(13)) {
      case 0 -> body.i32(number).op(0x2D, 0, 0, DROP);
      case 1 -> body.i32(number & 0xFFF).i64(number).op(0x37, 0, 0);
      case 2 -> body.i32(1).i32(2).i32(number).op(0x1B, DROP);
      case 3 -> body.op(0x3F, 0, DROP);
      case 4 -> body.op(0x23, 0).op(0x24, 0);
      case 5 -> body.i32(0).op(0x25, 0).op(0xD1).op(DROP);
      case 6 -> body.i32(0).i32(0).i32(0).op(0xFC, 10, 0, 0);
      case 7 -> body.i32(0).i32(0).i32(0).op(0xFC, 11, 0);
      case 8 -> body.f64(0x3FF0_0000_0000_0000L).op(0xFC, 2 + choices.below(2), DROP);
      default -> plain(body, choices);
    }
  }

  /** One of the instructions that only compute. */
  private static void plain(Body body, Choices choices) {
    int opcode = 0x45 + choices.below(0x80);
    PlainInstructions.Shape shape = PlainInstructions.shape(opcode);
    if (shape == null) {
      body.op(0x01);
      return;
    }
    for (int i = 0; i < shape.arity(); i++) {
      body.value(code(shape.operand()), 0x4040_4040);
    }
    body.op(opcode, DROP);
  }

  private static int code(ValueType type) {
    return switch (type) {
      case I32 -> I32;
      case I64 -> I64;
      case F32 -> WasmBuilder.F32;
      case F64 -> WasmBuilder.F64;
      case FUNCREF -> FUNCREF;
      case EXTERNREF -> WasmBuilder.EXTERNREF;
    };
  }

  private static WasmBuilder store() {
    return new WasmBuilder().memory(1).table(FUNCREF, 1).global(I32, 1, constant(1));
  }

  private static byte[] instructions(int size, Choices choices) {
    WasmBuilder wasm = store();
    var body = new Body();
    for (int i = 0; i < size; i++) {
      anyInstruction(body, choices, i);
    }
    return run(wasm, nothing(wasm), body);
  }

  private static byte[] instructionsOverFunctions(int size, Choices choices) {
    WasmBuilder wasm = store();
    int nothing = nothing(wasm);
    int each = 1 + choices.below(1_000);
    var body = new Body();
    for (int i = 0; i < each; i++) {
      anyInstruction(body, choices, i);
    }
    for (int i = 0; i < size; i++) {
      function(wasm, nothing, body);
    }
    return wasm.export("run", 0, size - 1).build();
  }

  /** Constants that are all different: each takes a place of its own in a class of the JVM's. */
  private static Body constants(Body body, int from, int count, int type) {
    for (int i = 0; i < count; i++) {
      body.value(type, 0x4040_0000_0000_0001L + 3L * (from + i) * 0x10001).op(DROP);
    }
    return body;
  }

  private static byte[] constants(int size, Choices choices) {
    var wasm = new WasmBuilder();
    return run(wasm, nothing(wasm), constants(new Body(), 0, size, choices.of(NUMBERS)));
  }

  private static byte[] constantsOverFunctions(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int type = choices.of(NUMBERS);
    int each = 1 + choices.below(250);
    for (int i = 0; i < size; i++) {
      function(wasm, nothing, constants(new Body(), i * each, each, type));
    }
    return wasm.export("run", 0, size - 1).build();
  }

  private static byte[] callChain(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int opcode = choices.of(CALL, 0x12);
    for (int i = 0; i < size; i++) {
      function(wasm, nothing, i == 0 ? new Body() : new Body().op(opcode, i - 1));
    }
    return wasm.export("run", 0, size - 1).build();
  }

  private static byte[] calls(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int callees = 1 + choices.below(100);
    for (int i = 0; i < callees; i++) {
      wasm.function(nothing);
    }
    var body = new Body();
    for (int i = 0; i < size; i++) {
      body.op(CALL, i % callees);
    }
    return run(wasm, nothing, body);
  }

  /** Calls itself until the stack is used up, with many locals on it. */
  private static byte[] recursion(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    boolean indirect = choices.below(2) == 1;
    wasm.table(FUNCREF, 1);
    wasm.add(9, join(bytes(0), constant(0), vector(leb(0))));
    var body = indirect ? new Body().i32(0).op(CALL_INDIRECT, nothing).op(0) : new Body();
    body.op(CALL, 0);
    wasm.function(nothing, localsOf(size, choices), body.bytes());
    return wasm.export("run", 0, 0).build();
  }

  private static byte[] indirectTypes(int size, Choices choices) {
    var wasm = new WasmBuilder().table(FUNCREF, size);
    int nothing = nothing(wasm);
    List<byte[]> indices = new ArrayList<>();
    var body = new Body();
    for (int i = 0; i < size; i++) {
      // A number for each type, in the types of its parameters.
      byte[] params = new byte[8];
      for (int j = 0; j < params.length; j++) {
        params[j] = (byte) NUMBERS[(i >>> (2 * j)) & 3];
      }
      boolean gives = choices.below(2) == 1;
      int type = wasm.type(params, gives ? bytes(I64) : NOTHING);
      function(wasm, type, gives ? new Body().i64(i) : new Body());
      indices.add(leb(i));
      values(body, params).i32(i).op(CALL_INDIRECT, type).op(0);
      if (gives) {
        body.op(DROP);
      }
    }
    wasm.add(9, join(bytes(0), constant(0), vector(indices.toArray(new byte[0][]))));
    return run(wasm, nothing, body);
  }

  /** Many functions of one type, any of which the call may mean. */
  private static byte[] indirectCallees(int size, Choices choices) {
    var wasm = new WasmBuilder().table(FUNCREF, 4);
    int nothing = nothing(wasm);
    byte[] params = ofTypes(choices.below(6), choices);
    int type = wasm.type(params, bytes(I64));
    wasm.add(
        9, join(bytes(0), constant(0), vector(leb(0), leb(size - 1), leb(size / 2), leb(size))));
    for (int i = 0; i < size; i++) {
      function(wasm, type, new Body().i64(i));
    }
    var body = new Body();
    for (int i = 0; i < 3; i++) {
      values(body, params).i32(i).op(CALL_INDIRECT, type).op(0).op(DROP);
    }
    return run(wasm, nothing, body);
  }

  /** Types that are the same, each of which any function of any of them has. */
  private static byte[] equalTypes(int size, Choices choices) {
    var wasm = new WasmBuilder().table(FUNCREF, 1);
    int nothing = nothing(wasm);
    wasm.add(9, join(bytes(0), constant(0), vector(leb(0))));
    int functions = 1 + choices.below(2_000);
    for (int i = 1; i < size; i++) {
      nothing(wasm);
    }
    for (int i = 0; i < functions; i++) {
      wasm.function(choices.below(size));
    }
    return run(wasm, nothing, new Body().i32(0).op(CALL_INDIRECT, choices.below(size)).op(0));
  }

  /** Functions of many types. */
  private static byte[] typedFunctions(int size, Choices choices) {
    var wasm = new WasmBuilder();
    int nothing = nothing(wasm);
    int types = Math.min(size, 1 + choices.below(9_999));
    for (int i = 0; i < types; i++) {
      byte[] params = new byte[8];
      for (int j = 0; j < params.length; j++) {
        params[j] = (byte) NUMBERS[(i >>> (2 * j)) & 3];
      }
      wasm.type(params, NOTHING);
    }
    for (int i = 0; i < size; i++) {
      wasm.function(1 + i % types);
    }
    return run(wasm, nothing, new Body());
  }

  private static byte[] deadCode(int size, Choices choices) {
    var wasm = new WasmBuilder();
    var body = new Body().op(0x02, 0x40);
    if (choices.below(2) == 0) {
      body.op(0x0F);
    } else {
      body.op(0x0C, 0);
    }
    for (int i = 0; i < size; i++) {
      switch (choices.below(4)) {
        case 0 -> body.op(0x6A, DROP);
        case 1 -> body.op(0x02, 0x40, END);
        case 2 -> body.i32(i).op(DROP);
        default -> body.op(0x0C, 0);
      }
    }
    return run(wasm, nothing(wasm), body.op(END));
  }

  private static byte[] addressOffsets(int size, Choices choices) {
    var wasm = new WasmBuilder().memory(1);
    var body = new Body();
    for (int i = 0; i < size; i++) {
      long offset = choices.below(2) == 0 ? i : 0xFFFF_FFFFL - i;
      body.i32(choices.below(2) == 0 ? 0 : -1).i32(0).op(0x04, 0x40);
      body.i32(0).op(0x28, 2).raw(leb(offset)).op(DROP, END, DROP);
    }
    return run(wasm, nothing(wasm), body);
  }

  // What is beside the code.

  private static byte[] customSections(int size, Choices choices) {
    var wasm = new WasmBuilder();
    for (int i = 0; i < size; i++) {
      wasm.custom(choices.below(2) == 0 ? "name" : "c" + i, new byte[choices.below(3_000)]);
    }
    return run(wasm, nothing(wasm), new Body());
  }

  private static byte[] configKeys(int size, Choices choices) {
    var wasm = new WasmBuilder();
    var keys = new StringBuilder();
    for (int i = 0; i < size; i++) {
      keys.append("k").append(i).append(choices.below(2) == 0 ? "\n" : ": what it is\n");
    }
    wasm.custom(ConfigSection.NAME, keys.toString().getBytes(UTF_8));
    return run(wasm, nothing(wasm), new Body());
  }
}
