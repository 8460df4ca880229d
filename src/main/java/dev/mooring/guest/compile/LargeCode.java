package dev.mooring.guest.compile;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the JVM does with methods of more bytecode than {@link LargeFunction#HOTSPOTS_LIMIT_BYTES}:
 * nothing, unless it is started with a flag. And then its first compiler, C1, has no bound on the
 * memory that it takes for one: so when the first module has such a function, the JVM is told to
 * leave those methods to its second, C2, which has, and gives up there.
 *
 * <p>Compile thread. Both answers are found once, and take some 100 ms.
 */
final class LargeCode {
  private static final Logger LOG = LoggerFactory.getLogger(LargeCode.class);
  private static final String HOTSPOTS_FLAG = "DontCompileHugeMethods";
  private static final String JIT = "com.sun.management:type=DiagnosticCommand";
  private static final String ADD = "compilerDirectivesAdd";

  private LargeCode() {}

  /** Whether this JVM compiles such methods; if not, they run some ten times as slowly. */
  static boolean isCompiled() {
    return Flag.COMPILED;
  }

  /** Sees to it that the methods are compiled within bounds, if they are compiled. */
  static void bound() {
    if (isCompiled() && !Bound.HOLDS) {
      LOG.warn("C1 can't be kept from large functions, for which it takes memory without bound");
    }
  }

  private static final class Flag {
    static final boolean COMPILED = !isSet();

    private static boolean isSet() {
      try {
        var hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return hotspot != null && hotspot.getVMOption(HOTSPOTS_FLAG).getValue().equals("true");
      } catch (IllegalArgumentException e) { // Another JVM, with rules of its own.
        return false;
      }
    }
  }

  private static final class Bound {
    static final boolean HOLDS = tell();

    private static boolean tell() {
      String directive =
          "[{ match: \"%s*.%s*\", c1: { Exclude: true } }]"
              .formatted(ModuleCompiler.PACKAGE.replace('.', '/'), Linker.LARGE_PREFIX);
      try {
        Path file = Files.createTempFile("mooring-jit", ".json");
        try {
          Files.writeString(file, directive);
          String said =
              String.valueOf(
                  ManagementFactory.getPlatformMBeanServer()
                      .invoke(
                          new ObjectName(JIT),
                          ADD,
                          new Object[] {new String[] {"\"" + file + "\""}},
                          new String[] {String[].class.getName()}));
          return said.contains("added");
        } finally {
          Files.delete(file);
        }
      } catch (IOException | JMException | RuntimeException e) {
        LOG.debug("no compiler directive", e);
        return false;
      }
    }
  }
}
