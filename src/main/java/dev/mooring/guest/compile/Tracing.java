package dev.mooring.guest.compile;

import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.TraceOperations;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Lets linked classes tell of each function that is entered and left: the method of a function
 * keeps its name, calls {@link TraceOperations}, and goes on to another that has its code. For whom
 * a call is watched; nothing that serves is compiled so.
 *
 * <p>Of a function that ends with calls ({@link TailCalls}) it is the method that does the work
 * which tells: so calls that take no stack are told of as such. Where a class has no room for more,
 * its functions tell nothing.
 */
final class Tracing {
  private static final String TRACED_PREFIX = "traced_";
  private static final ClassDesc LONGS = CD_long.arrayType();
  private static final ClassDesc MACHINE = GuestMachine.class.describeConstable().orElseThrow();
  private static final ClassDesc OPERATIONS =
      TraceOperations.class.describeConstable().orElseThrow();

  private Tracing() {}

  /** The classes, telling. */
  static Map<String, byte[]> of(Map<String, byte[]> linked) {
    var traced = new HashMap<String, byte[]>();
    linked.forEach((name, bytes) -> traced.put(name, trace(bytes)));
    return traced;
  }

  private static byte[] trace(byte[] bytes) {
    ClassFile file = ClassFile.of();
    ClassModel model = file.parse(bytes);
    var names = new HashSet<String>();
    model.methods().forEach(method -> names.add(method.methodName().stringValue()));
    if (names.stream().allMatch(name -> functionOf(name) < 0)) {
      return bytes;
    }
    ClassDesc owner = model.thisClass().asSymbol();
    try {
      return file.transformClass(
          model,
          (builder, element) -> {
            if (element instanceof MethodModel method && tells(method, names)) {
              trace(builder, method, owner);
            } else {
              builder.with(element);
            }
          });
    } catch (IllegalArgumentException tooManyConstants) {
      return bytes;
    }
  }

  private static boolean tells(MethodModel method, Set<String> names) {
    String name = method.methodName().stringValue();
    int function = functionOf(name);
    return function >= 0
        && (name.equals(TailCalls.workName(function))
            || !names.contains(TailCalls.workName(function)));
  }

  /** Which function a method is of; -1 if it is of none. */
  private static int functionOf(String method) {
    return method.startsWith(TailCalls.TAIL_PREFIX)
        ? Integer.parseInt(method, TailCalls.TAIL_PREFIX.length(), method.length(), 10)
        : Linker.functionOf(method);
  }

  private static void trace(ClassBuilder builder, MethodModel method, ClassDesc owner) {
    String name = method.methodName().stringValue();
    String code = TRACED_PREFIX + name;
    MethodTypeDesc type = method.methodTypeSymbol();
    int flags = method.flags().flagsMask();
    builder.withMethod(code, type, flags, copy -> method.forEach(copy::with));
    builder.withMethodBody(
        name, type, flags, telling -> tell(telling, owner, code, type, functionOf(name)));
  }

  private static void tell(
      CodeBuilder code, ClassDesc owner, String work, MethodTypeDesc type, int function) {
    int parameters = type.parameterCount() - 2; // The last two are memory and machine.
    var types = new StringBuilder();
    code.loadConstant(parameters).newarray(TypeKind.LONG);
    int slot = 0;
    for (int i = 0; i < parameters; i++) {
      TypeKind kind = TypeKind.from(type.parameterType(i));
      code.dup().loadConstant(i).loadLocal(kind, slot);
      Doors.toLong(code, kind);
      code.lastore();
      slot += kind.slotSize();
      types.append(letter(kind));
    }
    int machine = slot + 1;
    code.loadConstant(types.toString()).loadConstant(function).aload(machine);
    code.invokestatic(
        OPERATIONS, "entered", MethodTypeDesc.of(CD_void, LONGS, CD_String, CD_int, MACHINE));
    Linker.loadParameters(code, type.parameterList());
    code.invokestatic(owner, work, type);
    leave(code, TypeKind.from(type.returnType()), function, machine);
  }

  private static void leave(CodeBuilder code, TypeKind kind, int function, int machine) {
    MethodTypeDesc left = MethodTypeDesc.of(CD_void, CD_String, CD_int, MACHINE);
    switch (kind) {
      case VOID -> {}
      case REFERENCE -> { // Several results, packed.
        code.dup();
        left = left.insertParameterTypes(0, LONGS);
      }
      default -> {
        if (kind.slotSize() == 2) {
          code.dup2();
        } else {
          code.dup();
        }
        Doors.toLong(code, kind);
        left = left.insertParameterTypes(0, CD_long);
      }
    }
    String types = kind == TypeKind.VOID || kind == TypeKind.REFERENCE ? "" : letter(kind);
    code.loadConstant(types).loadConstant(function).aload(machine);
    code.invokestatic(OPERATIONS, "left", left);
    code.return_(kind);
  }

  private static String letter(TypeKind kind) {
    return switch (kind) {
      case INT -> "I";
      case LONG -> "J";
      case FLOAT -> "F";
      case DOUBLE -> "D";
      default -> throw new IllegalStateException("a value of kind " + kind);
    };
  }
}
