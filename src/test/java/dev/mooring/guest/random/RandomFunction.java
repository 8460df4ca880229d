package dev.mooring.guest.random;

import static dev.mooring.guest.intake.WasmBuilder.F32;
import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;

import dev.mooring.guest.intake.Body;
import java.util.ArrayList;
import java.util.List;

/**
 * A function at random: its blocks, loops, branches and calls. What computes is {@link
 * RandomValues}, and what changes memory and tables is {@link RandomStores}.
 *
 * <p>Invariant: what is written so far is valid, whatever comes next; whoever opens a block closes
 * it, and whoever says that he leaves values of some types leaves just these.
 */
final class RandomFunction {
  private static final int NOP = 0x01;
  private static final int IF = Blocks.IF;
  private static final int END = 0x0B;
  private static final int RETURN = 0x0F;
  private static final int DROP = 0x1A;
  private static final int GET = 0x20;
  private static final int SET = 0x21;
  private static final int TEE = 0x22;
  private static final int GLOBAL_GET = 0x23;
  private static final int GLOBAL_SET = 0x24;
  private static final int VOID = 0x40;

  /** Calls that haven't returned, of those that are counted. */
  private static final int MOST_DEPTH = 20;

  /** Rounds of a loop that isn't asked for fuel. */
  private static final int FEW_ROUNDS = 20;

  private static final int DEEPEST = 7;
  private static final int MOST_VALUES = 3;

  final RandomModule module;
  final Dice dice;
  final Body code = new Body();
  private final int index;
  private final Signature signature;
  private final RandomValues values;
  private final RandomStores stores;

  /** The types of parameters and locals. */
  private final List<Integer> locals = new ArrayList<>();

  /** As many of them, the first, anybody may change; the others are for one thing only. */
  private int free;

  private final Blocks blocks;

  /** What may still be written: an instruction or so each. */
  private int budget;

  private int depth;
  private int loops;
  private boolean calls;

  private RandomFunction(RandomModule module, int index, Dice dice) {
    this.module = module;
    this.index = index;
    this.dice = dice;
    this.signature = module.signature(index);
    this.blocks = new Blocks(module, code, signature.results(), this::newLocal);
    this.values = new RandomValues(this);
    this.stores = values.stores;
    this.budget = dice.percent(2) ? 4_000 : dice.within(5, dice.of(20, 60, 200, 400));
  }

  /** The locals and the code of a function, but for the last {@code end}. */
  static byte[] write(RandomModule module, int index, Dice dice) {
    return new RandomFunction(module, index, dice).write();
  }

  private byte[] write() {
    locals.addAll(signature.params());
    for (int type : new int[] {I32, I32, I64, F32, F64}) {
      for (int i = dice.below(3); i > 0; i--) {
        locals.add(type);
      }
    }
    locals.addAll(module.chooseTypes(dice.below(3), false));
    free = locals.size();
    blocks.begin();
    content(List.of(), signature.results());
    blocks.finish();
    var entry = new Body();
    if (calls || dice.percent(30)) {
      burn(entry);
      entry.op(GLOBAL_GET, RandomModule.FUEL).i32(0).op(0x48); // i32.lt_s
      entry.op(GLOBAL_GET, RandomModule.DEPTH).i32(MOST_DEPTH).op(0x4A).op(0x72); // i32.gt_s, or
      entry.op(IF).op(VOID);
      giveUp(entry);
      entry.op(END);
    }
    return join(declared(), entry.bytes(), code.bytes());
  }

