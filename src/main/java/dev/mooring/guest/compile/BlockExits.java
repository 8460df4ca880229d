package dev.mooring.guest.compile;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.AnnotatedInstruction;
import com.dylibso.chicory.wasm.types.CodeSection;
import com.dylibso.chicory.wasm.types.FunctionBody;
import com.dylibso.chicory.wasm.types.Instruction;
import com.dylibso.chicory.wasm.types.OpCode;
import com.dylibso.chicory.wasm.types.ValType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Code in other words where Chicory 1.7.5's compiler miscounts what a branch leaves on the stack:
 *
 * <ul>
 *   <li>A branch to the end of a block that has parameters drops as many values too few. So the
 *       block gets another around it, to which all branches go, and which takes nothing: the
 *       parameters go by locals.
 *   <li>Where a function's end follows the end of a block, a branch to the one is taken for one to
 *       the other. So the function's end says what it is.
 * </ul>
 *
 * <p>Either becomes code that the JVM refuses, or that goes on with wrong values.
 */
final class BlockExits {
  private static final long NO_TYPE = 0x40;

  private final WasmModule wasm;
  private final List<AnnotatedInstruction> code;

  /** Where branches go. */
  private final BitSet targets = new BitSet();

  /** Where a block begins or ends that gets another around it. */
  private final BitSet wrapped = new BitSet();

  private final List<AnnotatedInstruction> written = new ArrayList<>();

  /** By index in the code, the index in what is written. */
  private final int[] places;

  private final int parameters;
  private final List<ValType> locals;

  /** The locals by which values go, by type; no two blocks need them at once. */
  private final Map<ValType, List<Integer>> temporaries = new HashMap<>();

  private BlockExits(WasmModule wasm, int parameters, FunctionBody body) {
    this.wasm = wasm;
    this.code = body.instructions();
    this.places = new int[code.size()];
    this.parameters = parameters;
    this.locals = new ArrayList<>(body.localTypes());
  }

  /** The module, or one that means the same. */
  static WasmModule corrected(WasmModule wasm) {
    var section =
        CodeSection.builder().setRequiresDataCount(wasm.codeSection().isRequiresDataCount());
    boolean same = true;
    for (int i = 0; i < wasm.codeSection().functionBodyCount(); i++) {
      FunctionBody body = wasm.codeSection().getFunctionBody(i);
      int type = wasm.functionSection().getFunctionType(i);
      int parameters = wasm.typeSection().getType(type).params().size();
      FunctionBody corrected = new BlockExits(wasm, parameters, body).corrected(body);
      section.addFunctionBody(corrected);
      same &= corrected.equals(body);
    }
    return same ? wasm : with(section.build(), wasm);
  }

  private static WasmModule with(CodeSection code, WasmModule wasm) {
    return WasmModule.builder()
        .setTypeSection(wasm.typeSection())
        .setImportSection(wasm.importSection())
        .setFunctionSection(wasm.functionSection())
        .setTableSection(wasm.tableSection())
        .setMemorySection(wasm.memorySection().orElse(null))
        .setGlobalSection(wasm.globalSection())
        .setExportSection(wasm.exportSection())
        .setStartSection(wasm.startSection().orElse(null))
        .setElementSection(wasm.elementSection())
        .setCodeSection(code)
        .setDataSection(wasm.dataSection())
        .setDataCountSection(wasm.dataCountSection().orElse(null))
        .withValidation(false) // It is valid, and this is nothing that a validator knows.
        .build();
  }

  private FunctionBody corrected(FunctionBody body) {
    for (AnnotatedInstruction each : code) {
      switch (each.opcode()) {
        case BR, BR_IF -> targets.set(each.labelTrue());
        case BR_TABLE -> each.labelTable().forEach(targets::set);
        default -> {}
      }
    }
    findBlocks();
    int last = code.size() - 1;
    boolean mistaken = last > 0 && isEnd(last - 1) && targets.get(last);
    if (wrapped.isEmpty() && !mistaken) {
      return body;
    }
    for (int i = 0; i < last; i++) {
      write(i);
    }
    places[last] = written.size();
    written.add(copy(code.get(last)).withScope(code.get(last)).build());
    written.replaceAll(this::relabelled);
    return new FunctionBody(locals, written);
  }

