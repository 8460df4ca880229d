package dev.mooring.guest.compile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.WasmModule;
import dev.mooring.guest.compile.HostLinks.Link;
import dev.mooring.guest.machine.HostOperations;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.machine.StoreOperations;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.FieldModel;
import java.lang.classfile.Interfaces;
import java.lang.classfile.MethodBuilder;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects the classes that Chicory's compiler made to the rest of us.
 *
 * <ul>
 *   <li>An imported function is a method {@code func_N} that packs its parameters into an array for
 *       Chicory's host functions. Here it calls a method of {@link HostOperations}, parameter for
 *       parameter.
 *   <li>{@code elem.drop} isn't in {@code Shaded} but a call on the engine's instance. Here it goes
 *       to {@link StoreOperations}.
 *   <li>Some instructions of the JVM's on floats aren't quite WebAssembly's. They become calls of
 *       {@link NumericOperations}.
 *   <li>The engine's own way to a function, a switch over all of them in one method that, in a
 *       large module, the JIT never compiles, is left out, and all that leads there from the
 *       methods of functions. Instead, a function that is to be called from outside gets one of
 *       {@link Doors}.
 *   <li>If a type has more than 1,024 functions, {@code call_indirect} goes on to methods {@code
 *       apply}, which Chicory 1.7.5 lets load the n-th parameter from slot n, although an i64 and
 *       an f64 take two. Here each is loaded from where it is.
 *   <li>A function that is large as bytecode ({@link LargeFunction}) keeps its method in name only:
 *       that calls another, {@code large_N}, so that the JVM can be told what to do with just
 *       those.
 *   <li>A loop's dispatch is repeated ({@link Dispatch}), an unsigned division by a constant
 *       multiplies ({@link ConstantDivision}), and calls that end a function take no stack ({@link
 *       TailCalls}).
 *   <li>At last each class of the engine's that is named becomes one of ours: {@link ClassNames}.
 * </ul>
 */
final class Linker {
  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();
  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();
  private static final ClassDesc HOST = HostOperations.class.describeConstable().orElseThrow();
  private static final ClassDesc STORE = StoreOperations.class.describeConstable().orElseThrow();
  private static final MethodTypeDesc BRIDGE =
      MethodTypeDesc.of(CD_long.arrayType(), INSTANCE, MEMORY, CD_long.arrayType());

  private static final MethodTypeDesc ANSWER = MethodTypeDesc.of(CD_int, CD_int, CD_int);

  private static final String FUNCTION_PREFIX = "func_";
  static final String LARGE_PREFIX = "large_";
  private static final String SHADED_SUFFIX = "Shaded";

  /** Called by what is left out, and by nothing else. */
  private static final Set<String> NOT_CALLED =
      Set.of("callHostFunction", "throwCallStackExhausted");

  /** What the switch of the engine's own calls, for a function each, and the class it is in. */
  private static final String BRIDGE_PREFIX = "call_";

  private static final String SWITCH_SUFFIX = "MachineCall";
  private static final String INDIRECT_APPLY = "apply";

  private final ClassFile file = ClassFile.of();
  private final String className;
  private final List<Link> imports;
  private final FunctionTraits traits;
  private final TailCalls tails;

  /** In which class each function's method is. */
  private final Map<Integer, ClassDesc> owners = new HashMap<>();

  /** The type of each function's method. */
  private final Map<Integer, MethodTypeDesc> types = new HashMap<>();

  private final List<LargeFunction> large = new ArrayList<>();

  /** What the classes call of the engine's operations. */
  private final Set<String> called = new TreeSet<>();

  /** And what there is of these. */
  private final Set<String> offered = new HashSet<>();

  Linker(WasmModule wasm, String className, List<Link> imports) {
    this.className = className;
    this.imports = imports;
    this.traits = new FunctionTraits(wasm, imports.size());
    this.tails =
        new TailCalls(className, ClassDesc.of(className + SHADED_SUFFIX), traits.tailCalls);
  }

  /** The name of the class that is a function's door. */
  String doorClassName(int function) {
    return className + "Door_" + function;
  }

