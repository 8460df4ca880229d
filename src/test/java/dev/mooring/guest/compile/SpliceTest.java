package dev.mooring.guest.compile;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.machine.StoreOperations;
import dev.mooring.guest.machine.TrapOperations;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.MemoryOperations;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chicory's {@code Shaded} as it is and as it might become one day, against what we replace. */
final class SpliceTest {
  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();

  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();

  private static final byte[] SHADED = ModuleCompiler.chicorysShaded();

  private static byte[] splice(byte[] shaded) {
    return Splice.splice(shaded, InterruptionCheck.SWITCH);
  }

  private static Map<String, MethodModel> methods(byte[] bytes) {
    var methods = new TreeMap<String, MethodModel>();
    for (MethodModel method : ClassFile.of().parse(bytes).methods()) {
      methods.put(signature(method), method);
    }
    return methods;
  }

  private static String signature(MethodModel method) {
    return method.methodName().stringValue() + method.methodTypeSymbol().descriptorString();
  }

  private static List<Instruction> instructions(MethodModel method) {
    CodeModel code = method.code().orElseThrow();
    var instructions = new ArrayList<Instruction>();
    code.forEach(
        element -> {
          if (element instanceof Instruction instruction) {
            instructions.add(instruction);
          }
        });
    return instructions;
  }

  /** The class that a method forwards to; empty if it does anything else. */
  private static String forwardsTo(MethodModel method) {
    String owner = "";
    for (Instruction instruction : instructions(method)) {
      if (instruction instanceof InvokeInstruction call
          && call.owner().asSymbol().packageName().startsWith("dev.mooring")
          && !call.owner().asSymbol().displayName().equals("StopSwitch")) {
        owner = call.owner().asSymbol().displayName();
        assertEquals(
            signature(method).toUpperCase(Locale.ROOT),
            (call.name().stringValue() + call.type().stringValue()).toUpperCase(Locale.ROOT));
      }
    }
    return owner;
  }

  @Test
  void splice_chicorysClass_forwardsToOursAndKeepsLittle() {
    Map<String, MethodModel> before = methods(SHADED);
    Map<String, MethodModel> after = methods(splice(SHADED));
    var forwarded = new TreeMap<String, Integer>();
    var kept = new TreeSet<String>();
    for (var entry : after.entrySet()) {
      MethodModel old = requireNonNull(before.get(entry.getKey()));
      assertEquals(old.flags().flagsMask(), entry.getValue().flags().flagsMask());
      String owner = forwardsTo(entry.getValue());
      if (entry.getKey().equals("checkInterruption()V")) {
        continue;
      }
      if (owner.isEmpty()) {
        kept.add(entry.getKey());
      } else {
        forwarded.merge(owner, 1, Integer::sum);
      }
    }
    assertEquals(
        Map.of(
            "MemoryOperations", 17,
            "StoreOperations", 12,
            "TrapOperations", 5,
            "NumericOperations", 1),
        forwarded);
    assertEquals(Set.of("isRefNull(I)Z"), kept);
  }

  @Test
  void splice_interruptionCheck_readsTheSwitch() {
    MethodModel check = requireNonNull(methods(splice(SHADED)).get("checkInterruption()V"));
    List<Instruction> instructions = instructions(check);
    assertTrue(instructions.get(0) instanceof InvokeDynamicInstruction, instructions.toString());
    assertTrue(
        instructions.stream()
            .noneMatch(
                i ->
                    i instanceof InvokeInstruction call
                        && call.owner().asSymbol().displayName().equals("Thread")),
        "no thread's interrupt flag is looked at");
  }

  /** Every method that is forwarded has somewhere to go: a public static method, name and type. */
  @Test
  void splice_forwardedMethods_exist() {
    var offered = new TreeSet<String>();
    for (Class<?> type :
        List.of(
            MemoryOperations.class,
            StoreOperations.class,
            TrapOperations.class,
            NumericOperations.class)) {
      for (var method : type.getDeclaredMethods()) {
        var descriptor =
            java.lang.invoke.MethodType.methodType(
                method.getReturnType(), method.getParameterTypes());
        offered.add(
            type.getSimpleName() + "." + method.getName() + descriptor.toMethodDescriptorString());
      }
    }
    for (var entry : methods(splice(SHADED)).entrySet()) {
      for (Instruction instruction : instructions(entry.getValue())) {
        if (instruction instanceof InvokeInstruction call
            && call.owner().asSymbol().packageName().startsWith("dev.mooring.guest")
            && !call.owner().asSymbol().displayName().equals("StopSwitch")) {
          String wanted =
              call.owner().asSymbol().displayName()
                  + "."
                  + call.name().stringValue()
                  + call.type()
                      .stringValue()
                      .replace(MEMORY.descriptorString(), GuestMemory.class.descriptorString())
                      .replace(INSTANCE.descriptorString(), GuestMachine.class.descriptorString());
          assertTrue(offered.contains(wanted), wanted);
        }
      }
    }
  }

  private static byte[] doctored(ClassTransform transform) {
    ClassFile file = ClassFile.of();
    ClassModel model = file.parse(SHADED);
    return file.transformClass(model, transform);
  }

  private static String refusal(byte[] shaded) {
    var refused = assertThrows(IllegalStateException.class, () -> splice(shaded));
    return String.valueOf(refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "memoryReadInt",
        "memoryGrow",
        "writeGlobal",
        "tableInit",
        "dataDrop",
        "checkInterruption"
      })
  void splice_methodHasGone_isRefusedByItsName(String name) {
    byte[] shaded =
        doctored(
            ClassTransform.dropping(
                e -> e instanceof MethodModel m && m.methodName().equalsString(name)));
    String message = refusal(shaded);
    assertTrue(message.contains("lacks [" + name + "("), message);
  }

  /** As when addresses become longs. */
  @Test
  void splice_methodHasAnotherType_isRefusedByBothTypes() {
    MethodTypeDesc wider =
        MethodTypeDesc.of(
            ConstantDescs.CD_int, ConstantDescs.CD_long, ConstantDescs.CD_int, MEMORY);
    byte[] shaded =
        doctored(
            ClassTransform.dropping(
                    e -> e instanceof MethodModel m && m.methodName().equalsString("memoryReadInt"))
                .andThen(adding("memoryReadInt", wider)));
    String message = refusal(shaded);
    assertTrue(message.contains("lacks [memoryReadInt(IIM)I]"), message);
  }

  @Test
  void splice_newMethod_isLeftOut() {
    MethodTypeDesc type = MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int);
    byte[] spliced =
        splice(doctored(ClassTransform.ACCEPT_ALL.andThen(adding("I32_SQUARE", type))));
    assertEquals(methods(splice(SHADED)).keySet(), methods(spliced).keySet());
  }

  private static ClassTransform adding(String name, MethodTypeDesc type) {
    return ClassTransform.endHandler(
        builder ->
            builder.withMethodBody(
                name,
                type,
                AccessFlag.PUBLIC.mask() | AccessFlag.STATIC.mask(),
                code -> code.iconst_0().ireturn()));
  }
}
