package dev.mooring.guest.compile;

import static java.lang.constant.ConstantDescs.MTD_void;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import dev.mooring.guest.deadline.StopSwitch;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.machine.StoreOperations;
import dev.mooring.guest.machine.TrapOperations;
import dev.mooring.guest.memory.MemoryOperations;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.CallSite;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Puts our own operations into Chicory's {@code Shaded}, the class that its compiler copies into
 * every compiled module.
 *
 * <p>The compiler asks its class collector for the bytes of {@code Shaded}. It gets bytes in which
 * methods do nothing but call a static method of ours with the same name and type: memory
 * operations {@link MemoryOperations}, and the rest {@link StoreOperations} or {@link
 * TrapOperations}. {@code checkInterruption} becomes the read of a call site: see {@link
 * StopSwitch}. What only modules call that are refused, with atomics, exceptions or garbage
 * collection, is left out.
 *
 * <p>All this holds only for the {@code Shaded} that we know. A method that has gone or that has
 * another type is an error here, with its name, and one that is new is an error of the {@link
 * Linker}'s once some module calls it; never a guest that runs with half of our operations and half
 * of Chicory's.
 */
final class Splice {
  private static final String CHECK = "checkInterruption()V";
  private static final String COMPARE = "i32_ge_u(II)I";
  private static final String EXCEPTION =
      RuntimeException.class.describeConstable().orElseThrow().descriptorString();

  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();
  private static final ClassDesc INSTANCE = Instance.class.describeConstable().orElseThrow();

  private static final ClassDesc OPERATIONS =
      MemoryOperations.class.describeConstable().orElseThrow();
  private static final ClassDesc STORE = StoreOperations.class.describeConstable().orElseThrow();
  private static final ClassDesc NUMBERS =
      NumericOperations.class.describeConstable().orElseThrow();
  private static final ClassDesc TRAP = TrapOperations.class.describeConstable().orElseThrow();

  private static final Map<String, Target> REPLACED = new HashMap<>();

  /** They only compute, and with the JVM's instructions. */
  private static final Set<String> KEPT = Set.of("isRefNull(I)Z");

  private enum Target {
    MEMORY,
    STORE,
    TRAP,
    NUMBER,
    SWITCH
  }

  static {
    replace(
        Target.MEMORY,
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
        "dataDrop(IN)V",
        "callIndirect([JIIN)[J");
    replace(
        Target.TRAP,
        "throwTrapException()" + EXCEPTION,
        "throwIndirectCallTypeMismatch()" + EXCEPTION,
        "throwNullFunctionReference()" + EXCEPTION,
        "throwOutOfBoundsMemoryAccess()" + EXCEPTION,
        "throwUnknownFunction(I)" + EXCEPTION);
    replace(Target.NUMBER, COMPARE);
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
   * @param check what becomes of its check for interruption
   * @throws IllegalStateException if it isn't the class that we know; the message names the methods
   */
  static byte[] splice(byte[] shaded, InterruptionCheck check) {
    ClassFile file = ClassFile.of(ClassFile.ConstantPoolSharingOption.NEW_POOL);
    ClassModel model = file.parse(shaded);
    check(model);
    return file.transformClass(
        model,
        (builder, element) -> {
          switch (element) {
            case MethodModel method when KEPT.contains(signature(method)) -> builder.with(method);
            case MethodModel method -> {
              Target target = REPLACED.get(signature(method));
              if (target != null) {
                builder.transformMethod(
                    method,
                    Linker.replacingCode(
                        code -> {
                          switch (target) {
                            case MEMORY -> forward(code, OPERATIONS, method);
                            case STORE -> forward(code, STORE, method);
                            case TRAP -> forward(code, TRAP, method);
                            case NUMBER ->
                                Linker.forward(
                                    code, NUMBERS, "I32_GE_U", method.methodTypeSymbol());
                            case SWITCH -> writeCheck(code, check);
                          }
                        }));
              }
            }
            case AccessFlags flags -> builder.with(flags);
            case ClassFileVersion version -> builder.with(version);
            default -> {} // Fields and attributes, which go with what is left out.
          }
        });
  }

  /** Calls the method of the same name and type of another class. */
  private static void forward(CodeBuilder code, ClassDesc owner, MethodModel method) {
    Linker.forward(code, owner, method.methodName().stringValue(), method.methodTypeSymbol());
  }

  private static void writeCheck(CodeBuilder code, InterruptionCheck check) {
    switch (check) {
      case SWITCH -> readSwitch(code);
      case THREAD -> readThread(code);
      case NONE -> {}
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
    code.ifThen(Splice::stop);
  }

  private static void readThread(CodeBuilder code) {
    ClassDesc thread = Thread.class.describeConstable().orElseThrow();
    code.invokestatic(thread, "currentThread", MethodTypeDesc.of(thread));
    code.invokevirtual(thread, "isInterrupted", MethodTypeDesc.of(ConstantDescs.CD_boolean));
    code.ifThen(Splice::stop);
  }

  private static void stop(CodeBuilder code) {
    code.invokestatic(
        StopSwitch.class.describeConstable().orElseThrow(), "stopIfCondemned", MTD_void);
  }

  private static void check(ClassModel model) {
    Set<String> missing = new TreeSet<>(REPLACED.keySet());
    missing.addAll(KEPT);
    for (MethodModel method : model.methods()) {
      missing.remove(signature(method));
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "Chicory's Shaded isn't the class that our guest operations were written for. It lacks "
              + missing
              + ".");
    }
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
