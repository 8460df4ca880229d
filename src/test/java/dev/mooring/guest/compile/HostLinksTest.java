package dev.mooring.guest.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.compile.HostLinks.Link;
import dev.mooring.guest.compile.HostLinks.Operation;
import dev.mooring.guest.intake.HostImports;
import dev.mooring.guest.intake.HostImports.HostImport;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.intake.Signature;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.HostOperations;
import dev.mooring.guest.machine.Wasi;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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

  /** Whatever is checked is linked, and nothing else is. */
  @Test
  void offered_eachImport_isLinkedAndChecked() {
    var checked = new TreeSet<String>();
    for (String module : List.of(HostImports.MOORING, HostImports.WASI)) {
      HostImports.of(module).forEach(i -> checked.add(i.module() + "." + i.name()));
    }
    assertEquals(checked, new TreeSet<>(HostLinks.OFFERED.keySet()));
  }

  @Test
  void offered_eachLink_fitsTheTypeThatIsChecked() {
    for (Map.Entry<String, Link> entry : HostLinks.OFFERED.entrySet()) {
      String[] name = entry.getKey().split("\\.", 2);
      HostImport checked = HostImports.find(name[0], name[1]);
      assertNotNull(checked, entry.getKey());
      String type = descriptor(checked.signature());
      switch (entry.getValue()) {
        case Operation operation -> assertEquals(type, operation.descriptor(), entry.getKey());
        case HostLinks.Constant answer -> assertTrue(type.endsWith(")I"), entry.getKey());
        case HostLinks.OfStream answer -> assertTrue(type.matches("\\(I.*\\)I"), entry.getKey());
      }
    }
  }

  @Test
  void resolve_imports_areLinkedInTheirOrder() {
    List<ImportedFunction> imports =
        Stream.of("random_get", "path_open", "sched_yield", "random_get", "fd_seek")
            .map(name -> new ImportedFunction(HostImports.WASI, name, Signature.NOTHING))
            .toList();
    var random = new Operation("wasiRandomGet", "(II)I");
    assertEquals(
        List.of(
            random,
            new HostLinks.Constant(Wasi.ENOSYS),
            new HostLinks.Constant(Wasi.SUCCESS),
            random,
            new HostLinks.OfStream(Wasi.ESPIPE)),
        HostLinks.resolve(imports));
  }

  @Test
  void offered_eachOperation_isThere() {
    for (Link link : HostLinks.OFFERED.values()) {
      if (link instanceof Operation operation) {
        MethodTypeDesc type = MethodTypeDesc.ofDescriptor(operation.descriptor());
        String wanted =
            type.insertParameterTypes(type.parameterCount(), INSTANCE).descriptorString();
        assertTrue(
            Arrays.stream(HostOperations.class.getMethods())
                .filter(method -> method.getName().equals(operation.name()))
                .anyMatch(method -> descriptor(method).equals(wanted)),
            operation.toString());
      }
    }
  }

  private static String descriptor(Method method) {
    return MethodType.methodType(method.getReturnType(), method.getParameterTypes())
        .descriptorString();
  }
}