  private byte[] declared() {
    List<Integer> declared = locals.subList(signature.params().size(), locals.size());
    byte[][] groups = new byte[declared.size()][];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = bytes(1, declared.get(i));
    }
    return join(leb(groups.length), join(groups));
  }

  // What it may still do.

  boolean mayWrite() {
    return budget > 0 && depth < DEEPEST;
  }

  boolean dares() {
    return dice.chance(module.risk);
  }

  void spend(int instructions) {
    budget -= instructions;
  }

  /** Writes something that is part of something else. */
  void within(Runnable part) {
    depth++;
    part.run();
    depth--;
  }

  // Locals and globals.

  /** A local of a type that anybody may change; negative if there is none. */
  int local(int type) {
    int start = dice.below(free + 1);
    for (int i = 0; i < free; i++) {
      int place = (start + i) % free;
      if (locals.get(place) == type) {
        return place;
      }
    }
    return -1;
  }

  /** A local of a type for one thing only. */
  int newLocal(int type) {
    locals.add(type);
    return locals.size() - 1;
  }

  /** A global of a type; negative if there is none. */
  int global(int type, boolean mutable) {
    int start = dice.below(module.globals.size());
    for (int i = 0; i < module.globals.size(); i++) {
      int place = (start + i) % module.globals.size();
      RandomModule.Global global = module.globals.get(place);
      if (global.type() == type && (!mutable || (global.mutable() && place > RandomModule.DEPTH))) {
        return place;
      }
    }
    return -1;
  }

  private void get(int local) {
    code.op(GET, local);
  }

  private void set(int local) {
    code.op(SET, local);
  }

  // Fuel.

  private static void burn(Body body) {
    body.op(GLOBAL_GET, RandomModule.FUEL).i32(1).op(0x6B).op(GLOBAL_SET, RandomModule.FUEL);
  }

  /** Ends the function. */
  private void giveUp(Body body) {
    if (dares() && dice.percent(20)) {
      body.op(0x00);
      return;
    }
    for (int type : signature.results()) {
      RandomValues.zero(body, type);
    }
    body.op(RETURN);
  }

  private void askForFuel() {
    burn(code);
    code.op(GLOBAL_GET, RandomModule.FUEL).i32(0).op(0x48); // i32.lt_s
    blocks.open(IF, Signature.NOTHING, false);
    giveUp(code);
    blocks.close();
  }

  /** Counts a call that follows, or one that has returned. */
  private void count(int by) {
    code.op(GLOBAL_GET, RandomModule.DEPTH).i32(by).op(0x6A).op(GLOBAL_SET, RandomModule.DEPTH);
  }

  // Blocks.

  /** What is between a block's beginning and its end: takes some values, and leaves some. */
  private void content(List<Integer> given, List<Integer> wanted) {
    take(given);
    boolean live = statements(dice.within(1, depth == 0 ? 30 : 5));
    if (live || dice.percent(50)) {
      leave(wanted);
    }
  }

  /** Takes what is on the stack: keeps it in locals, or drops it. */
  void take(List<Integer> types) {
    for (int i = types.size() - 1; i >= 0; i--) {
      int local = local(types.get(i));
      if (local >= 0 && dice.percent(70)) {
        set(local);
      } else {
        code.op(DROP);
      }
    }
  }

  void leave(List<Integer> types) {
    types.forEach(values::value);
  }

  private List<Integer> someTypes() {
    return dice.percent(60) ? List.of() : module.chooseTypes(dice.below(MOST_VALUES + 1), false);
  }

  /** Writes a block of any kind that leaves values of some types; false if there is none. */
  boolean block(List<Integer> results) {
    var type = new Signature(dice.percent(75) ? List.of() : someTypes(), results);
    if (!blocks.mayBe(type)) {
      return false;
    }
    within(
        () -> {
          leave(type.params());
          switch (dice.below(5)) {
            case 0, 1 -> {
              blocks.open(Blocks.BLOCK, type, true);
              content(type.params(), results);
            }
            case 2 -> loop(type);
            default -> {
              values.condition();
              blocks.open(IF, type, true);
              content(type.params(), results);
              if (!type.params().equals(results) || dice.percent(60)) {
                blocks.orElse();
                content(type.params(), results);
              }
            }
          }
          blocks.close();
        });
    return true;
  }

  /** A loop without its end. */
  private void loop(Signature type) {
    if (dice.percent(60)) {
      countedLoop(type);
      return;
    }
    loops++;
    blocks.open(Blocks.LOOP, type, true);
    askForFuel();
    content(type.params(), List.of());
    leave(type.params());
    values.condition();
    blocks.branchIf(blocks.count() - 1);
    take(type.params());
    leave(type.results());
    loops--;
  }

  private void countedLoop(Signature type) {
    int counter = newLocal(I32);
    int rounds = dice.within(1, dice.percent(10) ? 10 * FEW_ROUNDS : FEW_ROUNDS);
    boolean asks = loops > 0 || rounds > FEW_ROUNDS || dice.percent(50);
    code.i32(rounds).op(SET, counter);
    loops++;
    blocks.open(Blocks.LOOP, type, asks);
    if (asks) {
      askForFuel();
    } else {
      burn(code);
    }
    content(type.params(), List.of());
    leave(type.params());
    code.op(GET, counter).i32(1).op(0x6B).op(TEE, counter);
    blocks.branchIf(blocks.count() - 1);
    take(type.params());
    leave(type.results());
    loops--;
  }

  /**
   * A loop as an interpreter has: at its head a jump by a number, and many ways back to it. Nothing
   * but the number says that there is no fuel left.
   */
  private void dispatchLoop() {
    int arms = dice.within(1, 9);
    int number = newLocal(I32);
    var carrying = new Signature(List.of(I32), List.of());
    boolean carried = dice.percent(30) && blocks.mayBe(carrying);
    Signature type = carried ? carrying : Signature.NOTHING;
    code.i32(dice.within(0, arms)).op(SET, number);
    int exit = blocks.count();
    blocks.open(Blocks.BLOCK, Signature.NOTHING, true);
    leave(type.params());
    int top = blocks.count();
    blocks.open(Blocks.LOOP, type, false);
    loops++;
    if (carried) {
      set(number);
    }
    burn(code);
    if (dice.percent(30)) {
      values.value(I32);
      set(number);
    }
    for (int i = 0; i < arms; i++) {
      blocks.open(Blocks.BLOCK, Signature.NOTHING, false);
    }
    jumpNumber(carried || dice.percent(50), number);
    jump(arms, carried ? exit : top, exit);
    for (int label = top; label < blocks.count(); label++) {
      blocks.aimAt(label); // Not before the jump: it ends the loop if there is no fuel.
    }
    for (int i = 0; i < arms; i++) {
      blocks.close();
      if (statements(dice.within(1, 3))) {
        arm(number, exit, top, type.params());
      }
    }
    blocks.close();
    blocks.close();
    loops--;
  }

  /** The number by which a dispatch goes on: -1 without fuel. */
  private void jumpNumber(boolean ofLocal, int number) {
    if (ofLocal) {
      get(number);
    } else {
      values.value(I32);
    }
    code.i32(dice.of(3, 7, 7, 15)).op(0x71);
    code.op(GLOBAL_GET, RandomModule.FUEL).i32(31).op(0x75).op(0x72); // i32.shr_s, i32.or
  }

  private void jump(int arms, int sometimes, int otherwise) {
    var targets = new ArrayList<Integer>();
    for (int i = dice.within(0, 2 * arms); i > 0; i--) {
      targets.add(dice.percent(4) ? sometimes : blocks.count() - 1 - dice.below(arms));
    }
    blocks.branchByTable(targets, otherwise);
  }

  /** How an arm ends: it goes back, mostly. */
  private void arm(int number, int exit, int top, List<Integer> carried) {
    if (dice.percent(70)) {
      values.value(I32);
      set(number);
    }
    int way = dice.below(10);
    if (way < 6) {
      leave(carried);
      blocks.branch(top);
    } else if (way < 8) {
      leave(carried);
      values.condition();
      blocks.branchIf(top);
      take(carried);
    } else if (way == 8) {
      blocks.branch(exit);
    }
  }

  // Statements.

  /** Writes some; answers whether the last one's end is reached. */
  private boolean statements(int most) {
    for (int i = 0; i < most && budget > 0; i++) {
      budget--;
      if (!statement()) {
        if (dice.percent(50)) {
          dead();
        }
        return false;
      }
    }
    return true;
  }

  private boolean statement() {
    boolean[] live = {true};
    within(() -> live[0] = oneStatement());
    return live[0];
  }

  private boolean oneStatement() {
    switch (dice.below(32)) {
      case 0, 1, 2, 3, 4 -> {
        int type = RandomModule.chooseType(dice, false);
        values.value(type);
        take(List.of(type));
      }
      case 5, 6 -> setGlobal();
      case 7, 8, 9, 10, 11 -> stores.store();
      case 12, 13 -> stores.bulk();
      case 14, 15 -> stores.table();
      case 16, 17, 18, 19, 20 -> {
        List<Integer> results = someTypes();
        if (mayWrite() && block(results)) {
          take(results);
        }
      }
      case 21, 22 -> {
        if (mayWrite()) {
          dispatchLoop();
        }
      }
      case 23, 24 -> call();
      case 25 -> callIndirect();
      case 26, 27 -> branchIf();
      case 28 -> code.op(NOP);
      case 29 -> {
        if (dares()) {
          code.op(0x00);
          return false;
        }
      }
      default -> {
        return !dice.percent(60) || !end();
      }
    }
    return true;
  }

  private void setGlobal() {
    int type = RandomModule.chooseType(dice, false);
    int global = global(type, true);
    if (global >= 0) {
      values.value(type);
      code.op(GLOBAL_SET, global);
    }
  }

  /** A label that a branch may go to. */
  private int anyLabel() {
    int label;
    do {
      label = dice.below(blocks.count());
    } while (!blocks.isAim(label));
    return label;
  }

  private void branchIf() {
    int label = anyLabel();
    leave(blocks.taken(label));
    values.condition();
    blocks.branchIf(label);
    take(blocks.taken(label));
  }

  /** A branch that takes along one value of a type, and leaves it; false if there is none. */
  boolean branchWith(int type) {
    int label = anyLabel();
    if (!blocks.taken(label).equals(List.of(type))) {
      return false;
    }
    values.value(type);
    values.condition();
    blocks.branchIf(label);
    return true;
  }

  /** Something that goes elsewhere; false if it is nothing. */
  private boolean end() {
    switch (dice.below(5)) {
      case 0 -> {
        leave(signature.results());
        code.op(RETURN);
      }
      case 1 -> {
        int label = anyLabel();
        leave(blocks.taken(label));
        blocks.branch(label);
      }
      case 2 -> {
        return branchByTable();
      }
      case 3 -> {
        return tailCall();
      }
      default -> {
        return tailCallIndirect();
      }
    }
    return true;
  }

  private boolean branchByTable() {
    int otherwise = anyLabel();
    if (!blocks.isInTables(otherwise)) {
      return false;
    }
    var same = new ArrayList<Integer>();
    for (int i = 0; i < blocks.count(); i++) {
      if (blocks.isInTables(i) && blocks.taken(i).equals(blocks.taken(otherwise))) {
        same.add(i);
      }
    }
    leave(blocks.taken(otherwise));
    values.value(I32);
    if (dice.percent(70)) {
      code.i32(7).op(0x71);
    }
    var targets = new ArrayList<Integer>();
    for (int i = dice.below(8); i > 0; i--) {
      targets.add(dice.of(same));
    }
    blocks.branchByTable(targets, otherwise);
    return true;
  }

  /** Code that nothing comes to, where values of any type can be had from nowhere. */
  private void dead() {
    switch (dice.below(8)) {
      case 0 -> code.op(0x6A).op(DROP);
      case 1 -> code.op(DROP);
      case 2 -> code.op(0xA0).op(0xAA).op(DROP);
      case 3 -> code.op(0x1B).op(DROP);
      case 4 -> code.op(0x37, 0, 8);
      case 5 -> blocks.branch(0);
      case 6 -> {
        int callee = dice.below(Math.min(module.functionCount(), 12));
        code.op(0x10, callee);
        calls = true;
        module.signature(callee).results().forEach(type -> code.op(DROP));
      }
      default -> statement();
    }
  }

  // Calls.

  /** Whether a call needn't be counted. */
  private boolean isBounded(int callee) {
    return module.isOrdered(callee) && (!module.isOrdered(index) || callee > index);
  }

  private void callTo(int callee) {
    leave(module.signature(callee).params());
    calls = true;
    if (isBounded(callee) && dice.percent(60)) {
      code.op(0x10, callee);
    } else {
      count(1);
      code.op(0x10, callee);
      count(-1);
    }
  }

  private void call() {
    if (mayWrite()) {
      int callee = dice.below(module.functionCount());
      callTo(callee);
      take(module.signature(callee).results());
    }
  }

  /** A call that leaves one value of a type, and perhaps drops others; false if there is none. */
  boolean callFor(int type) {
    int first = dice.below(module.functionCount());
    for (int i = 0; i < Math.min(module.functionCount(), 12); i++) {
      int callee = (first + i) % module.functionCount();
      List<Integer> results = module.signature(callee).results();
      if (!results.isEmpty() && results.getFirst() == type) {
        callTo(callee);
        take(results.subList(1, results.size()));
        return true;
      }
    }
    return false;
  }

  private void callIndirect() {
    Signature callee = module.anySignature(dice);
    int table = functionTable();
    if (mayWrite() && (mayFind(callee, table) || dares())) {
      leave(callee.params());
      number(callee, table);
      calls = true;
      count(1);
      code.op(0x11, module.typeOf(callee, dice), table);
      count(-1);
      take(callee.results());
    }
  }

  private int functionTable() {
    int table = dice.below(module.tables.size());
    return module.tables.get(table).type() == FUNCREF ? table : 0;
  }

  /** Whether a table has a function of a signature for sure, or may have. */
  private boolean mayFind(Signature callee, int table) {
    RandomModule.Table found = module.tables.get(table);
    return (found.stable() || dice.chance(5 * module.risk))
        && found.entries().stream().anyMatch(f -> f >= 0 && module.signature(f).equals(callee));
  }

  /** The place of a function of a signature in a table, if it was there at the start; or any. */
  private void number(Signature callee, int table) {
    List<Integer> entries = module.tables.get(table).entries();
    int start = dice.below(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      int place = (start + i) % entries.size();
      int function = entries.get(place);
      if (function >= 0 && module.signature(function).equals(callee) && !dares()) {
        code.i32(place);
        return;
      }
    }
    stores.place(module.tables.get(table).initial() + dice.below(2));
  }

  private boolean tailCall() {
    var callees = new ArrayList<Integer>();
    for (int i = 0; i < Math.min(module.functionCount(), 40); i++) {
      if (module.signature(i).results().equals(signature.results())
          && (!module.isOrdered(index) || isBounded(i))) {
        callees.add(i);
      }
    }
    if (callees.isEmpty()) {
      return false;
    }
    int callee = dice.of(callees);
    leave(module.signature(callee).params());
    calls = true;
    boolean helped = callee == index && module.isForInterpreter();
    blocks.tailCall(
        helped ? module.detours().tailCall(callee, signature) : callee,
        module.signature(callee).params());
    return true;
  }

  private boolean tailCallIndirect() {
    int table = functionTable();
    List<Signature> fitting =
        module.tables.get(table).entries().stream()
            .filter(f -> f >= 0 && module.signature(f).results().equals(signature.results()))
            .map(module::signature)
            .toList();
    boolean may = module.tables.get(table).stable() || dice.chance(5 * module.risk);
    if (fitting.isEmpty() || module.isOrdered(index) || !may) {
      return false;
    }
    Signature callee = dice.of(fitting);
    leave(callee.params());
    number(callee, table);
    calls = true;
    int type = module.typeOf(callee, dice);
    if (module.isForInterpreter()) {
      var params = new ArrayList<>(callee.params());
      params.add(I32);
      blocks.tailCall(module.detours().tailCall(type, callee, table), params);
    } else {
      code.op(0x13, type, table);
    }
    return true;
  }
}