  /** The name of a runnable that runs a check once, so that it is linked before any guest runs. */
  String checkClassName() {
    return className + "Check";
  }

  /** Those that are large, once everything is linked; the largest first. */
  List<LargeFunction> largeFunctions() {
    return large.stream().sorted(LargeFunction.LARGEST_FIRST).toList();
  }

  /** The classes to load, by name. */
  Map<String, byte[]> link(Map<String, byte[]> compiled, Collection<Integer> doors) {
    var linked = new HashMap<String, byte[]>();
    compiled.forEach(
        (name, bytes) -> {
          if (!name.endsWith(SWITCH_SUFFIX)) {
            linked.put(name, connect(bytes));
          }
        });
    called.removeAll(offered);
    if (!called.isEmpty()) {
      throw new IllegalStateException("the compiler's code calls " + called + ", new to us");
    }
    for (int i = 0; i < imports.size(); i++) {
      if (!owners.containsKey(i)) {
        throw new IllegalStateException("the compiler made no method for import " + i);
      }
    }
    for (int door : doors) {
      ClassDesc owner = owners.get(door);
      MethodTypeDesc type = types.get(door);
      if (owner == null || type == null) {
        throw new IllegalStateException("the compiler made no method for function " + door);
      }
      linked.put(
          doorClassName(door), Doors.door(doorClassName(door), owner, functionName(door), type));
    }
    if (tails.exist()) {
      linked.put(tails.className(), tails.build());
    }
    linked.put(
        checkClassName(), Doors.check(checkClassName(), ClassDesc.of(className + SHADED_SUFFIX)));
    linked.replaceAll((name, bytes) -> ClassNames.replace(bytes));
    return linked;
  }

  private byte[] connect(byte[] bytes) {
    ClassModel model = file.parse(bytes);
    if (isShaded(model.thisClass())) {
      model.methods().forEach(m -> offered.add(m.methodName() + m.methodType().stringValue()));
      return bytes;
    }
    noteCalls(model);
    int tailing = 0;
    for (MethodModel method : model.methods()) {
      int function = functionOf(method);
      if (function >= 0) {
        owners.put(function, model.thisClass().asSymbol());
        types.put(function, method.methodTypeSymbol());
      }
      tailing += tails.isTailing(function) ? 1 : 0;
      if (isLarge(method)) {
        large.add(new LargeFunction(function, bytecodeBytes(method)));
      }
    }
    if (tailing > 0) {
      tails.checkRoom(model.constantPool().size(), tailing);
    }
    return transform(model);
  }

  /** What we put in the place of the engine's code is longer, and may be too long. */
  private byte[] transform(ClassModel model) {
    ClassDesc owner = model.thisClass().asSymbol();
    try {
      return file.transformClass(model, (builder, element) -> connect(builder, element, owner));
    } catch (IllegalArgumentException e) {
      MethodModel longest =
          Collections.max(model.methods(), Comparator.comparingInt(Linker::bytecodeBytes));
      if (bytecodeBytes(longest) < CodeTooLarge.LIMIT_BYTES / 2) {
        throw e;
      }
      throw CodeTooLarge.function(functionOf(longest), "more than " + CodeTooLarge.LIMIT_BYTES, e);
    }
  }

  private void connect(ClassBuilder builder, ClassElement element, ClassDesc owner) {
    if (!(element instanceof MethodModel method)) {
      if (!(element instanceof Interfaces || element instanceof FieldModel)) {
        builder.with(element);
      }
      return;
    }
    if (isLeftOut(method)) {
      return;
    }
    int function = functionOf(method);
    CodeTransform body = body(method, function);
    if (isImport(function)) {
      builder.transformMethod(
          method, replacingCode(code -> callHost(code, method, imports.get(function))));
    } else if (tails.isTailing(function)) {
      moveTailing(builder, method, owner, body);
    } else if (isLarge(method)) {
      copyTo(builder, method, LARGE_PREFIX + function, body);
      builder.transformMethod(
          method, replacingCode(c -> forward(c, owner, LARGE_PREFIX + function, type(method))));
    } else if (tails.exist() && TailCalls.isIndirect(method.methodName().stringValue())) {
      builder.transformMethod(method, MethodTransform.transformingCode(tails.findingWork()));
      addDrained(builder, method, owner);
    } else if (body != null) {
      builder.transformMethod(method, MethodTransform.transformingCode(body));
    } else {
      builder.with(element);
    }
  }

