package dev.mooring.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * That no member of any module is there for nobody. Here, as this is the module that is built last:
 * it sees the classes and the tests of all.
 */
final class DeadMembersTest {
  private static final List<String> MODULES =
      List.of(
          "proto/java",
          "client/java",
          "client/loadtest",
          "client/conformance",
          "client/grpc/java",
          "src",
          "src/bench");

  /** Made by tools, for whatever may be wanted. */
  private static final Set<String> GENERATED =
      Set.of(
          "dev/mooring/proto/v1/",
          "dev/mooring/proto/health/v1/",
          "dev/mooring/proto/reflection/v1/",
          "dev/mooring/bench/jmh_generated/",
          "dev/mooring/bench/peers/jmh_generated/");

  private static final Pattern WORDS = Pattern.compile("[^A-Za-z0-9_]+");

  private static Path root() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve("src/bench/pom.xml"))) {
        return folder;
      }
    }
    throw new IllegalStateException("not within the sources");
  }

  private static void add(CallGraph graph, Path classes, boolean areTests) throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
        String name = classes.relativize(file).toString().replace('\\', '/');
        boolean isMain = !areTests && GENERATED.stream().noneMatch(name::startsWith);
        graph.add(Files.readAllBytes(file), isMain);
      }
    }
  }

  @Test
  void members_ofAllModules_areUsed() throws IOException {
    assertEquals(List.of(), classes().dead());
  }

  /** Of a constant its uses aren't seen in classes; so here it is its name that counts. */
  @Test
  void constants_ofAllModules_areNamedTwice() throws IOException {
    var once = classes().constants();
    var seen = new HashSet<String>();
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(root().resolve(module))) {
        for (Path file : files.filter(DeadMembersTest::isSource).toList()) {
          for (String word : WORDS.split(Files.readString(file), -1)) {
            if (!seen.add(word)) {
              once.remove(word);
            }
          }
        }
      }
    }
    assertEquals(Set.of(), once);
  }

  private static boolean isSource(Path file) {
    return file.toString().endsWith(".java") && !file.toString().contains("/target/");
  }

  private static CallGraph classes() throws IOException {
    var graph = new CallGraph();
    for (String module : MODULES) {
      Path target = root().resolve(module).resolve("target");
      assertTrue(Files.isDirectory(target.resolve("classes")), module + " isn't compiled");
      add(graph, target.resolve("classes"), false);
      if (Files.isDirectory(target.resolve("test-classes"))) {
        add(graph, target.resolve("test-classes"), true);
      }
    }
    return graph;
  }
}
