package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ChildJvmTest {
  private static final int WITHOUT = 3;

  /** The child. */
  public static void main(String[] arguments) {
    System.exit(ChildJvmTest.class.desiredAssertionStatus() ? 0 : WITHOUT);
  }

  @Test
  void test_runsWithAssertions() {
    assertTrue(ChildJvmTest.class.desiredAssertionStatus());
  }

  @Test
  void child_runsWithAssertions() throws Exception {
    Process child =
        new ProcessBuilder(
                ChildJvm.command(
                    "-cp", System.getProperty("java.class.path"), ChildJvmTest.class.getName()))
            .inheritIO()
            .start();
    assertEquals(0, child.waitFor());
  }
}
