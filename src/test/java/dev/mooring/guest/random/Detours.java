package dev.mooring.guest.random;

import static dev.mooring.guest.intake.WasmBuilder.I32;

import dev.mooring.guest.intake.Body;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Functions that stand for an instruction which Chicory 1.7.5's interpreter gets wrong: they take
 * what it takes, and do what it does. They come behind all other functions, and nothing but the
 * interpreter's module has any.
 */
final class Detours {
  private static final int END = 0x0B;
  private static final int BR = 0x0C;
  private static final int RETURN = 0x0F;
  private static final int RETURN_CALL = 0x12;
  private static final int RETURN_CALL_INDIRECT = 0x13;
  private static final int DROP = 0x1A;
  private static final int GET = 0x20;
  private static final int SET = 0x21;
  private static final int TABLE_GET = 0x25;
  private static final int TABLE_SET = 0x26;
  private static final int EQZ = 0x45;
  private static final int LT_S = 0x48;
  private static final int GT_U = 0x4B;
  private static final int ADD = 0x6A;
  private static final int SUB = 0x6B;
  private static final int OR = 0x72;
  private static final int PREFIX = 0xFC;
  private static final int TABLE_INIT = 12;
  private static final int TABLE_GROW = 15;
  private static final int TABLE_SIZE = 16;
  private static final int TABLE_FILL = 17;
  private static final int VOID = 0x40;

  /** More than any table has room for. */
  private static final int MUCH = 1_000_000;

  /** One of them: what it is like, and its code, in which its parameters are the first locals. */
  private record Detour(Signature signature, Body code) {}

  private final List<Detour> detours = new ArrayList<>();
  private final int first;

  Detours(int first) {
    this.first = first;
  }

  /** The function of a code; of equal code there is one. */
  private int add(Signature signature, Body code) {
    for (int i = 0; i < detours.size(); i++) {
      Detour detour = detours.get(i);
      if (detour.signature.equals(signature) && Arrays.equals(detour.code.bytes(), code.bytes())) {
        return first + i;
      }
    }
    detours.add(new Detour(signature, code));
    return first + detours.size() - 1;
  }

  interface Sink {
    void add(Signature signature, byte[] code);
  }

  void writeTo(Sink sink) {
    detours.forEach(detour -> sink.add(detour.signature, detour.code.bytes()));
  }

  private static Body parameters(int count) {
    var code = new Body();
    for (int i = 0; i < count; i++) {
      code.op(GET, i);
    }
    return code;
  }

  /** A call of a function that ends a function: of itself, it takes arguments for all locals. */
  int tailCall(int function, Signature signature) {
    return add(signature, parameters(signature.params().size()).op(RETURN_CALL, function));
  }

  /** The same through a table: who knows which function it is. */
  int tailCall(int type, Signature signature, int table) {
    var params = new ArrayList<>(signature.params());
    params.add(I32);
    Body code = parameters(params.size()).op(RETURN_CALL_INDIRECT, type, table);
    return add(new Signature(params, signature.results()), code);
  }

  /** {@code table.init}, {@code table.fill}: negative numbers can make up for each other. */
  int tableInit(int segment, int table) {
    var signature = new Signature(List.of(I32, I32, I32), List.of());
    Body code = new Body().op(GET, 0).op(GET, 1).op(GET, 2).op(OR).op(OR);
    trapIfNegative(code, table);
    for (int i = 0; i < 3; i++) {
      code.op(GET, i);
    }
    return add(signature, code.op(PREFIX, TABLE_INIT, segment, table));
  }

  int tableFill(int type, int table) {
    var signature = new Signature(List.of(I32, type, I32), List.of());
    Body code = new Body().op(GET, 0).op(GET, 2).op(OR);
    trapIfNegative(code, table);
    for (int i = 0; i < 3; i++) {
      code.op(GET, i);
    }
    return add(signature, code.op(PREFIX, TABLE_FILL, table));
  }

  private static void trapIfNegative(Body code, int table) {
    code.i32(0).op(LT_S).op(Blocks.IF, VOID);
    trap(code, table);
    code.op(END);
  }

  private static void trap(Body code, int table) {
    code.i32(-1).op(TABLE_GET, table).op(DROP);
  }

  /** {@code table.grow}: the new size can be more than an int has room for. */
  int tableGrow(int type, int table) {
    Body code = new Body().op(GET, 1).i32(MUCH).op(GT_U).op(Blocks.IF, VOID);
    code.i32(-1).op(RETURN).op(END);
    code.op(GET, 0).op(GET, 1).op(PREFIX, TABLE_GROW, table);
    return add(new Signature(List.of(type, I32), List.of(I32)), code);
  }

  /** {@code table.copy}: it looks for what lies next to an entry, which may be outside. */
  int tableCopy(int to, int from) {
    Body code = new Body().op(GET, 0).op(GET, 1).op(GET, 2).op(OR).op(OR);
    trapIfNegative(code, to);
    trapIfOutside(code, 0, to);
    trapIfOutside(code, 1, from);
    code.op(GET, 0).op(GET, 1).op(GT_U).op(Blocks.IF, VOID);
    loop(code);
    code.op(GET, 2).i32(1).op(SUB).op(SET, 2);
    code.op(GET, 0).op(GET, 2).op(ADD).op(GET, 1).op(GET, 2).op(ADD);
    code.op(TABLE_GET, from).op(TABLE_SET, to).op(BR, 0).op(END).op(END);
    loop(code);
    code.op(GET, 0).op(GET, 1).op(TABLE_GET, from).op(TABLE_SET, to);
    for (int i = 0; i < 3; i++) {
      code.op(GET, i).i32(i == 2 ? -1 : 1).op(ADD).op(SET, i);
    }
    code.op(BR, 0).op(END);
    return add(new Signature(List.of(I32, I32, I32), List.of()), code);
  }

  /** Returns if nothing is left. */
  private static void loop(Body code) {
    code.op(Blocks.LOOP, VOID).op(GET, 2).op(EQZ).op(Blocks.IF, VOID).op(RETURN).op(END);
  }

  private static void trapIfOutside(Body code, int start, int table) {
    code.op(GET, start).op(GET, 2).op(ADD).op(PREFIX, TABLE_SIZE, table).op(GT_U);
    code.op(Blocks.IF, VOID);
    trap(code, table);
    code.op(END);
  }
}
