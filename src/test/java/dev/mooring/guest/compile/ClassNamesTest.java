package dev.mooring.guest.compile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.OpcodeImpl;
import com.dylibso.chicory.wasm.WasmModule;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.memory.GuestMemory;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Whose classes a compiled guest names: ours and the JDK's. */
final class ClassNamesTest {
  private static byte[] taking(Class<?>... parameters) {
    ClassDesc[] types =
        Arrays.stream(parameters)
            .map(type -> type.describeConstable().orElseThrow())
            .toArray(ClassDesc[]::new);
    return ClassFile.of()
        .build(
            ClassDesc.of("Named"),
            type ->
                type.withMethodBody(
                    "f",
                    MethodTypeDesc.of(ConstantDescs.CD_void, types),
                    AccessFlag.PUBLIC.mask() | AccessFlag.STATIC.mask(),
                    code ->
                        code.loadConstant(0x1234_5678_9ABC_DEF0L)
                            .pop2()
                            .loadConstant(Math.PI)
                            .pop2()
                            .loadConstant("Memory of com.dylibso.chicory, \u0000 and \u20ac")
                            .pop()
                            .return_()));
  }

  private static MethodModel method(byte[] bytes) {
    return ClassFile.of().parse(bytes).methods().getFirst();
  }

  @Test
  void replace_typesOfMethods_becomeOurs() {
    byte[] replaced =
        ClassNames.replace(taking(int.class, Memory.class, Memory[].class, Instance.class));
    assertEquals(
        List.of(int.class, GuestMemory.class, GuestMemory[].class, GuestMachine.class).stream()
            .map(type -> type.describeConstable().orElseThrow())
            .toList(),
        method(replaced).methodTypeSymbol().parameterList());
  }

  @Test
  void replace_classThatNamesNothingOfTheEngines_isCopiedByteByByte() {
    byte[] plain = taking(int.class, String.class);
    assertArrayEquals(plain, ClassNames.replace(plain));
  }

  @Test
  void replace_classThatWeHaveNoneFor_isRefusedByItsName() {
    var refused =
        assertThrows(
            IllegalStateException.class, () -> ClassNames.replace(taking(GlobalInstance.class)));
    assertTrue(String.valueOf(refused.getMessage()).contains("GlobalInstance"));
  }

  /** Each operation that its compiler may call has one of ours, by name and type. */
  @Test
  void numericOperations_haveAllThatTheEngineCalls() {
    Collection<String> ours = operations(NumericOperations.class);
    Collection<String> theirs = operations(OpcodeImpl.class);
    theirs.removeIf(operation -> operation.contains("Instance") || operation.contains("ATOMIC"));
    theirs.removeAll(ours);
    assertEquals(List.of(), List.copyOf(theirs));
  }

  private static Collection<String> operations(Class<?> type) {
    var operations = new TreeSet<String>();
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers())) {
        operations.add(
            method.getReturnType() + " " + method.getName() + List.of(method.getParameterTypes()));
      }
    }
    return operations;
  }

  @Test
  void link_callOfAnOperationThatIsNew_isRefusedByItsName() {
    String name = "dev.mooring.guest.compiled.M";
    ClassDesc shaded = ClassDesc.of(name + "Shaded");
    var classes = new HashMap<String, byte[]>();
    classes.put(
        name,
        ClassFile.of()
            .build(
                ClassDesc.of(name),
                type ->
                    type.withMethodBody(
                        "f",
                        ConstantDescs.MTD_void,
                        AccessFlag.STATIC.mask(),
                        code ->
                            code.invokestatic(shaded, "squareRoot", ConstantDescs.MTD_void)
                                .return_())));
    var linker = new Linker(WasmModule.builder().build(), name, List.of());
    var refused = assertThrows(IllegalStateException.class, () -> linker.link(classes, List.of()));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("[squareRoot()V]"), refused::getMessage);
  }
}