  /** What a method's code becomes; null if it stays as it is. */
  private @Nullable CodeTransform body(MethodModel method, int function) {
    if (isIndirectApply(method)) {
      CodeTransform loading = loadingParameters(method.methodTypeSymbol());
      return tails.exist() ? loading.andThen(tails.findingWork()) : loading;
    }
    if (function < 0) {
      return null;
    }
    var changes = new ArrayList<CodeTransform>();
    if (traits.tables.get(function)) { // First, as it looks at the whole as it is.
      method.code().ifPresent(c -> changes.add(Dispatch.transform(c, bytecodeBytes(method))));
    }
    if (traits.elementDrops.get(function)) {
      changes.add(Linker::dropElements);
    }
    if (traits.floats.get(function)) {
      changes.add(FloatLinks::connect);
    }
    if (traits.divisions.get(function)) {
      changes.add(ConstantDivision.transform());
    }
    if (tails.exist()) {
      changes.add(tails.calling(tails.isTailing(function)));
    }
    return changes.stream().reduce(CodeTransform::andThen).orElse(null);
  }

  /** Adds a method that has another's code, or what that becomes. */
  private static void copyTo(
      ClassBuilder builder, MethodModel method, String name, @Nullable CodeTransform body) {
    builder.withMethod(
        name,
        method.methodTypeSymbol(),
        method.flags().flagsMask(),
        copy -> method.forEach(part -> copyPart(copy, part, body)));
  }

  private static MethodTypeDesc type(MethodModel method) {
    return method.methodTypeSymbol();
  }

  /** Makes two methods of a function that ends with calls: {@link TailCalls} says which. */
  private void moveTailing(
      ClassBuilder builder, MethodModel method, ClassDesc owner, @Nullable CodeTransform body) {
    int function = functionOf(method);
    String work = TailCalls.workName(function);
    if (isLarge(method)) {
      copyTo(builder, method, LARGE_PREFIX + function, body);
      builder.withMethodBody(
          work,
          type(method),
          method.flags().flagsMask(),
          code -> forward(code, owner, LARGE_PREFIX + function, type(method)));
    } else {
      copyTo(builder, method, work, body);
    }
    builder.transformMethod(
        method, replacingCode(code -> tails.drained(code, owner, work, type(method))));
  }

  private void addDrained(ClassBuilder builder, MethodModel method, ClassDesc owner) {
    String name = method.methodName().stringValue();
    builder.withMethodBody(
        TailCalls.drainedName(name),
        type(method),
        method.flags().flagsMask(),
        code -> tails.drained(code, owner, name, type(method)));
  }

  private static void copyPart(
      MethodBuilder copy, MethodElement part, @Nullable CodeTransform body) {
    if (body != null && part instanceof CodeModel code) {
      copy.transformCode(code, body);
    } else {
      copy.with(part);
    }
  }

  private static boolean isLarge(MethodModel method) {
    return functionOf(method) >= 0 && bytecodeBytes(method) > LargeFunction.HOTSPOTS_LIMIT_BYTES;
  }

  private static int bytecodeBytes(MethodModel method) {
    return method.findAttribute(Attributes.code()).map(CodeAttribute::codeLength).orElse(0);
  }

  /** Calls a method of the same type, and returns what it returns. */
  static void forward(CodeBuilder code, ClassDesc owner, String name, MethodTypeDesc type) {
    loadParameters(code, type.parameterList());
    code.invokestatic(owner, name, type);
    code.return_(TypeKind.from(type.returnType()));
  }

  /** Loads a static method's first parameters; answers the slot of the one after them. */
  static int loadParameters(CodeBuilder code, List<ClassDesc> types) {
    int slot = 0;
    for (ClassDesc type : types) {
      TypeKind kind = TypeKind.from(type);
      code.loadLocal(kind, slot);
      slot += kind.slotSize();
    }
    return slot;
  }

