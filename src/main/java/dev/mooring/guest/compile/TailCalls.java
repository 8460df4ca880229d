package dev.mooring.guest.compile;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.MTD_void;

import com.dylibso.chicory.runtime.Instance;
import dev.mooring.guest.machine.TailOperations;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Calls that end a function, so that they take no stack. The JVM has none, so a function that ends
 * with one <i>parks</i> it: writes the arguments down, and whom to call, and returns. Whoever
 * called it from outside of such a chain then <i>drains</i>: goes on with what is parked until
 * nothing is.
 *
 * <p>So a function that ends with calls has two methods: {@code tail_N} does the work and may leave
 * something parked, and {@code func_N}, which everybody calls that has more to do, calls that and
 * drains. What finds functions in tables calls the former; who has more to do goes there by a
 * method that drains, too.
 *
 * <p>Only in modules that have such calls; in others all is as it was.
 */
final class TailCalls {
  static final String TAIL_PREFIX = "tail_";
  private static final String INDIRECT_PREFIX = "call_indirect_";
  private static final String DRAINED_PREFIX = "drained_indirect_";
  private static final String PARK_PREFIX = "park_";
  private static final String DRAIN_PREFIX = "drain_";
  private static final String GROUP_PREFIX = "group_";
  private static final String PACKING_PREFIX = "value_";
  private static final String CLASS_SUFFIX = "Tail";

  /** A name, a name with a type, a method of a class; a number. */
  private static final int CONSTANTS_PER_METHOD = 4;

  /** For what all have in common. */
  private static final int SPARE_CONSTANTS = 2_000;

  /** Of what may be parked, so many are gone on with by one method, which the JIT can compile. */
  private static final int GROUP = 32;

  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();
  private static final ClassDesc OPERATIONS =
      TailOperations.class.describeConstable().orElseThrow();
  private static final ClassDesc EXCEPTION =
      RuntimeException.class.describeConstable().orElseThrow();
  private static final ClassDesc LONGS = CD_long.arrayType();

  private final ClassDesc tails;
  private final ClassDesc shaded;
  private final BitSet tailing;

  /** What may be parked, in the order of their numbers. */
  private final Map<Target, Integer> targets = new LinkedHashMap<>();

  /** By which types they are parked; each has a method that writes its arguments down. */
  private final Map<MethodTypeDesc, Integer> parkings = new LinkedHashMap<>();

  /** What is called: a method that may itself leave something parked. */
  private record Target(ClassDesc owner, String name, MethodTypeDesc type) {}

  TailCalls(String className, ClassDesc shaded, BitSet tailing) {
    this.tails = ClassDesc.of(className + CLASS_SUFFIX);
    this.shaded = shaded;
    this.tailing = tailing;
  }

  /** Whether the module has any. */
  boolean exist() {
    return !tailing.isEmpty();
  }

  /** Whether a function ends with calls, and so has two methods. */
  boolean isTailing(int function) {
    return function >= 0 && tailing.get(function);
  }

  /** The name of the method that does the work of such a function. */
  static String workName(int function) {
    return TAIL_PREFIX + function;
  }

  /** Whether a method is what calls a function of a table, by its type. */
  static boolean isIndirect(String method) {
    return method.startsWith(INDIRECT_PREFIX);
  }

  /** The name of the method that calls a function of a table and drains. */
  static String drainedName(String indirect) {
    return DRAINED_PREFIX + indirect.substring(INDIRECT_PREFIX.length());
  }

  /** In code that finds functions: calls the methods that do the work. */
  CodeTransform findingWork() {
    return (code, element) -> {
      if (element instanceof InvokeInstruction call
          && isTailing(Linker.functionOf(call.name().stringValue()))) {
        int function = Linker.functionOf(call.name().stringValue());
        code.invokestatic(call.owner().asSymbol(), workName(function), call.typeSymbol());
      } else {
        code.with(element);
      }
    };
  }

  /** In a function's code: parks the calls that end it, and drains after those in tables. */
  CodeTransform calling(boolean ends) {
    return CodeTransform.ofStateful(() -> new Calls(ends));
  }

  private final class Calls implements CodeTransform {
    private final boolean ends;

