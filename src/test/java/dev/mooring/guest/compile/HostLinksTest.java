package dev.mooring.guest.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.compile.HostLinks.Operation;
import dev.mooring.guest.intake.HostImports;
import dev.mooring.guest.intake.HostImports.HostImport;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.intake.Signature;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.HostOperations;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class HostLinksTest {
  private static final ClassDesc INSTANCE = ClassDesc.of(GuestMachine.class.getName());

  private static String descriptor(Signature signature) {
    String parameters =
        signature.params().stream().map(HostLinksTest::letter).collect(Collectors.joining());
    String results =
        signature.results().stream().map(HostLinksTest::letter).collect(Collectors.joining());
    return "(" + parameters + ")" + (results.isEmpty() ? "V" : results);
  }

  private static String letter(ValueType type) {
    return switch (type) {
      case I32 -> "I";
      case I64 -> "J";
      case F32 -> "F";
      case F64 -> "D";
      case FUNCREF, EXTERNREF -> throw new AssertionError("a host function takes no references");
    };
  }

  @Test
  void offered_eachImport_isCheckedByTheTypeThatItIsLinkedWith() {
    for (Map.Entry<String, Operation> link : HostLinks.OFFERED.entrySet()) {
      String[] name = link.getKey().split("\\.", 2);
      HostImport checked = HostImports.find(name[0], name[1]);
      assertNotNull(checked, link.getKey());
      assertEquals(descriptor(checked.signature()), link.getValue().descriptor(), link.getKey());
    }
  }

  /** Those of WASI's that aren't linked answer that they aren't supported. */
  @Test
  void offered_whatIsChecked_isLinkedOrCanAnswerThatItIsNot() {
    for (HostImport checked : HostImports.of(HostImports.MOORING)) {
      assertTrue(
          HostLinks.OFFERED.containsKey(checked.module() + "." + checked.name()), checked.name());
    }
    for (HostImport checked : HostImports.of(HostImports.WASI)) {
      assertTrue(
          HostLinks.OFFERED.containsKey(checked.module() + "." + checked.name())
              || descriptor(checked.signature()).endsWith(")I"),
          checked.name());
    }
  }

  @Test
  void resolve_imports_areLinkedInTheirOrder() {
    List<ImportedFunction> imports =
        Stream.of("random_get", "path_open", "sched_yield", "random_get")
            .map(name -> new ImportedFunction(HostImports.WASI, name, Signature.NOTHING))
            .toList();
    assertEquals(
        List.of("wasiRandomGet", "", "wasiSchedYield", "wasiRandomGet"),
        HostLinks.resolve(imports).stream().map(Operation::name).toList());
  }

  @Test
  void offered_eachOperation_isThere() {
    for (Operation operation : HostLinks.OFFERED.values()) {
      MethodTypeDesc type = MethodTypeDesc.ofDescriptor(operation.descriptor());
      String wanted = type.insertParameterTypes(type.parameterCount(), INSTANCE).descriptorString();
      assertTrue(
          Arrays.stream(HostOperations.class.getMethods())
              .filter(method -> method.getName().equals(operation.name()))
              .anyMatch(method -> descriptor(method).equals(wanted)),
          operation.toString());
    }
  }

  private static String descriptor(Method method) {
    return MethodType.methodType(method.getReturnType(), method.getParameterTypes())
        .descriptorString();
  }
}
