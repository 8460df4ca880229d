package dev.mooring.cli.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Lets {@code -inf} and {@code -nan} be arguments, as {@code -5} is, wherever they stand: if there
 * is one, all that is no option or its value goes behind a {@code --}.
 */
final class SignedWords implements IParameterPreprocessor {
  private static final Pattern SIGNED =
      Pattern.compile("-(inf|infinity|nan(:.*)?|[0-9.].*)", Pattern.CASE_INSENSITIVE);

  private static final String REST = "--";

  @Override
  @SuppressWarnings("JdkObsolete") // picocli's own.
  public boolean preprocess(
      Stack<String> words,
      CommandSpec command,
      @Nullable ArgSpec unused,
      Map<String, Object> alsoUnused) {
    List<String> options = new ArrayList<>();
    List<String> arguments = new ArrayList<>();
    boolean hasSigned = false;
    // The first word is on top.
    for (int i = words.size() - 1; i >= 0; i--) {
      String word = words.get(i);
      if (word.equals(REST)) {
        arguments.addAll(words.subList(0, i).reversed());
        break;
      }
      boolean isSigned = SIGNED.matcher(word).matches();
      hasSigned |= isSigned;
      if (isSigned || !word.startsWith("-") || word.length() == 1) {
        arguments.add(word);
      } else {
        options.add(word);
        if (takesNext(command, word) && i > 0) {
          options.add(words.get(--i));
        }
      }
    }
    if (hasSigned) {
      words.clear();
      words.addAll(arguments.reversed());
      words.add(REST);
      words.addAll(options.reversed());
    }
    return false;
  }

  private static boolean takesNext(CommandSpec command, String word) {
    OptionSpec option = command.findOption(word);
    return option != null && option.arity().max() > 0;
  }
}