    /** A call that may turn out to end the function, and what was done with its results since. */
    private final List<CodeElement> held = new ArrayList<>();

    Calls(boolean ends) {
      this.ends = ends;
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (!held.isEmpty() && element instanceof ReturnInstruction && areReturned(held)) {
        park(code, (InvokeInstruction) held.getFirst());
        held.clear();
      } else if (element instanceof InvokeInstruction call && isGuestCall(call)) {
        letGo(code);
        if (ends) {
          held.add(call);
        } else {
          write(code, call);
        }
      } else if (!held.isEmpty() && mayPass(element)) {
        held.add(element);
      } else {
        letGo(code);
        code.with(element);
      }
    }

    private void letGo(CodeBuilder code) {
      for (CodeElement element : held) {
        if (element instanceof InvokeInstruction call && isGuestCall(call)) {
          write(code, call);
        } else {
          code.with(element);
        }
      }
      held.clear();
    }

    @Override
    public void atEnd(CodeBuilder code) {
      letGo(code);
    }
  }

  /** Whether an instruction may be one of those that unpack several results and pack them again. */
  private static boolean mayPass(CodeElement element) {
    return switch (element) {
      case StoreInstruction store -> store.typeKind() == TypeKind.REFERENCE;
      case LoadInstruction load -> load.typeKind() == TypeKind.REFERENCE;
      case ConstantInstruction constant -> constant.typeKind() == TypeKind.INT;
      case ArrayLoadInstruction load -> load.typeKind() == TypeKind.LONG;
      case ConvertInstruction convert -> convert.opcode() == Opcode.L2I;
      case InvokeInstruction call -> call.opcode() == Opcode.INVOKESTATIC;
      default -> false;
    };
  }

  /**
   * Whether what a call answered is handed on as it is. Several results come in an array; they are
   * unpacked one by one, and packed again by a method that has a parameter for each.
   */
  private static boolean areReturned(List<CodeElement> held) {
    if (held.size() == 1) {
      return true;
    }
    int results = 0;
    for (CodeElement element : held) {
      if (element instanceof ConstantInstruction constant
          && !constant.constantValue().equals(results++)) {
        return false;
      }
    }
    long stores = held.stream().filter(StoreInstruction.class::isInstance).count();
    return stores == 1
        && held.get(1) instanceof StoreInstruction
        && held.getLast() instanceof InvokeInstruction packing
        && packing.name().stringValue().startsWith(PACKING_PREFIX)
        && packing.typeSymbol().parameterCount() == results;
  }

  private static boolean isGuestCall(InvokeInstruction call) {
    String name = call.name().stringValue();
    return Linker.functionOf(name) >= 0 || isIndirect(name);
  }

  private static void write(CodeBuilder code, InvokeInstruction call) {
    String name = call.name().stringValue();
    code.invokestatic(
        call.owner().asSymbol(), isIndirect(name) ? drainedName(name) : name, call.typeSymbol());
  }

  /** Parks a call, and returns nothing that anybody looks at. */
  private void park(CodeBuilder code, InvokeInstruction call) {
    String name = call.name().stringValue();
    int function = Linker.functionOf(name);
    var target =
        new Target(
            call.owner().asSymbol(),
            isTailing(function) ? workName(function) : name,
            call.typeSymbol());
    int number = targets.computeIfAbsent(target, t -> targets.size());
    MethodTypeDesc parking = call.typeSymbol().changeReturnType(CD_void);
    int type = parkings.computeIfAbsent(parking, t -> parkings.size());
    code.dup().loadConstant(number); // The machine is the last argument.
    code.invokestatic(OPERATIONS, "park", MethodTypeDesc.of(CD_void, INSTANCE, CD_int));
    code.invokestatic(tails, PARK_PREFIX + type, parking);
    TypeKind kind = TypeKind.from(call.typeSymbol().returnType());
    nothing(code, kind);
    code.return_(kind);
  }

  private int numberOf(Target target) {
    return targets.getOrDefault(target, TailOperations.NONE);
  }