  private void findBlocks() {
    var open = new ArrayDeque<Integer>();
    for (int i = 0; i < code.size() - 1; i++) {
      switch (code.get(i).opcode()) {
        case BLOCK, LOOP, IF -> open.push(i);
        case END -> {
          int begin = open.pop();
          if (targets.get(i) && !taken(code.get(begin)).isEmpty()) {
            wrapped.set(begin);
            wrapped.set(i);
          }
        }
        default -> {}
      }
    }
  }

  private boolean isEnd(int index) {
    return code.get(index).opcode() == OpCode.END;
  }

  /** The parameters of a block. */
  private List<ValType> taken(AnnotatedInstruction block) {
    long type = block.operand(0);
    return type == NO_TYPE || ValType.isValid(type)
        ? List.of()
        : wasm.typeSection().getType((int) type).params();
  }

  private void write(int index) {
    AnnotatedInstruction each = code.get(index);
    boolean wraps = wrapped.get(index);
    if (wraps && !isEnd(index)) {
      open(each);
    }
    places[index] = written.size();
    written.add(each);
    if (wraps && isEnd(index)) {
      written.add(copy(each).withScope(outer(each.scope())).build());
    }
  }

  /** Opens the block around a block. */
  private void open(AnnotatedInstruction block) {
    List<ValType> values = new ArrayList<>(taken(block));
    if (block.opcode() == OpCode.IF) {
      values.add(ValType.I32); // The condition.
    }
    List<Integer> by = temporaries(values);
    for (int local : by.reversed()) {
      written.add(instruction(block, OpCode.LOCAL_SET, local).build());
    }
    written.add(instruction(block, OpCode.BLOCK, NO_TYPE).withScope(outer(block.scope())).build());
    for (int local : by) {
      written.add(instruction(block, OpCode.LOCAL_GET, local).build());
    }
  }

  private List<Integer> temporaries(List<ValType> types) {
    var used = new HashMap<ValType, Integer>();
    var chosen = new ArrayList<Integer>();
    for (ValType type : types) {
      List<Integer> all = temporaries.computeIfAbsent(type, t -> new ArrayList<>());
      int number = used.merge(type, 1, Integer::sum);
      if (number > all.size()) {
        all.add(parameters + locals.size());
        locals.add(type);
      }
      chosen.add(all.get(number - 1));
    }
    return chosen;
  }

  /**
   * What says of the block around a block which one it is, and what branches take along: what they
   * take along to the end of the inner one.
   */
  private static Instruction outer(Instruction inner) {
    return new Instruction(~inner.address(), OpCode.BLOCK, inner.operands());
  }

  private static AnnotatedInstruction.Builder instruction(
      AnnotatedInstruction at, OpCode opcode, long operand) {
    return AnnotatedInstruction.builder()
        .from(new Instruction(at.address(), opcode, new long[] {operand}))
        .withDepth(at.depth());
  }

  private static AnnotatedInstruction.Builder copy(AnnotatedInstruction each) {
    return AnnotatedInstruction.builder().from(each).withDepth(each.depth());
  }

  private AnnotatedInstruction relabelled(AnnotatedInstruction each) {
    return switch (each.opcode()) {
      case BR -> copy(each).withLabelTrue(target(each.labelTrue())).build();
      case BR_IF ->
          copy(each)
              .withLabelTrue(target(each.labelTrue()))
              .withLabelFalse(place(each.labelFalse()))
              .build();
      case BR_TABLE ->
          copy(each).withLabelTable(each.labelTable().stream().map(this::target).toList()).build();
      case IF ->
          copy(each)
              .withScope(each.scope())
              .withLabelTrue(place(each.labelTrue()))
              .withLabelFalse(place(each.labelFalse()))
              .build();
      case ELSE -> copy(each).withLabelTrue(place(each.labelTrue())).build();
      default -> each;
    };
  }

  /** Where a branch goes. */
  private int target(int label) {
    return place(label) + (wrapped.get(label) && isEnd(label) ? 1 : 0);
  }

  /** Where code goes on: at an end, or after an instruction. */
  private int place(int label) {
    return isEnd(label) ? places[label] : places[label - 1] + 1;
  }
}
