package dev.mooring.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.RecordComponentInfo;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who uses which methods and fields, as compiled classes tell it: calls, references and reads, not
 * writes. What nothing that runs comes to is dead.
 *
 * <p>What runs by itself: tests, {@code main}, static initialisers; what overrides something, as it
 * may be called as that; what carries an annotation, or whose name is a string in its class, as it
 * may be found by that; what compiled guests call. What a class must have anyway, or gets from the
 * compiler, isn't looked at, and neither are {@link #constants}, whose values are copied to where
 * they are used.
 */
final class CallGraph {
  /** A method or field, by class, name and descriptor. */
  private record Member(String owner, String name, String descriptor) {
    @Override
    public String toString() {
      return owner.replace('/', '.')
          + (name.equals("<init>") ? "(" : "." + name + "(")
          + descriptor
          + ")";
    }
  }

  /** What is known of a class, ours or a library's. */
  private record Known(ClassModel model, boolean isOurs, boolean isMain) {}

  /**
   * Whose public methods compiled guests call instead of these library classes', by name and number
   * of parameters.
   */
  private static final Map<String, String> STOOD_IN_FOR =
      Map.of(
          "dev/mooring/guest/memory/MemoryOperations",
          "com/dylibso/chicory/compiler/internal/Shaded",
          "dev/mooring/guest/machine/StoreOperations",
          "com/dylibso/chicory/compiler/internal/Shaded",
          "dev/mooring/guest/machine/TrapOperations",
          "com/dylibso/chicory/compiler/internal/Shaded",
          "dev/mooring/guest/machine/GuestMachine",
          "com/dylibso/chicory/runtime/Instance",
          "dev/mooring/guest/machine/GuestTable",
          "com/dylibso/chicory/runtime/TableInstance");

  /** Whose public members compiled guests use, by names that the linker makes of instructions. */
  private static final Set<String> LINKED =
      Set.of(
          "dev/mooring/guest/machine/NumericOperations",
          "dev/mooring/guest/machine/TailOperations");

  /** Fields that are there to keep others apart, or that compiled guests read. */
  private static final Set<String> PADDED =
      Set.of("dev/mooring/guest/deadline/Lane$Word", "dev/mooring/guest/machine/NumericOperations");

  private static final String OBJECT = "java/lang/Object";
  private static final Set<String> EVERYBODYS = Set.of("equals", "hashCode", "toString");

  private final Map<String, Known> classes = new HashMap<>();
  private final Map<Member, List<Member>> uses = new HashMap<>();

  /** All strings of a package's classes and its rooms', but of tests. */
  private final Map<String, Set<String>> houseStrings = new HashMap<>();

  /** A class that is looked at; of tests and generated classes only what they use. */
  void add(byte[] bytes, boolean isMain) {
    ClassModel model = ClassFile.of().parse(bytes);
    String name = model.thisClass().asInternalName();
    classes.put(name, new Known(model, true, isMain));
    if (isMain) {
      houseStrings.computeIfAbsent(houseOf(name), any -> new HashSet<>()).addAll(strings(model));
    }
  }

  /** The package, or the one that it is a room of. */
  private static String houseOf(String name) {
    int end = name.indexOf('/', "dev/mooring/".length());
    return end < 0 ? name : name.substring(0, end);
  }

  /** What nobody uses, sorted. */
  List<String> dead() {
    var looked = new ArrayList<Member>();
    var reached = new HashSet<Member>();
    var todo = new ArrayDeque<Member>();
    for (Known known : List.copyOf(classes.values())) {
      if (!known.isOurs()) {
        continue;
      }
      String owner = known.model().thisClass().asInternalName();
      Set<String> strings = strings(known.model());
      for (MethodModel method : known.model().methods()) {
        Member member = member(owner, method);
        uses.put(member, uses(method));
        if (!known.isMain() || runsByItself(known.model(), method, strings)) {
          todo.add(member);
        } else {
          looked.add(member);
        }
      }
      for (FieldModel field : known.model().fields()) {
        if (known.isMain() && !PADDED.contains(owner) && !isGiven(field, strings)) {
          looked.add(
              new Member(owner, field.fieldName().stringValue(), field.fieldType().stringValue()));
        }
      }
    }
    while (!todo.isEmpty()) {
      Member next = todo.pop();
      if (reached.add(next)) {
        todo.addAll(uses.getOrDefault(next, List.of()));
      }
    }
    var dead = new TreeSet<String>();
    for (Member member : looked) {
      if (!reached.contains(member)) {
        dead.add(member.toString());
      }
    }
    return List.copyOf(dead);
  }