  private static void nothing(CodeBuilder code, TypeKind kind) {
    switch (kind) {
      case INT -> code.iconst_0();
      case LONG -> code.lconst_0();
      case FLOAT -> code.fconst_0();
      case DOUBLE -> code.dconst_0();
      case VOID -> {}
      default -> code.aconst_null();
    }
  }

  /** The code of a method that calls one that may leave something parked, and drains. */
  void drained(CodeBuilder code, ClassDesc owner, String name, MethodTypeDesc type) {
    TypeKind kind = TypeKind.from(type.returnType());
    int machine = loadAll(code, type) - 1;
    code.invokestatic(owner, name, type);
    Label done = code.newLabel();
    code.aload(machine);
    code.invokestatic(OPERATIONS, "isParked", MethodTypeDesc.of(CD_boolean, INSTANCE)).ifeq(done);
    pop(code, kind);
    code.aload(machine - 1).aload(machine);
    code.invokestatic(tails, drainName(type), drainType(type));
    code.labelBinding(done).return_(kind);
  }

  private static void pop(CodeBuilder code, TypeKind kind) {
    switch (kind.slotSize()) {
      case 1 -> code.pop();
      case 2 -> code.pop2();
      default -> {}
    }
  }

  private static int loadAll(CodeBuilder code, MethodTypeDesc type) {
    int slot = 0;
    for (ClassDesc parameter : type.parameterList()) {
      TypeKind kind = TypeKind.from(parameter);
      code.loadLocal(kind, slot);
      slot += kind.slotSize();
    }
    return slot;
  }

  /** All that return the same are gone on with by one method. */
  private static String drainName(MethodTypeDesc type) {
    return DRAIN_PREFIX + resultCode(type);
  }

  private static String resultCode(MethodTypeDesc type) {
    return type.returnType().descriptorString().replace("[", "A");
  }

  private static MethodTypeDesc drainType(MethodTypeDesc type) {
    List<ClassDesc> parameters = type.parameterList();
    return MethodTypeDesc.of(
        type.returnType(), parameters.subList(parameters.size() - 2, parameters.size()));
  }

  /** The name of the class that {@link #build} makes. */
  String className() {
    return tails.packageName() + "." + tails.displayName();
  }

  /**
   * Sees to it that a class has room for the second methods of its functions.
   *
   * @throws CodeTooLarge if not
   */
  void checkRoom(int constants, int functions) {
    if (constants + SPARE_CONSTANTS + functions * CONSTANTS_PER_METHOD
        > CodeTooLarge.MAX_CONSTANTS) {
      throw CodeTooLarge.tailCalls(tailing.cardinality());
    }
  }

  /**
   * The class that parks and drains; when all functions are linked.
   *
   * @throws CodeTooLarge if they are too many for one class
   */
  byte[] build() {
    checkRoom(0, targets.size());
    return write();
  }

  private byte[] write() {
    return ClassFile.of()
        .build(
            tails,
            type -> {
              type.withFlags(AccessFlag.FINAL, AccessFlag.SUPER);
              parkings.forEach(
                  (parking, number) ->
                      method(
                          type, PARK_PREFIX + number, parking, code -> writeDown(code, parking)));
              Map<String, List<Target>> byResult = new HashMap<>();
              for (Target target : targets.keySet()) {
                byResult
                    .computeIfAbsent(resultCode(target.type), r -> new ArrayList<>())
                    .add(target);
              }
              byResult.values().forEach(same -> addDrain(type, same));
            });
  }

  private static void method(
      ClassBuilder type, String name, MethodTypeDesc descriptor, Consumer<CodeBuilder> code) {
    type.withMethodBody(name, descriptor, AccessFlag.STATIC.mask(), code);
  }

  private static void writeDown(CodeBuilder code, MethodTypeDesc parking) {
    List<ClassDesc> parameters = parking.parameterList();
    int count = parameters.size() - 2;
    int machine = 0;
    for (ClassDesc parameter : parameters) {
      machine += TypeKind.from(parameter).slotSize();
    }
    machine--;
    int array = machine + 1;
    code.aload(machine);
    code.invokestatic(OPERATIONS, "arguments", MethodTypeDesc.of(LONGS, INSTANCE));
    code.astore(array);
    int slot = 0;
    for (int i = 0; i < count; i++) {
      TypeKind kind = TypeKind.from(parameters.get(i));
      code.aload(array).loadConstant(i).loadLocal(kind, slot);
      Doors.toLong(code, kind);
      code.lastore();
      slot += kind.slotSize();
    }
    code.return_();
  }

