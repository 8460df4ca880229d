package dev.mooring.guest.call;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessFlag;

/**
 * Asks for the stack that a host function needs, before it has touched anything.
 *
 * <p>A guest may call a host function on the last bytes of its stack. If the stack then ends inside
 * a logger or an allocator, it ends in the middle of what all sessions share. So whoever goes there
 * looks first, and the guest has run out of stack instead.
 *
 * <p>Java can't be asked how much stack is left, but a method whose frame is as large can be
 * called: the JVM looks for room for it at once, also when the method is compiled and its frame is
 * small, as it must be able to go back to interpreting it. Nobody writes a method of 8,192 local
 * variables, so it is generated. It is longer than any that the JIT would inline; else its frame
 * would be looked for wherever a guest might call a host function, and not only where it does.
 */
public final class StackProbe {
  /** What is left for a host function at least. */
  static final int BYTES = 64 * 1024;

  private static final int MORE_THAN_IS_INLINED = 400;
  private static final Runnable LARGE_FRAME = largeFrame();

  private StackProbe() {}

  /**
   * Returns if there is enough.
   *
   * @throws StackOverflowError if not
   */
  public static void check() {
    LARGE_FRAME.run();
  }

  private static Runnable largeFrame() {
    ClassDesc self = ClassDesc.of(StackProbe.class.getPackageName(), "LargeFrame");
    byte[] bytes =
        ClassFile.of()
            .build(
                self,
                type -> {
                  type.withFlags(AccessFlag.PUBLIC, AccessFlag.FINAL);
                  type.withInterfaceSymbols(Runnable.class.describeConstable().orElseThrow());
                  int isPublic = AccessFlag.PUBLIC.mask();
                  type.withMethodBody(
                      INIT_NAME,
                      MTD_void,
                      isPublic,
                      code ->
                          code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_());
                  type.withMethodBody(
                      "run",
                      MTD_void,
                      isPublic,
                      code -> {
                        makeLong(code);
                        code.iconst_0().istore(BYTES / Long.BYTES);
                        // Compiled code looks for stack only where it calls something.
                        code.invokestatic(self, "leaf", MTD_void).return_();
                      });
                  type.withMethodBody(
                      "leaf",
                      MTD_void,
                      isPublic | AccessFlag.STATIC.mask(),
                      code -> {
                        makeLong(code);
                        code.return_();
                      });
                });
    try {
      Class<?> type = MethodHandles.lookup().defineHiddenClass(bytes, true).lookupClass();
      return (Runnable) type.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static void makeLong(CodeBuilder code) {
    for (int i = 0; i < MORE_THAN_IS_INLINED; i++) {
      code.nop();
    }
  }
}
