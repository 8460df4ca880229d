package dev.mooring.guest;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chicory's {@code Shaded} as it is and as it might become one day, against what we replace. */
final class SpliceTest {
  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();
  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();

  private static final byte[] SHADED = ModuleCompiler.chicorysShaded();

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
      if (instruction instanceof InvokeInstruction call) {
        owner = call.owner().asSymbol().displayName();
        assertEquals(signature(method), call.name().stringValue() + call.type().stringValue());
      }
    }
    return owner;
  }

  @ParameterizedTest
  @EnumSource
  void splice_chicorysClass_forwardsWhatTouchesStateToOurs(Layout layout) {
    Map<String, MethodModel> before = methods(SHADED);
    Map<String, MethodModel> after = methods(Splice.splice(SHADED, layout));
    assertEquals(before.keySet(), after.keySet(), "no method comes and none goes");
    String operations = layout.operations().getSimpleName();
    var forwarded = new TreeSet<String>();
    var changed = new TreeSet<String>();
    for (var entry : after.entrySet()) {
      MethodModel old = requireNonNull(before.get(entry.getKey()));
      assertEquals(old.flags().flagsMask(), entry.getValue().flags().flagsMask());
      if (entry.getKey().startsWith("<") || describe(old).equals(describe(entry.getValue()))) {
        continue;
      }
      changed.add(entry.getKey());
      if (!entry.getKey().equals("checkInterruption()V")) {
        String owner = forwardsTo(entry.getValue());
        assertTrue(Set.of(operations, "StoreOperations").contains(owner), entry.getKey() + owner);
        forwarded.add(entry.getKey());
      }
    }
    assertEquals(28, forwarded.size(), forwarded.toString());
    assertEquals(29, changed.size(), changed.toString());
    // What still takes a memory and is Chicory's own: atomics, which are refused, and two more.
    for (var entry : after.entrySet()) {
      boolean takesMemory = entry.getValue().methodTypeSymbol().parameterList().contains(MEMORY);
      boolean kept =
          entry.getKey().startsWith("memoryAtomic")
              || entry.getKey().startsWith("memoryDrop(")
              || entry.getKey().startsWith("memoryCopy(III" + MEMORY.descriptorString() + "L");
      if (takesMemory && entry.getValue().flags().has(AccessFlag.PUBLIC)) {
        assertEquals(!kept, changed.contains(entry.getKey()), entry.getKey());
      }
    }
  }

  private static String describe(MethodModel method) {
    return method.code().map(c -> instructions(method).toString()).orElse("");
  }

  @Test
  void splice_interruptionCheck_readsTheSwitch() {
    MethodModel check =
        requireNonNull(methods(Splice.splice(SHADED, Layout.DENSE)).get("checkInterruption()V"));
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
  @ParameterizedTest
  @EnumSource
  void splice_forwardedMethods_exist(Layout layout) {
    var offered = new TreeSet<String>();
    for (Class<?> type : List.of(layout.operations(), StoreOperations.class)) {
      for (var method : type.getDeclaredMethods()) {
        var descriptor =
            java.lang.invoke.MethodType.methodType(
                method.getReturnType(), method.getParameterTypes());
        offered.add(
            type.getSimpleName() + "." + method.getName() + descriptor.toMethodDescriptorString());
      }
    }
    for (var entry : methods(Splice.splice(SHADED, layout)).entrySet()) {
      for (Instruction instruction : instructions(entry.getValue())) {
        if (instruction instanceof InvokeInstruction call
            && call.owner().asSymbol().packageName().equals("dev.mooring.guest")
            && !call.owner().asSymbol().displayName().equals("StopSwitch")) {
          String wanted = call.owner().asSymbol().displayName() + "." + entry.getKey();
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
    var refused =
        assertThrows(IllegalStateException.class, () -> Splice.splice(shaded, Layout.DENSE));
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
    assertTrue(message.contains("don't know its [memoryReadInt(JIM)I]"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "memoryDiscard",
        "tableClear",
        "dataReset",
        "elemDrop",
        "swapGlobal",
        "pollInterrupt"
      })
  void splice_newMethodTouchesState_isRefusedByItsName(String name) {
    MethodTypeDesc type = MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int, INSTANCE);
    String message = refusal(doctored(ClassTransform.ACCEPT_ALL.andThen(adding(name, type))));
    assertTrue(message.contains("don't know its [" + name + "(IN)I]"), message);
  }

  @Test
  void splice_newMethodTakesMemory_isRefusedWhateverItsName() {
    MethodTypeDesc type = MethodTypeDesc.of(ConstantDescs.CD_int, MEMORY);
    String message = refusal(doctored(ClassTransform.ACCEPT_ALL.andThen(adding("peek", type))));
    assertTrue(message.contains("[peek(M)I]"), message);
  }

  @Test
  void splice_newMethodOfArithmetic_isWelcome() {
    MethodTypeDesc type = MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int);
    Splice.splice(
        doctored(ClassTransform.ACCEPT_ALL.andThen(adding("I32_SQUARE", type))), Layout.FLAT);
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