  /** The names of all constants that aren't tests' nor generated. */
  Set<String> constants() {
    var names = new TreeSet<String>();
    for (Known known : classes.values()) {
      if (known.isMain()) {
        for (FieldModel field : known.model().fields()) {
          if (field.findAttribute(Attributes.constantValue()).isPresent()) {
            names.add(field.fieldName().stringValue());
          }
        }
      }
    }
    names.remove("serialVersionUID");
    return names;
  }

  private static Member member(String owner, MethodModel method) {
    return new Member(owner, method.methodName().stringValue(), method.methodType().stringValue());
  }

  private boolean runsByItself(ClassModel owner, MethodModel method, Set<String> strings) {
    String name = method.methodName().stringValue();
    String type = method.methodType().stringValue();
    boolean isConstructor = name.equals("<init>");
    if (name.equals("<clinit>")
        || (name.equals("main") && type.equals("([Ljava/lang/String;)V"))
        || (method.flags().has(AccessFlag.SYNTHETIC) && !name.startsWith("lambda$"))
        || method.findAttribute(Attributes.runtimeVisibleAnnotations()).isPresent()
        || strings.contains(name)) {
      return true;
    }
    if (isConstructor) {
      // Of a class that nobody makes, or that a library makes as it finds it.
      return type.equals("()V")
          && (method.flags().has(AccessFlag.PRIVATE)
              || hasAnnotations(owner)
              || parents(owner).stream()
                  .anyMatch(parent -> !parent.startsWith("dev/") && !parent.equals(OBJECT)));
    }
    String self = owner.thisClass().asInternalName();
    String standsInFor = STOOD_IN_FOR.get(self);
    Known stoodInFor = standsInFor == null ? null : known(standsInFor);
    if (method.flags().has(AccessFlag.PUBLIC)
        && stoodInFor != null
        && declares(stoodInFor.model(), name, method.methodTypeSymbol().parameterCount())) {
      return true;
    }
    if (method.flags().has(AccessFlag.STATIC) && method.flags().has(AccessFlag.PUBLIC)) {
      if (LINKED.contains(self)
          || houseStrings.getOrDefault(houseOf(self), Set.of()).contains(name)) {
        return true;
      }
    }
    boolean isEnum = owner.flags().has(AccessFlag.ENUM);
    return EVERYBODYS.contains(name)
        || (isEnum && (name.equals("values") || name.equals("valueOf")))
        || owner.flags().has(AccessFlag.ANNOTATION)
        || isAccessor(owner, name, type)
        || (!method.flags().has(AccessFlag.STATIC)
            && !method.flags().has(AccessFlag.PRIVATE)
            && overrides(owner, name, type));
  }

  private static boolean hasAnnotations(ClassModel owner) {
    return owner.findAttribute(Attributes.runtimeVisibleAnnotations()).isPresent()
        || owner.fields().stream()
            .anyMatch(
                field -> field.findAttribute(Attributes.runtimeVisibleAnnotations()).isPresent());
  }

  private static boolean isAccessor(ClassModel owner, String name, String type) {
    if (!type.startsWith("()")) {
      return false;
    }
    return owner
        .findAttribute(Attributes.record())
        .map(
            components -> {
              for (RecordComponentInfo component : components.components()) {
                if (component.name().equalsString(name)) {
                  return true;
                }
              }
              return false;
            })
        .orElse(false);
  }

