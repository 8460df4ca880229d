package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mooring.server.testing.Needed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The programs of {@code test/javascript}, which use libraries of other people's: bundled as a user
 * would, and with what Node answers to the calls of each.
 *
 * @param folder of the bundles and the answers
 */
record NodePrograms(Path folder) {
  private static final Path HOME = Path.of("test/javascript");
  private static final int LIMIT_SECONDS = 120;

  /**
   * What Node answered to a call.
   *
   * @param session the sessions of a program begin at 0
   * @param input JSON; empty if there was none
   * @param failed whether the answer is an error's message
   */
  record Answer(int session, String function, String input, boolean failed, String text) {
    private static Answer of(String line) {
      List<String> fields = new ArrayList<>();
      for (String field : line.split(" ", -1)) {
        fields.add(new String(Base64.getDecoder().decode(field), UTF_8));
      }
      return new Answer(
          Integer.parseInt(fields.get(0)),
          fields.get(1),
          fields.get(2),
          fields.get(3).equals("failed"),
          fields.get(4));
    }
  }

  /**
   * Bundles the programs and runs them in Node. Without Node or the libraries the test is skipped,
   * but not in CI.
   */
  static NodePrograms prepare(Path folder) throws IOException, InterruptedException {
    if (!Files.isDirectory(HOME.resolve("node_modules/esbuild"))) {
      return without("there are no libraries; npm ci --prefix src/" + HOME + " gets them");
    }
    Path said = folder.resolve("said.txt");
    var builder =
        new ProcessBuilder("node", HOME.resolve("answers.mjs").toString(), folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("TZ", "UTC"); // A guest's.
    Process node;
    try {
      node = builder.start();
    } catch (IOException e) {
      return without("there is no node on the PATH: " + e.getMessage());
    }
    if (!node.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      node.destroyForcibly();
      return fail("Node isn't done after " + LIMIT_SECONDS + " s: " + Files.readString(said));
    }
    assertEquals(0, node.exitValue(), Files.readString(said));
    return new NodePrograms(folder);
  }

  private static NodePrograms without(String missing) {
    throw Needed.missing("no library of other people's has run as a guest: " + missing, "");
  }

  /** The bundle as a module's bytes. */
  byte[] script(String program) throws IOException {
    String name = program + ".js";
    return ScriptFiles.of(Map.of(name, Files.readAllBytes(folder.resolve(name))));
  }

  List<Answer> answers(String program) throws IOException {
    try (var lines = Files.lines(folder.resolve(program + ".answers"))) {
      return lines.map(Answer::of).toList();
    }
  }
}
