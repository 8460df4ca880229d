package dev.mooring.guest;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.CallSite;
import java.lang.reflect.AccessFlag;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Puts our own operations into Chicory's {@code Shaded}, the class that its compiler copies into
 * every compiled module.
 *
 * <p>The compiler asks its class collector for the bytes of {@code Shaded}. It gets bytes in which
 * the methods that touch an instance's state do nothing but call a static method of ours with the
 * same name and type: memory operations those of the layout, and the rest {@link StoreOperations}.
 * {@code checkInterruption} becomes the read of a call site: see {@link StopSwitch}.
 *
 * <p>All this holds only for the {@code Shaded} that we know. A method that has gone, that has
 * another type, or that touches state and is new to us, is an error here, with its name; never a
 * guest that runs with half of our operations and half of Chicory's.
 */
final class Splice {
  private static final String CHECK = "checkInterruption()V";

  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();
  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();

  private static final Map<String, Target> REPLACED = new HashMap<>();

  /** They touch state, and their ways lead to our own classes' ordinary methods. */
  private static final Set<String> KEPT =
      Set.of(
          "memoryCopy(IIIMM)V", // Between two memories, of which a module has one here.
          "memoryDrop(IM)V"); // The compiler knows it and never emits it.

  private enum Target {
    LAYOUT,
    STORE,
    SWITCH
  }

  static {
    replace(
        Target.LAYOUT,
        "memoryReadByte(IIM)B",
        "memoryReadShort(IIM)S",
        "memoryReadInt(IIM)I",
        "memoryReadLong(IIM)J",
        "memoryReadFloat(IIM)F",
        "memoryReadDouble(IIM)D",
        "memoryWriteByte(IBIM)V",
        "memoryWriteShort(ISIM)V",
        "memoryWriteInt(IIIM)V",
        "memoryWriteLong(IJIM)V",
        "memoryWriteFloat(IFIM)V",
        "memoryWriteDouble(IDIM)V",
        "memoryFill(IBIM)V",
        "memoryCopy(IIIM)V",
        "memoryInit(IIIIM)V",
        "memoryGrow(IM)I",
        "memoryPages(M)I");
    replace(
        Target.STORE,
        "readGlobal(IN)J",
        "readGlobalRef(IN)I",
        "writeGlobal(JIN)V",
        "tableGet(IIN)I",
        "tableSet(IIIN)V",
        "tableGrow(IIIN)I",
        "tableSize(IN)I",
        "tableFill(IIIIN)V",
        "tableCopy(IIIIIN)V",
        "tableInit(IIIIIN)V",
        "dataDrop(IN)V");
    replace(Target.SWITCH, CHECK);
  }

  private Splice() {}

  private static void replace(Target target, String... signatures) {
    for (String signature : signatures) {
      REPLACED.put(signature, target);
    }
  }

  /**
   * The class with our operations in it.
   *
   * @param shaded the bytes of Chicory's class
   * @throws IllegalStateException if it isn't the class that we know; the message names the methods
   */
  static byte[] splice(byte[] shaded, Layout layout) {
    return splice(shaded, layout, InterruptionCheck.SWITCH);
  }

  /** As above, with a check of one's choice. */
  static byte[] splice(byte[] shaded, Layout layout, InterruptionCheck check) {
    ClassFile file = ClassFile.of();
    ClassModel model = file.parse(shaded);
    check(model);
    ClassDesc operations = layout.operations().describeConstable().orElseThrow();
    ClassDesc store = StoreOperations.class.describeConstable().orElseThrow();
    ClassTransform transform =
        (builder, element) -> {
          Target target = element instanceof MethodModel m ? REPLACED.get(signature(m)) : null;
          if (!(element instanceof MethodModel method)
              || target == null
              || (target == Target.SWITCH && check == InterruptionCheck.CHICORYS)) {
            builder.with(element);
            return;
          }
          builder.transformMethod(
              method,
              Linker.replacingCode(
                  code -> {
                    switch (target) {
                      case LAYOUT -> forward(code, operations, method);
                      case STORE -> forward(code, store, method);
                      case SWITCH -> writeCheck(code, check);
                    }
                  }));
        };
    return file.transformClass(model, transform);
  }

  /** Calls the method of the same name and type of another class. */
  private static void forward(CodeBuilder code, ClassDesc owner, MethodModel method) {
    Linker.forward(code, owner, method.methodName().stringValue(), method.methodTypeSymbol());
  }

  private static void writeCheck(CodeBuilder code, InterruptionCheck check) {
    if (check == InterruptionCheck.SWITCH) {
      readSwitch(code);
    }
    code.return_();
  }

  private static void readSwitch(CodeBuilder code) {
    ClassDesc owner = StopSwitch.class.describeConstable().orElseThrow();
    var bootstrap =
        ConstantDescs.ofCallsiteBootstrap(
            owner, "bootstrap", CallSite.class.describeConstable().orElseThrow());
    MethodTypeDesc type = MethodTypeDesc.of(ConstantDescs.CD_boolean);
    code.invokedynamic(DynamicCallSiteDesc.of(bootstrap, "isArmed", type));
    code.ifThen(c -> c.invokestatic(owner, "stopIfCondemned", MethodTypeDesc.ofDescriptor("()V")));
  }

  private static void check(ClassModel model) {
    Set<String> missing = new TreeSet<>(REPLACED.keySet());
    missing.addAll(KEPT);
    Set<String> unknown = new TreeSet<>();
    for (MethodModel method : model.methods()) {
      String signature = signature(method);
      boolean known = missing.remove(signature);
      if (!known && touchesState(method)) {
        unknown.add(signature);
      }
    }
    if (!missing.isEmpty() || !unknown.isEmpty()) {
      throw new IllegalStateException(
          "Chicory's Shaded isn't the class that our guest operations were written for."
              + (missing.isEmpty() ? "" : " It lacks " + missing + ".")
              + (unknown.isEmpty() ? "" : " We don't know its " + unknown + "."));
    }
  }

  /** Whether a method reaches memory, globals, tables or segments; atomics and GC are refused. */
  private static boolean touchesState(MethodModel method) {
    String name = method.methodName().stringValue();
    if (!method.flags().has(AccessFlag.PUBLIC) || name.startsWith("memoryAtomic")) {
      return false;
    }
    return method.methodTypeSymbol().parameterList().contains(MEMORY)
        || name.startsWith("memory")
        || name.startsWith("table")
        || name.startsWith("data")
        || name.startsWith("elem")
        || name.contains("Global")
        || name.contains("nterrupt");
  }

  /** Name and descriptor, with M for Chicory's memory class and N for its instance class. */
  private static String signature(MethodModel method) {
    return method.methodName().stringValue()
        + method
            .methodTypeSymbol()
            .descriptorString()
            .replace(MEMORY.descriptorString(), "M")
            .replace(INSTANCE.descriptorString(), "N");
  }
}