  static MethodTransform replacingCode(Consumer<CodeBuilder> code) {
    return MethodTransform.dropping(element -> element instanceof CodeModel)
        .andThen(MethodTransform.endHandler(method -> method.withCode(code)));
  }

  private boolean isImport(int function) {
    return function >= 0 && function < imports.size();
  }

  private static int functionOf(MethodModel method) {
    return functionOf(method.methodName().stringValue());
  }

  private static String functionName(int function) {
    return FUNCTION_PREFIX + function;
  }

  /** Which function's method has this name; -1 if it is no function's. */
  static int functionOf(String name) {
    return name.startsWith(FUNCTION_PREFIX)
        ? Integer.parseInt(name, FUNCTION_PREFIX.length(), name.length(), 10)
        : -1;
  }

  /** Whether a class is the one that {@link Splice} has made. */
  private static boolean isShaded(ClassEntry type) {
    return type.name().stringValue().endsWith(SHADED_SUFFIX);
  }

  /** Whether a method is the machine's own, or one of those by which it calls a function. */
  private static boolean isLeftOut(MethodModel method) {
    return !method.flags().has(AccessFlag.STATIC)
        || (method.methodName().stringValue().startsWith(BRIDGE_PREFIX)
            && method.methodTypeSymbol().equals(BRIDGE));
  }

  /** Notes what a class calls of the engine's operations. */
  private void noteCalls(ClassModel model) {
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof MethodRefEntry call
          && !NOT_CALLED.contains(call.name().stringValue())
          && isShaded(call.owner())) {
        called.add(call.name() + call.type().stringValue());
      }
    }
  }

  private static boolean isIndirectApply(MethodModel method) {
    return method.methodName().equalsString(INDIRECT_APPLY);
  }

  /** Corrects the first loads of a method: those of its parameters, in order. */
  private static CodeTransform loadingParameters(MethodTypeDesc type) {
    return CodeTransform.ofStateful(
        () -> {
          Iterator<ClassDesc> parameters = type.parameterList().iterator();
          int[] slot = {0};
          return (code, element) -> {
            if (element instanceof LoadInstruction load && parameters.hasNext()) {
              TypeKind kind = TypeKind.from(parameters.next());
              if (kind != load.typeKind()) {
                throw new IllegalStateException(
                    "the engine loads its parameters in another way than the one we know");
              }
              code.loadLocal(kind, slot[0]);
              slot[0] += kind.slotSize();
            } else {
              code.with(element);
            }
          };
        });
  }

  private static void callHost(CodeBuilder code, MethodModel method, Link link) {
    switch (link) {
      case HostLinks.Constant(int answer) -> code.loadConstant(answer).ireturn();
      case HostLinks.OfStream(int answer) ->
          code.iload(0).loadConstant(answer).invokestatic(HOST, "wasiAnswer", ANSWER).ireturn();
      case HostLinks.Operation operation -> callHost(code, method, operation);
    }
  }

  private static void callHost(
      CodeBuilder code, MethodModel method, HostLinks.Operation operation) {
    MethodTypeDesc type = method.methodTypeSymbol();
    int parameters = type.parameterCount() - 2; // The last two are memory and instance.
    int memory = loadParameters(code, type.parameterList().subList(0, parameters));
    code.aload(memory + 1);
    MethodTypeDesc target =
        MethodTypeDesc.ofDescriptor(operation.descriptor())
            .insertParameterTypes(parameters, INSTANCE);
    code.invokestatic(HOST, operation.name(), target);
    code.return_(TypeKind.from(type.returnType()));
  }

  /** Sends {@code elem.drop} to our operation: the receiver becomes the first argument. */
  private static void dropElements(CodeBuilder code, CodeElement element) {
    if (element instanceof InvokeInstruction call
        && call.owner().asSymbol().equals(INSTANCE)
        && call.name().equalsString("setElement")) {
      code.pop(); // Null, for what is left of the segment.
      code.invokestatic(STORE, "elementDrop", MethodTypeDesc.of(CD_void, INSTANCE, CD_int));
    } else {
      code.with(element);
    }
  }
}
