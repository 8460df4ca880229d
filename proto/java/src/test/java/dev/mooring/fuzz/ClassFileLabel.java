package dev.mooring.fuzz;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import org.jspecify.annotations.Nullable;

/**
 * An agent that comes before Jazzer's and says of our classes that they are older than they are.
 * Jazzer 0.24's class reader refuses the class files of Java 25 by their version alone: nothing in
 * them differs from those of Java 23, so with another number they are read, instrumented and run.
 *
 * <p>It goes when Jazzer reads Java 25. Whichever thread loads a class.
 */
public final class ClassFileLabel implements ClassFileTransformer {
  private static final String OURS = "dev/mooring/";

  /** Made by the engine, in a version that Jazzer can read, and nothing to be guided by. */
  private static final String COMPILED_GUESTS = "dev/mooring/guest/compiled/";

  private static final int MAJOR_VERSION_AT = 7;
  private static final byte JAVA_23 = 67;

  private ClassFileLabel() {}

  /** Begins to label. The JVM calls it before {@code main}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    // One that can't retransform comes before all that can, whenever they are added.
    instrumentation.addTransformer(new ClassFileLabel(), false);
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    if (name == null
        || !name.startsWith(OURS)
        || name.startsWith(COMPILED_GUESTS)
        || classFile[MAJOR_VERSION_AT] <= JAVA_23) {
      return null;
    }
    byte[] labelled = classFile.clone();
    labelled[MAJOR_VERSION_AT] = JAVA_23;
    return labelled;
  }
}