  private void addDrain(ClassBuilder type, List<Target> same) {
    MethodTypeDesc drain = drainType(same.getFirst().type);
    var cases = new ArrayList<Integer>();
    for (int group = 0; group * GROUP < targets.size(); group++) {
      int number = group;
      List<Target> members =
          same.stream().filter(target -> numberOf(target) / GROUP == number).toList();
      if (!members.isEmpty()) {
        cases.add(group);
        method(
            type,
            groupName(same, group),
            drain.insertParameterTypes(0, CD_int),
            code -> goOn(code, members));
      }
    }
    method(type, drainName(same.getFirst().type), drain, code -> drain(code, same, cases, drain));
  }

  private static String groupName(List<Target> same, int group) {
    return GROUP_PREFIX + resultCode(same.getFirst().type) + group;
  }

  /** Goes on with what is parked, until nothing is. */
  private void drain(
      CodeBuilder code, List<Target> same, List<Integer> groups, MethodTypeDesc type) {
    int memory = 0;
    int machine = 1;
    int number = 2;
    TypeKind kind = TypeKind.from(type.returnType());
    Label next = code.newLabel();
    code.labelBinding(next);
    code.invokestatic(shaded, "checkInterruption", MTD_void);
    code.aload(machine);
    code.invokestatic(OPERATIONS, "take", MethodTypeDesc.of(CD_int, INSTANCE)).istore(number);
    Label done = code.newLabel();
    Label none = code.newLabel();
    var cases = new ArrayList<SwitchCase>();
    for (int group : groups) {
      cases.add(SwitchCase.of(group, code.newLabel()));
    }
    code.iload(number).loadConstant(GROUP).idiv();
    code.lookupswitch(none, cases);
    for (SwitchCase each : cases) {
      code.labelBinding(each.target()).iload(number).aload(memory).aload(machine);
      code.invokestatic(
          tails, groupName(same, each.caseValue()), type.insertParameterTypes(0, CD_int));
      code.goto_(done);
    }
    code.labelBinding(none);
    refuse(code, number);
    code.labelBinding(done).aload(machine);
    code.invokestatic(OPERATIONS, "isParked", MethodTypeDesc.of(CD_boolean, INSTANCE));
    Label end = code.newLabel();
    code.ifeq(end);
    pop(code, kind);
    code.goto_(next);
    code.labelBinding(end).return_(kind);
  }

  /** Calls one of some, with the arguments that were written down. */
  private void goOn(CodeBuilder code, List<Target> members) {
    int number = 0;
    int memory = 1;
    int machine = 2;
    TypeKind kind = TypeKind.from(members.getFirst().type.returnType());
    Label none = code.newLabel();
    var cases = new ArrayList<SwitchCase>();
    for (Target member : members) {
      cases.add(SwitchCase.of(numberOf(member), code.newLabel()));
    }
    code.iload(number).lookupswitch(none, cases);
    for (int i = 0; i < members.size(); i++) {
      Target member = members.get(i);
      code.labelBinding(cases.get(i).target());
      List<ClassDesc> parameters = member.type.parameterList();
      for (int j = 0; j < parameters.size() - 2; j++) {
        code.aload(machine);
        code.invokestatic(OPERATIONS, "arguments", MethodTypeDesc.of(LONGS, INSTANCE));
        code.loadConstant(j).laload();
        Doors.fromLong(code, TypeKind.from(parameters.get(j)));
      }
      code.aload(memory).aload(machine);
      code.invokestatic(member.owner, member.name, member.type);
      code.return_(kind);
    }
    code.labelBinding(none);
    refuse(code, number);
  }

  /** Only what was given a number is ever parked. */
  private static void refuse(CodeBuilder code, int number) {
    code.iload(number);
    code.invokestatic(OPERATIONS, "unknown", MethodTypeDesc.of(EXCEPTION, CD_int)).athrow();
  }
}
