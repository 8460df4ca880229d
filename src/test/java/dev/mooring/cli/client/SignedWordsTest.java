package dev.mooring.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Stack;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

final class SignedWordsTest {
  @ParameterizedTest
  @CsvSource({
    "add 5, add 5",
    "-m counter sample 5 --json, -m counter sample 5 --json",
    "-m counter sample -inf --json, -m counter --json -- sample -inf",
    "sample -INF -m counter, -m counter -- sample -INF",
    "sample -nan:0x1 -5 -.5, -- sample -nan:0x1 -5 -.5",
    "-m -inf sample 5, -m -inf sample 5",
    "-m=a sample -nan, -m=a -- sample -nan",
    "sample -inf -- -m x, -- sample -inf -m x",
    "sample -infer -inf, -infer -- sample -inf",
    "echo - -nan, -- echo - -nan"
  })
  @SuppressWarnings("JdkObsolete") // picocli's own.
  void preprocess_wordsThatAreSigned_goBehindTheOptions(String given, String parsed) {
    var command =
        CommandSpec.create()
            .addOption(OptionSpec.builder("-m").type(String.class).build())
            .addOption(OptionSpec.builder("--json").type(boolean.class).build());
    var words = new Stack<String>();
    words.addAll(List.of(given.split(" ", -1)).reversed());
    new SignedWords().preprocess(words, command, null, Map.of());
    assertEquals(parsed, String.join(" ", words.reversed()));
  }
}
