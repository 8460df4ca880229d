package dev.mooring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That no test starts a JVM in a way of its own, in which assertions would be forgotten. */
final class ChildJvmsTest {
  private static final List<String> TESTS =
      List.of(
          "test/java",
          "../proto/java/src/test/java",
          "../client/java/src/test/java",
          "../client/loadtest/src/test/java",
          "../client/conformance/src/test/java");

  /** The one way; a test that runs the JDK's own keytool; and this. */
  private static final Set<String> MAY =
      Set.of("ChildJvm.java", "TlsTest.java", "ChildJvmsTest.java");

  @Test
  void tests_thatNeedAJava_askChildJvm() throws IOException {
    var others = new ArrayList<String>();
    int looked = 0;
    for (String folder : TESTS) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
          looked++;
          if (!MAY.contains(file.getFileName().toString())
              && Files.readString(file).contains("\"java.home\"")) {
            others.add(file.toString());
          }
        }
      }
    }
    assertTrue(looked > 100, looked + " files");
    assertEquals(List.of(), others);
  }
}
