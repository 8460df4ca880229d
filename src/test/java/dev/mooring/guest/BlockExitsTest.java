package dev.mooring.guest;

import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.mooring.guest.intake.Body;
import dev.mooring.guest.intake.WasmBuilder;
import org.junit.jupiter.api.Test;

/**
 * Branches that leave a block take what they bring along, and nothing else stays of what was above
 * the block: also if it has parameters, and if the function ends with it.
 */
final class BlockExitsTest {
  private static final int BLOCK = 0x02;
  private static final int LOOP = 0x03;
  private static final int IF = 0x04;
  private static final int ELSE = 0x05;
  private static final int END = 0x0B;
  private static final int BR = 0x0C;
  private static final int BR_IF = 0x0D;
  private static final int BR_TABLE = 0x0E;
  private static final int DROP = 0x1A;
  private static final int GET = 0x20;
  private static final int TEE = 0x22;
  private static final int EQZ = 0x45;
  private static final int ADD = 0x6A;
  private static final int SUB = 0x6B;
  private static final int VOID = 0x40;

  /** The type of a block: an i32 for an i32. */
  private static final int ONE = 1;

  /** Another: an i64 and an f64 for the same. */
  private static final int MIXED = 2;

  @Test
  void branch_outOfBlockWithParameter_leavesWhatIsBelowIt() {
    // 10, and 7 of the block that was given 5.
    assertResults(new Body().i32(10).i32(5).op(BLOCK, ONE).i32(7).op(BR, 0).op(END).op(ADD), 0, 17);
  }

  @Test
  void conditionalBranch_outOfBlockWithParameter_dropsWhatItDoesNotTake() {
    Body code = new Body().i32(10).i32(5).op(BLOCK, ONE).i32(1).i32(2).i32(7);
    code.op(GET, 0).op(BR_IF, 0).op(SUB).op(SUB).op(ADD).op(END).op(ADD);
    assertResults(code, 1, 17);
    assertResults(code, 0, 10 + 5 + 1 - (2 - 7));
  }

  @Test
  void table_ofBlocksWithParameters_dropsForEachWhatItMust() {
    Body code = new Body().i32(1_000).i32(5).op(BLOCK, ONE).i32(100).op(ADD);
    code.op(BLOCK, ONE).i32(20).i32(7).op(GET, 0).op(BR_TABLE, 2, 0, 1, 0).op(END);
    code.i32(1).op(ADD).op(END).op(ADD);
    assertResults(code, 0, 1_008);
    assertResults(code, 1, 1_007);
    assertResults(code, 2, 1_008);
  }

  @Test
  void branch_outOfIfWithParameter_leavesWhatIsBelowIt() {
    Body both = new Body().i32(10).i32(5).op(GET, 0).op(IF, ONE).i32(7).op(BR, 0);
    both.op(ELSE).i32(8).op(GET, 0).op(EQZ).op(BR_IF, 0).op(ADD).op(END).op(ADD);
    assertResults(both, 1, 17);
    assertResults(both, 0, 18);
    Body alone = new Body().i32(10).i32(5).op(GET, 0).op(IF, ONE).i32(7).op(BR, 0).op(END).op(ADD);
    assertResults(alone, 1, 17);
    assertResults(alone, 0, 15);
  }

  @Test
  void branch_withSeveralValues_takesThemInTheirOrder() {
    double half = 0.5;
    Body code = new Body().i64(3).f64(Double.doubleToRawLongBits(half)).op(BLOCK, MIXED);
    code.i32(1).i64(4).f64(0).op(GET, 0).op(BR_IF, 0).op(DROP).op(DROP).op(DROP).op(END);
    assertMixed(code, 1, 4, 0);
    assertMixed(code, 0, 3, half);
  }

  @Test
  void loop_thatBeginsWithBlockWithParameter_goesBackToItsBeginning() {
    // 5, less one in each round, until it is 0; then 10 is added.
    Body code = new Body().i32(10).i32(5).op(LOOP, ONE).op(BLOCK, ONE).i32(1).op(SUB);
    code.op(TEE, 0).op(GET, 0).op(EQZ).op(BR_IF, 0).op(BR, 1).op(END).op(END).op(ADD);
    assertResults(code, 0, 10);
  }

  @Test
  void branch_outOfFunctionThatEndsWithBlock_takesItsResults() {
    Body code = new Body().op(BLOCK, VOID).op(GET, 0).op(EQZ).op(BR_IF, 0).i32(3).op(BR, 1);
    code.op(END).op(BLOCK, I32).i32(4).op(END);
    assertResults(code, 1, 3);
    assertResults(code, 0, 4);
  }

  @Test
  void branch_outOfFunctionThatEndsWithBlockOfFewerResults_takesAllOfThem() {
    Body code = new Body().i32(1).op(BLOCK, I32).i32(2).i32(3).op(BR, 1).op(END);
    assertArrayEquals(new long[] {2, 3}, run(bytes(I32, I32), code, 0));
  }

  private static void assertMixed(Body code, int argument, long first, double second) {
    assertArrayEquals(
        new long[] {first, Double.doubleToRawLongBits(second)},
        run(bytes(I64, F64), code, argument));
  }

  private static void assertResults(Body code, int argument, int result) {
    assertArrayEquals(new long[] {result}, run(bytes(I32), code, argument));
  }

  /** What a function of this code answers, whose parameter is an i32. */
  private static long[] run(byte[] results, Body code, int argument) {
    var wasm = new WasmBuilder();
    wasm.add(3, leb(wasm.type(bytes(I32), results)));
    wasm.type(bytes(I32), bytes(I32));
    wasm.type(bytes(I64, F64), bytes(I64, F64));
    wasm.add(7, join(bytes(1, 'f', 0), leb(0)));
    byte[] whole = join(bytes(0), code.bytes(), bytes(END));
    wasm.add(10, join(leb(whole.length), whole));
    try (var guests = new GuestFixture()) {
      Space space = guests.open(GuestFixture.compile(wasm.build(), guests.runtime));
      return guests.results(space, "f", argument);
    }
  }
}
