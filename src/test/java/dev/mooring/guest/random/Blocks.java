package dev.mooring.guest.random;

import static dev.mooring.guest.intake.WasmBuilder.I32;

import dev.mooring.guest.intake.Body;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * The open blocks of a function, and the branches to them.
 *
 * <p>For an interpreter they are written in other words, with the same meaning: what a block takes,
 * or a loop gives, goes by locals. Chicory 1.7.5's forgets to take from the stack what lies below
 * what a branch takes along, as many values as the block has results if it branches back, or
 * parameters if not.
 */
final class Blocks {
  static final int BLOCK = 0x02;
  static final int LOOP = 0x03;
  static final int IF = 0x04;
  private static final int UNREACHABLE = 0x00;
  private static final int ELSE = 0x05;
  private static final int END = 0x0B;
  private static final int BR = 0x0C;
  private static final int BR_IF = 0x0D;
  private static final int BR_TABLE = 0x0E;
  private static final int RETURN = 0x0F;
  private static final int RETURN_CALL = 0x12;
  private static final int GET = 0x20;
  private static final int SET = 0x21;
  private static final int VOID = 0x40;
  private static final int I32_EQ = 0x46;
  private static final int I32_NE = 0x47;

  private static final class Label {
    private final int opcode;
    private final Signature type;

    /** Whether any branch may go there. */
    private boolean aim;

    /** Where the parameters are, if they aren't on the stack. */
    private List<Integer> params = List.of();

    private boolean hasElse;

    Label(int opcode, Signature type, boolean aim) {
      this.opcode = opcode;
      this.type = type;
      this.aim = aim;
    }

    /** What a branch takes along. */
    List<Integer> taken() {
      return opcode == LOOP ? type.params() : type.results();
    }
  }

  /** The function that ends another, and the locals that hold its arguments. */
  private record TailCall(int callee, List<Integer> arguments) {}

  private final RandomModule module;
  private final Body code;
  private final IntUnaryOperator newLocal;
  private final boolean byLocals;
  private final List<Label> labels = new ArrayList<>();

  /** For an interpreter, the calls that end the function. */
  private final List<TailCall> tailCalls = new ArrayList<>();

  /** Where the number of the call is that is to end the function. */
  private int chosen;

  /**
   * @param results of the function
   * @param newLocal makes one of a type
   */
  Blocks(RandomModule module, Body code, List<Integer> results, IntUnaryOperator newLocal) {
    this.module = module;
    this.code = code;
    this.newLocal = newLocal;
    this.byLocals = module.isForInterpreter();
    labels.add(new Label(BLOCK, new Signature(List.of(), results), true));
  }

  /** Begins the function. */
  void begin() {
    if (byLocals) {
      chosen = newLocal.applyAsInt(I32);
      code.op(BLOCK, VOID);
    }
  }

  /** Ends the function, whose results lie on the stack. */
  void finish() {
    if (!byLocals) {
      return;
    }
    code.op(RETURN).op(END);
    for (int i = 0; i < tailCalls.size(); i++) {
      code.op(GET, chosen).i32(i).op(I32_EQ).op(IF, VOID);
      load(tailCalls.get(i).arguments);
      code.op(RETURN_CALL, tailCalls.get(i).callee).op(END);
    }
    code.op(UNREACHABLE);
  }

  /**
   * Ends the function by a call. For an interpreter that is done outside of all blocks: Chicory
   * 1.7.5's, and others, leave on the stack what lies below the arguments.
   *
   * @param params of the function that is called
   */
  void tailCall(int callee, List<Integer> params) {
    if (byLocals) {
      List<Integer> arguments = keep(params);
      code.i32(tailCalls.size()).op(SET, chosen).op(BR, labels.size() - 1);
      tailCalls.add(new TailCall(callee, arguments));
    } else {
      code.op(RETURN_CALL, callee);
    }
  }

  /** Whether a block can be of a type: in both ways of writing. */
  boolean mayBe(Signature type) {
    return code(type) >= 0 && code(new Signature(List.of(), type.results())) >= 0;
  }

