package dev.mooring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What comments call by a class's name is there. For links the compiler sees to that; this is for
 * code in braces and for names in the middle of a sentence.
 */
final class NamesInCommentsTest {
  private static final Path ROOT = Path.of("..");

  private static final List<String> SOURCES =
      List.of("src/main", "src/test", "src/bench", "src/ship", "client", "proto/java");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");

  /** Two words in one with capitals, or whatever begins so between braces. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?<![-+\\w])([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)\\b"
              + "|\\{@code\\s+([A-Z]\\w*[a-z]\\w*)\\b");

  private static final Pattern DECLARED =
      Pattern.compile("\\b(?:class|record|interface|enum)\\s+([A-Z]\\w*)");

  private static final Pattern USED = Pattern.compile("\\b[A-Z]\\w*");

  /** Where else a class may be that a file talks of without using it. */
  private static final List<String> PACKAGES =
      List.of("java.lang.", "java.util.concurrent.", "dev.mooring.proto.v1.");

  /** Written like classes, and none; the last is Chicory's own, not public. */
  private static final Set<String> WORDS =
      Set.of(
          "AssemblyScript",
          "FuzzTest",
          "GiB",
          "HotSpot",
          "KiB",
          "MiB",
          "NaN",
          "NaNs",
          "OpenJDK",
          "OpenTelemetry",
          "PostgreSQL",
          "RocksDB",
          "W3C",
          "WebAssembly",
          "WebSocket",
          "ServerReflection", // gRPC's
          "Shaded");

  private static Map<Path, String> sources() throws IOException {
    var sources = new TreeMap<Path, String>();
    for (String folder : SOURCES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        for (Path file : files.filter(NamesInCommentsTest::isSource).toList()) {
          sources.put(file, Files.readString(file));
        }
      }
    }
    return sources;
  }

  private static boolean isSource(Path file) {
    return file.toString().endsWith(".java") && !file.toString().contains("/target/");
  }

  private static Set<String> names(String text, Pattern pattern) {
    return pattern
        .matcher(text)
        .results()
        .map(match -> match.group(match.groupCount()))
        .collect(Collectors.toSet());
  }

  /** The names in a file's comments that no class of this repository or of this file has. */
  private static Set<String> unknown(String source, Set<String> declared) {
    String code = COMMENT.matcher(source).replaceAll("");
    Set<String> used = names(code, USED);
    var unknown = new TreeSet<String>();
    COMMENT
        .matcher(source)
        .results()
        .map(MatchResult::group)
        .flatMap(comment -> NAME.matcher(comment).results())
        .map(name -> name.group(1) == null ? name.group(2) : name.group(1))
        .filter(name -> !declared.contains(name) && !used.contains(name) && !WORDS.contains(name))
        .filter(name -> PACKAGES.stream().noneMatch(where -> exists(where + name)))
        .forEach(unknown::add);
    return unknown;
  }

  private static boolean exists(String className) {
    try {
      Class.forName(className, false, NamesInCommentsTest.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Test
  void names_inComments_areOfClassesThatAreThere() throws IOException {
    Map<Path, String> sources = sources();
    assertTrue(sources.size() > 500, sources.size() + " sources");
    Set<String> declared =
        sources.values().stream()
            .flatMap(source -> names(source, DECLARED).stream())
            .collect(Collectors.toSet());
    var wrong = new TreeMap<Path, Set<String>>();
    sources.forEach((file, source) -> wrong.put(file, unknown(source, declared)));
    wrong.values().removeIf(Set::isEmpty);
    assertEquals(Map.of(), wrong, "names of nothing");
  }

  @Test
  void unknown_ofNamesThatAreNowhere_areThese() {
    String source =
        """
        /** An AbsentThing, {@code Absent}, {@code Thing}, a Thing; -XX:+AbsentFlag. */
        class Thing { // AnotherAbsence, StringBuilder, the ListUser
          ListUser user;
        }
        """;
    assertEquals(
        Set.of("AbsentThing", "Absent", "AnotherAbsence"), unknown(source, Set.of("Thing")));
  }
}
