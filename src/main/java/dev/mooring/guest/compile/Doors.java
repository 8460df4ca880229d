package dev.mooring.guest.compile;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.memory.GuestMemory;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.function.Consumer;

/** Writes the classes by which a compiled module is entered. */
final class Doors {
  private static final ClassDesc LONGS = CD_long.arrayType();
  private static final ClassDesc NUMBERS =
      NumericOperations.class.describeConstable().orElseThrow();
  private static final MethodTypeDesc DOOR =
      MethodTypeDesc.of(
          CD_void,
          LONGS,
          LONGS,
          GuestMemory.class.describeConstable().orElseThrow(),
          GuestMachine.class.describeConstable().orElseThrow());

  private Doors() {}

  /**
   * A {@link CompiledFunction} that calls a function's method.
   *
   * @param owner the class that has it
   * @param type its parameters, then memory and machine
   */
  static byte[] door(String name, ClassDesc owner, String method, MethodTypeDesc type) {
    return build(
        name,
        CompiledFunction.class,
        builder ->
            builder.withMethodBody(
                "call",
                DOOR,
                AccessFlag.PUBLIC.mask(),
                code -> callFunction(code, owner, method, type)));
  }

  /** Unpacks arguments, calls, packs results. */
  private static void callFunction(
      CodeBuilder code, ClassDesc owner, String method, MethodTypeDesc type) {
    int arguments = 1;
    int results = 2;
    int memory = 3;
    int machine = 4;
    ClassDesc returned = type.returnType();
    boolean single = returned.isPrimitive() && !returned.equals(CD_void);
    if (single) {
      code.aload(results).iconst_0();
    }
    int parameters = type.parameterCount() - 2;
    for (int i = 0; i < parameters; i++) {
      code.aload(arguments).loadConstant(i).laload();
      fromLong(code, TypeKind.from(type.parameterType(i)));
    }
    code.aload(memory).aload(machine);
    code.invokestatic(owner, method, type);
    if (single) {
      toLong(code, TypeKind.from(returned));
      code.lastore();
    } else if (returned.equals(LONGS)) {
      code.iconst_0().aload(results).iconst_0().aload(results).arraylength();
      code.invokestatic(
          System.class.describeConstable().orElseThrow(),
          "arraycopy",
          MethodTypeDesc.of(CD_void, CD_Object, CD_int, CD_Object, CD_int, CD_int));
    }
    code.return_();
  }

  static void fromLong(CodeBuilder code, TypeKind kind) {
    switch (kind) {
      case INT -> code.l2i();
      case FLOAT -> code.invokestatic(NUMBERS, "longToFloat", MethodTypeDesc.of(CD_float, CD_long));
      case DOUBLE ->
          code.invokestatic(NUMBERS, "longToDouble", MethodTypeDesc.of(CD_double, CD_long));
      case LONG -> {}
      default -> throw new IllegalStateException("a parameter of kind " + kind);
    }
  }

  static void toLong(CodeBuilder code, TypeKind kind) {
    switch (kind) {
      case INT -> code.i2l();
      case FLOAT -> code.invokestatic(NUMBERS, "floatToLong", MethodTypeDesc.of(CD_long, CD_float));
      case DOUBLE ->
          code.invokestatic(NUMBERS, "doubleToLong", MethodTypeDesc.of(CD_long, CD_double));
      case LONG -> {}
      default -> throw new IllegalStateException("a result of kind " + kind);
    }
  }

  /** A {@link Runnable} that asks once whether to stop, so that the check is linked by then. */
  static byte[] check(String name, ClassDesc shaded) {
    return build(
        name,
        Runnable.class,
        builder ->
            builder.withMethodBody(
                "run",
                MTD_void,
                AccessFlag.PUBLIC.mask(),
                code -> code.invokestatic(shaded, "checkInterruption", MTD_void).return_()));
  }

  private static byte[] build(String name, Class<?> type, Consumer<ClassBuilder> method) {
    return ClassFile.of()
        .build(
            ClassDesc.of(name),
            builder -> {
              builder.withFlags(AccessFlag.PUBLIC, AccessFlag.FINAL);
              builder.withInterfaceSymbols(type.describeConstable().orElseThrow());
              builder.withMethodBody(
                  INIT_NAME,
                  MTD_void,
                  AccessFlag.PUBLIC.mask(),
                  code -> code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_());
              method.accept(builder);
            });
  }
}
