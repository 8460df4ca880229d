package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import dev.mooring.guest.intake.ModuleSummary.Export;
import dev.mooring.guest.intake.ModuleSummary.ExportKind;
import dev.mooring.guest.intake.OperandStack.Opener;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the code section: decodes and type-checks every instruction of every function, and notes in
 * the draft what the code does. One pass, one step per byte; what it keeps per function is bounded
 * by the limits.
 *
 * <p>The engine checks types as well. They are checked here first because it collects an exception
 * for each mismatch of a function, lets an {@code if} without {@code else} change types, and copies
 * operand stacks whose depth only a type check can bound.
 */
final class CodeScanner {
  // A block that has parameters may be compiled with another around it, and they go by locals.
  private static final int MOST_AROUND = 4;
  private static final int MOST_PER_PARAMETER = 2;

  private final WasmReader reader;
  private final TypeReader types;
  private final ModuleDraft draft;
  private final IntakeLimits limits;
  private final OperandStack stack;
  private final CompileCost cost;
  private final TableInstructions tableInstructions;
  private final MemoryInstructions memoryInstructions;
  private final List<ValueType> locals = new ArrayList<>();
  private final BitSet exported = new BitSet();
  private long localsOfAll;

  /** The most parameters of a block of the function, loops left out. */
  private int mostTaken;

  CodeScanner(WasmReader reader, ModuleDraft draft, IntakeLimits limits, CompileCost cost) {
    this.reader = reader;
    this.types = new TypeReader(reader);
    this.draft = draft;
    this.limits = limits;
    this.stack = new OperandStack(reader, limits);
    this.cost = cost;
    this.tableInstructions = new TableInstructions(reader, draft, stack);
    this.memoryInstructions = new MemoryInstructions(reader, draft, stack);
  }

  void readSection() {
    int start = reader.position();
    int bodies = reader.count("function bodies", limits.functions(), Reason.TOO_MANY_FUNCTIONS);
    if (bodies != draft.definedFunctions()) {
      throw WasmReader.invalid(
          start,
          "declares " + draft.definedFunctions() + " functions, but has " + bodies + " bodies");
    }
    draft.bodies = bodies;
    for (Export export : draft.exports) {
      if (export.kind() == ExportKind.FUNCTION) {
        exported.set(export.index());
      }
    }
    for (int i = 0; i < bodies; i++) {
      body(draft.imports.size() + i);
    }
  }

  private void body(int function) {
    int start = reader.position();
    long size = reader.u32();
    if (size > limits.functionBytes()) {
      throw WasmReader.tooMuch(
          Reason.FUNCTION_TOO_LARGE,
          start,
          "bytes in function " + function,
          size,
          limits.functionBytes());
    }
    int outer = reader.enter(size, "function");
    draft.codeBytes += size;
    draft.largestFunctionBytes = Math.max(draft.largestFunctionBytes, (int) size);
    Signature signature = draft.functions.get(function);
    locals.clear();
    locals.addAll(signature.params());
    declareLocals(function);
    if (exported.get(function)) {
      draft.wrappers.look(reader, signature, locals.size() > signature.params().size());
    }
    stack.startFunction(signature.results());
    cost.startFunction();
    mostTaken = 0;
    while (stack.depth() > 0) {
      instruction();
    }
    cost.endFunction(function, locals.size() + stack.deepest() + temporaries(), reader.position());
    reader.leave(outer, "function " + function);
  }

  private void declareLocals(int function) {
    long groups = reader.u32();
    long declared = 0;
    for (long i = 0; i < groups; i++) {
      int start = reader.position();
      long count = reader.u32();
      declared += count;
      localsOfAll += count;
      WasmReader.atMost(
          "locals in function " + function,
          declared,
          limits.localsPerFunction(),
          Reason.TOO_MANY_LOCALS,
          start);
      WasmReader.atMost(
          "locals in all functions", localsOfAll, limits.locals(), Reason.TOO_MANY_LOCALS, start);
      ValueType type = types.valueType();
      for (long j = 0; j < count; j++) {
        locals.add(type);
      }
    }
  }

  /** Locals at most by which parameters of blocks go, and conditions. */
  private long temporaries() {
    return mostTaken == 0 ? 0 : ValueType.values().length * (mostTaken + 1L);
  }

  private void instruction() {
    int start = reader.position();
    draft.countInstructions(1, start);
    int opcode = reader.u8();
    switch (opcode) {
      case 0x00 -> stack.unreachable();
      case 0x01 -> {} // nop
      case 0x02 -> block(Opener.BLOCK);
      case 0x03 -> block(Opener.LOOP);
      case 0x04 -> {
        stack.pop(ValueType.I32);
        block(Opener.IF);
      }
      case 0x05 -> stack.orElse();
      case 0x0B -> end();
      case 0x0C -> {
        stack.pop(branch());
        stack.unreachable();
      }
      case 0x0D -> branchIf();
      case 0x0E -> branchTable();
      case 0x0F -> returned();
      case 0x10 -> call(function());
      case 0x11 -> call(tableInstructions.indirectCallee());
      case 0x12 -> tailCall(function(), start);
      case 0x13 -> tailCall(tableInstructions.indirectCallee(), start);
      case 0x1A -> stack.pop();
      case 0x1B -> select(start);
      case 0x1C -> typedSelect(start);
      case 0x20 -> stack.push(local());
      case 0x21 -> stack.pop(local());
      case 0x22 -> {
        ValueType type = local();
        stack.pop(type);
        stack.push(type);
      }
      case 0x23 -> stack.push(draft.globals.get(global()).type());
      case 0x24 -> globalSet(start);
      case 0x25 -> tableInstructions.get();
      case 0x26 -> tableInstructions.set();
      case 0x3F -> memoryInstructions.size(start);
      case 0x40 -> memoryInstructions.grow(start);
      case 0x41 -> {
        reader.s32();
        stack.push(ValueType.I32);
      }
      case 0x42 -> {
        reader.s64();
        stack.push(ValueType.I64);
      }
      case 0x43 -> {
        reader.skip(4, "f32");
        stack.push(ValueType.F32);
      }
      case 0x44 -> {
        reader.skip(8, "f64");
        stack.push(ValueType.F64);
      }
      case 0xD0 -> stack.push(types.heapType());
      case 0xD1 -> isNull(start);
      case 0xD2 -> functionReference(start);
      case 0xFC -> prefixed(start);
      default -> plain(opcode, start);
    }
  }

