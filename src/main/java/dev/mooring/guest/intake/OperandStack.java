package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The types on a function's operand stack and the blocks around the current instruction, as in the
 * validation algorithm of the WebAssembly specification's appendix. Where code can't be reached,
 * popping gives the unknown type, written as null, which fits everything.
 *
 * <p>Invariant: every block's {@code height} is at most the number of operands, and an instruction
 * never pops below the innermost one's.
 */
final class OperandStack {
  /** What opened a block. */
  enum Opener {
    FUNCTION,
    BLOCK,
    LOOP,
    IF,
    ELSE
  }

  /** One open block; reused. */
  private static final class Block {
    Opener opener = Opener.FUNCTION;
    Signature type = Signature.NOTHING;
    int height;
    boolean unreachable;
    int children;

    /** What a branch to this block must bring. */
    List<ValueType> labelTypes() {
      return opener == Opener.LOOP ? type.params() : type.results();
    }
  }

  private final WasmReader reader;
  private final IntakeLimits limits;
  private @Nullable ValueType[] operands = new ValueType[64];
  private int size;
  private int deepest;
  private Block[] blocks = {new Block()};
  private int depth;

  OperandStack(WasmReader reader, IntakeLimits limits) {
    this.reader = reader;
    this.limits = limits;
  }

  /** Forgets everything and opens a function's outermost block. */
  void startFunction(List<ValueType> results) {
    size = 0;
    deepest = 0;
    depth = 0;
    open(Opener.FUNCTION, new Signature(List.of(), results));
  }

  /** Open blocks, the function's own included; 0 after the function's end. */
  int depth() {
    return depth;
  }

  /** The most operands since the function started. */
  int deepest() {
    return deepest;
  }

  void push(@Nullable ValueType type) {
    if (size == operands.length) {
      operands = Arrays.copyOf(operands, size * 2);
    }
    operands[size++] = type;
    if (size > deepest) {
      deepest = size;
      WasmReader.atMost(
          "operands on a function's stack",
          size,
          limits.operandSlots(),
          Reason.OPERAND_STACK_TOO_DEEP,
          reader.position());
    }
  }

  void push(List<ValueType> types) {
    for (int i = 0; i < types.size(); i++) {
      push(types.get(i));
    }
  }

  @Nullable ValueType pop() {
    Block block = blocks[depth - 1];
    if (size == block.height) {
      if (block.unreachable) {
        return null;
      }
      throw mismatch("an instruction takes more operands than its block has");
    }
    return operands[--size];
  }

  /** Pops an operand that must be of this type; returns null if its type is unknown. */
  @Nullable ValueType pop(@Nullable ValueType expected) {
    ValueType found = pop();
    if (found != null && expected != null && found != expected) {
      throw mismatch("has " + found + " where an instruction takes " + expected);
    }
    return found;
  }

  void pop(List<ValueType> types) {
    for (int i = types.size() - 1; i >= 0; i--) {
      pop(types.get(i));
    }
  }

  /** Checks that these types are on top, without taking them. */
  void peek(List<ValueType> types) {
    Block block = blocks[depth - 1];
    int at = size;
    for (int i = types.size() - 1; i >= 0; i--) {
      if (at == block.height) {
        if (block.unreachable) {
          return;
        }
        throw mismatch("a branch needs more operands than its block has");
      }
      ValueType found = operands[--at];
      if (found != null && found != types.get(i)) {
        throw mismatch("has " + found + " where a branch takes " + types.get(i));
      }
    }
  }

  /** Takes a block's parameters and opens it. */
  void enter(Opener opener, Signature type) {
    pop(type.params());
    WasmReader.atMost(
        "blocks inside of each other",
        depth,
        limits.blockDepth(),
        Reason.BLOCKS_TOO_DEEP,
        reader.position());
    blocks[depth - 1].children++;
    open(opener, type);
  }

  private void open(Opener opener, Signature type) {
    if (depth == blocks.length) {
      blocks = Arrays.copyOf(blocks, depth * 2);
      for (int i = depth; i < blocks.length; i++) {
        blocks[i] = new Block();
      }
    }
    Block block = blocks[depth++];
    block.opener = opener;
    block.type = type;
    block.height = size;
    block.unreachable = false;
    block.children = 0;
    push(type.params());
  }

  /** The {@code else} of the innermost block, which must be an {@code if}. */
  void orElse() {
    Block block = blocks[depth - 1];
    if (block.opener != Opener.IF) {
      throw WasmReader.malformed(reader.position() - 1, "has an else without an if");
    }
    finish(block);
    block.opener = Opener.ELSE;
    block.unreachable = false;
    push(block.type.params());
  }

  /** The {@code end} of the innermost block. */
  Opener leave() {
    Block block = blocks[depth - 1];
    finish(block);
    if (block.opener == Opener.IF && !block.type.params().equals(block.type.results())) {
      throw mismatch("an if of type " + block.type + " has no else");
    }
    depth--;
    push(block.type.results());
    return block.opener;
  }

  private void finish(Block block) {
    pop(block.type.results());
    if (size != block.height) {
      throw mismatch("a block leaves " + (size - block.height) + " operands too many");
    }
  }

  /** What follows can't be reached. */
  void unreachable() {
    Block block = blocks[depth - 1];
    size = block.height;
    block.unreachable = true;
  }

  /** The types that a branch to the block {@code label} levels out must bring. */
  List<ValueType> labelTypes(int label) {
    return blocks[depth - 1 - label].labelTypes();
  }

  /** The results of the function. */
  List<ValueType> functionResults() {
    return blocks[0].type.results();
  }

  /** How many blocks the innermost block has opened so far. */
  int children() {
    return blocks[depth - 1].children;
  }

  private ModuleRejection mismatch(String message) {
    return WasmReader.invalid(reader.position(), "type mismatch: " + message);
  }
}