  private boolean overrides(ClassModel owner, String name, String type) {
    for (String parent : parents(owner)) {
      Known known = known(parent);
      if (known == null
          || declares(known.model(), name, type)
          || overrides(known.model(), name, type)) {
        return true;
      }
    }
    return false;
  }

  private static boolean declares(ClassModel owner, String name, int parameters) {
    for (MethodModel method : owner.methods()) {
      if (method.methodName().equalsString(name)
          && method.methodTypeSymbol().parameterCount() == parameters
          && method.flags().has(AccessFlag.PUBLIC)) {
        return true;
      }
    }
    return false;
  }

  private static boolean declares(ClassModel owner, String name, String type) {
    for (MethodModel method : owner.methods()) {
      if (method.methodName().equalsString(name)
          && method.methodType().equalsString(type)
          && !method.flags().has(AccessFlag.PRIVATE)) {
        return true;
      }
    }
    return false;
  }

  private static List<String> parents(ClassModel model) {
    var parents = new ArrayList<String>();
    model.superclass().map(ClassEntry::asInternalName).ifPresent(parents::add);
    model.interfaces().forEach(parent -> parents.add(parent.asInternalName()));
    return parents;
  }

  /** Null if there is no such class to be read. */
  private @Nullable Known known(String name) {
    Known known = classes.get(name);
    if (known == null) {
      try (InputStream in = CallGraph.class.getClassLoader().getResourceAsStream(name + ".class")) {
        if (in == null) {
          return null;
        }
        known = new Known(ClassFile.of().parse(in.readAllBytes()), false, false);
        classes.put(name, known);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return known;
  }

  /** A field that has to be there, or whose uses can't be seen. */
  private static boolean isGiven(FieldModel field, Set<String> strings) {
    return field.flags().has(AccessFlag.SYNTHETIC)
        || field.flags().has(AccessFlag.ENUM)
        || field.findAttribute(Attributes.constantValue()).isPresent()
        || field.findAttribute(Attributes.runtimeVisibleAnnotations()).isPresent()
        || strings.contains(field.fieldName().stringValue());
  }

  private static Set<String> strings(ClassModel model) {
    var strings = new HashSet<String>();
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof StringEntry string) {
        strings.add(string.stringValue());
      }
    }
    return strings;
  }

  private List<Member> uses(MethodModel method) {
    var used = new ArrayList<Member>();
    method
        .code()
        .ifPresent(
            code -> {
              for (CodeElement element : code) {
                switch (element) {
                  case InvokeInstruction call ->
                      add(used, call.owner(), call.name().stringValue(), call.type().stringValue());
                  case FieldInstruction field when isRead(field.opcode()) ->
                      add(
                          used,
                          field.owner(),
                          field.name().stringValue(),
                          field.type().stringValue());
                  case InvokeDynamicInstruction call ->
                      call.invokedynamic()
                          .bootstrap()
                          .arguments()
                          .forEach(argument -> add(used, argument));
                  case ConstantInstruction.LoadConstantInstruction load ->
                      add(used, load.constantEntry());
                  default -> {}
                }
              }
            });
    return used;
  }

  private static boolean isRead(Opcode opcode) {
    return opcode == Opcode.GETFIELD || opcode == Opcode.GETSTATIC;
  }

  private void add(List<Member> used, LoadableConstantEntry constant) {
    if (constant instanceof MethodHandleEntry handle) {
      MemberRefEntry reference = handle.reference();
      add(used, reference.owner(), reference.name().stringValue(), reference.type().stringValue());
    }
  }

  /** The member, wherever above the class that it is asked of it is declared. */
  private void add(List<Member> used, ClassEntry owner, String name, String type) {
    String from = owner.asInternalName();
    if (!from.startsWith("[")) {
      add(used, from, name, type);
    }
  }

  private void add(List<Member> used, String owner, String name, String type) {
    Known known = owner.startsWith("dev/mooring/") ? known(owner) : null;
    if (known != null) {
      used.add(new Member(owner, name, type));
      parents(known.model()).forEach(parent -> add(used, parent, name, type));
    }
  }
}