  private int code(Signature type) {
    if (type.params().isEmpty() && type.results().size() < 2) {
      return type.results().isEmpty() ? VOID : type.results().getFirst();
    }
    return module.blockTypeOf(type);
  }

  /** Opens a block, whose parameters lie on the stack, below the condition if it has one. */
  void open(int opcode, Signature type, boolean aim) {
    var label = new Label(opcode, type, aim);
    if (byLocals) {
      int condition = opcode == IF && !type.params().isEmpty() ? keep(I32) : -1;
      label.params = keep(type.params());
      if (condition >= 0) {
        code.op(GET, condition);
      }
      if (opcode == IF) {
        code.i32(0).op(I32_NE); // It looks at more than 32 bits of it, and i32.mul leaves them.
      }
      List<Integer> results = opcode == LOOP ? List.of() : type.results();
      code.op(opcode, code(new Signature(List.of(), results)));
      load(label.params);
    } else {
      code.op(opcode, code(type));
    }
    labels.add(label);
  }

  void orElse() {
    Label label = labels.getLast();
    label.hasElse = true;
    code.op(ELSE);
    load(label.params);
  }

  /** Closes a block, whose results lie on the stack. */
  void close() {
    Label label = labels.getLast();
    if (label.opcode == IF && !label.hasElse && !label.params.isEmpty()) {
      orElse();
    }
    List<Integer> results =
        byLocals && label.opcode == LOOP ? keep(label.type.results()) : List.of();
    code.op(END);
    load(results);
    labels.removeLast();
  }

  private int keep(int type) {
    int local = newLocal.applyAsInt(type);
    code.op(SET, local);
    return local;
  }

  /** Takes values from the stack to locals, in their order. */
  private List<Integer> keep(List<Integer> types) {
    var kept = new ArrayList<Integer>();
    for (int i = types.size() - 1; i >= 0; i--) {
      kept.addFirst(keep(types.get(i)));
    }
    return kept;
  }

  private void load(List<Integer> locals) {
    locals.forEach(local -> code.op(GET, local));
  }

  private void store(List<Integer> locals) {
    locals.reversed().forEach(local -> code.op(SET, local));
  }

  // Branches, to a label by its number from the outermost.

  int count() {
    return labels.size();
  }

  boolean isAim(int label) {
    return labels.get(label).aim;
  }

  /** Lets branches go to a label from now on. */
  void aimAt(int label) {
    labels.get(label).aim = true;
  }

  /** What a branch to a label takes along. */
  List<Integer> taken(int label) {
    return labels.get(label).taken();
  }

  /** Whether a table may lead to a label: not to a loop with parameters. */
  boolean isInTables(int label) {
    return isAim(label) && (labels.get(label).opcode != LOOP || taken(label).isEmpty());
  }

  private int depth(int label) {
    boolean isFunction = label == 0;
    return labels.size() - 1 - label + (isFunction && byLocals ? 1 : 0);
  }

  /** What loops take, where it goes by locals. */
  private List<Integer> carried(int label) {
    Label target = labels.get(label);
    return target.opcode == LOOP ? target.params : List.of();
  }

  void branch(int label) {
    store(carried(label));
    code.op(BR, depth(label));
  }

  /** A branch on a condition; what it would have taken along is left. */
  void branchIf(int label) {
    List<Integer> carried = carried(label);
    if (carried.isEmpty()) {
      code.op(BR_IF, depth(label));
      return;
    }
    int condition = keep(I32);
    store(carried);
    code.op(GET, condition).op(BR_IF, depth(label));
    load(carried);
  }

  void branchByTable(List<Integer> targets, int otherwise) {
    long[] numbers = new long[targets.size() + 2];
    numbers[0] = targets.size();
    for (int i = 0; i < targets.size(); i++) {
      numbers[i + 1] = depth(targets.get(i));
    }
    numbers[targets.size() + 1] = depth(otherwise);
    code.op(BR_TABLE, numbers);
  }
}