  private void plain(int opcode, int start) {
    if (PlainInstructions.isMemoryAccess(opcode)) {
      memoryInstructions.access(opcode, start);
      return;
    }
    var shape = PlainInstructions.shape(opcode);
    if (shape == null) {
      throw Proposals.instruction(opcode, start);
    }
    shape.apply(stack);
  }

  private void prefixed(int start) {
    long code = reader.u32();
    var saturating = PlainInstructions.saturating(code);
    if (saturating != null) {
      saturating.apply(stack);
      return;
    }
    if (code >= 0x0C && code <= 0x11) {
      tableInstructions.prefixed((int) code);
      return;
    }
    memoryInstructions.prefixed(code, start);
  }

  // Control.

  private void block(Opener opener) {
    Signature type = types.blockType(draft);
    int taken = type.params().size();
    cost.add(taken + type.results().size());
    cost.addTarget();
    if (taken > 0 && opener != Opener.LOOP) {
      mostTaken = Math.max(mostTaken, taken);
      draft.countInstructions(MOST_AROUND + MOST_PER_PARAMETER * taken, reader.position());
    }
    stack.enter(opener, type);
  }

  private void end() {
    if (stack.leave() == Opener.LOOP) {
      cost.add(stack.children());
    }
  }

  /** Reads a label; returns the types that the branch must bring. */
  private List<ValueType> branch() {
    int label = reader.index("label", stack.depth());
    List<ValueType> brought = stack.labelTypes(label);
    cost.add(label + brought.size());
    cost.addTarget();
    return brought;
  }

  private void branchIf() {
    stack.pop(ValueType.I32);
    List<ValueType> brought = branch();
    stack.pop(brought);
    stack.push(brought);
  }

  private void branchTable() {
    stack.pop(ValueType.I32);
    int entries =
        reader.count(
            "entries in a br_table", limits.branchTargets(), Reason.TOO_MANY_BRANCH_TARGETS);
    draft.countInstructions(entries, reader.position());
    @Nullable List<ValueType> first = null;
    for (int i = 0; i <= entries; i++) {
      int start = reader.position();
      List<ValueType> brought = branch();
      if (first == null) {
        first = brought;
      } else if (brought.size() != first.size()) {
        throw WasmReader.invalid(
            start, "type mismatch: a br_table's labels take different numbers of operands");
      }
      stack.peek(brought);
    }
    stack.unreachable();
  }

  private void returned() {
    stack.pop(stack.functionResults());
    stack.unreachable();
  }

  private Signature function() {
    return draft.functions.get(reader.index("function", draft.functions.size()));
  }

  private void call(Signature callee) {
    cost.add(callee.params().size() + callee.results().size());
    stack.pop(callee.params());
    stack.push(callee.results());
  }

  private void tailCall(Signature callee, int start) {
    if (!callee.results().equals(stack.functionResults())) {
      throw WasmReader.invalid(
          start, "type mismatch: a tail call gives other results than its function");
    }
    cost.add(callee.params().size() + callee.results().size());
    stack.pop(callee.params());
    stack.unreachable();
    draft.tailCalls = true;
  }

  // Operands and variables.

  private void select(int start) {
    stack.pop(ValueType.I32);
    ValueType second = stack.pop();
    ValueType first = stack.pop(second);
    ValueType type = first == null ? second : first;
    if (type != null && type.isReference()) {
      throw WasmReader.invalid(start, "type mismatch: select of " + type + " must say the type");
    }
    stack.push(type);
  }

  private void typedSelect(int start) {
    if (reader.u32() != 1) {
      throw WasmReader.invalid(start, "has a select of other than one type");
    }
    ValueType type = types.valueType();
    stack.pop(ValueType.I32);
    stack.pop(type);
    stack.pop(type);
    stack.push(type);
  }

  private ValueType local() {
    return locals.get(reader.index("local", locals.size()));
  }

  private int global() {
    return reader.index("global", draft.globals.size());
  }

  private void globalSet(int start) {
    int index = global();
    var global = draft.globals.get(index);
    if (!global.mutable()) {
      throw WasmReader.invalid(start, "writes global " + index + ", which is not mutable");
    }
    stack.pop(global.type());
    draft.writtenGlobals.set(index);
  }

  private void isNull(int start) {
    ValueType type = stack.pop();
    if (type != null && !type.isReference()) {
      throw WasmReader.invalid(
          start, "type mismatch: has " + type + " where ref.is_null takes a reference");
    }
    stack.push(ValueType.I32);
  }

  private void functionReference(int start) {
    int index = reader.index("function", draft.functions.size());
    if (!draft.referable.get(index)) {
      throw WasmReader.invalid(
          start,
          "refers to function " + index + ", which no export, element segment or global declares");
    }
    stack.push(ValueType.FUNCREF);
  }
}
