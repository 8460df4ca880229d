package dev.mooring.fuzz;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is said to a client or an operator is said in words: no class of Java's or of a library's,
 * no name of an exception, none of the few words with which Java's own messages are known for
 * saying nothing.
 */
public final class PlainWords {
  private static final List<Pattern> NO_WORDS =
      List.of(
          Pattern.compile("\\b(?:java|javax|jdk|sun)\\.[a-z]+\\."),
          Pattern.compile(
              "\\b(?:io\\.netty|com\\.dylibso|dev\\.mooring|org\\.(?:objectweb|slf4j))"),
          Pattern.compile("\\b[A-Z]\\w*(?:Exception|Error|Throwable)\\b"),
          Pattern.compile("\\bInput length = \\d+"),
          Pattern.compile("\\bIndex \\d+ out of bounds for length"),
          Pattern.compile("\\b[Ff]or input string"),
          Pattern.compile("\\bCannot invoke \""),
          Pattern.compile("\\bInvalid (?:index|argument):"),
          Pattern.compile("(?:^|: )null$"));

  private PlainWords() {}

  /** Throws with the message and what in it is no word of the reader's. */
  public static void check(String message) {
    if (message.isBlank()) {
      throw new AssertionError("a message that says nothing");
    }
    for (Pattern pattern : NO_WORDS) {
      Matcher matcher = pattern.matcher(message);
      if (matcher.find()) {
        throw new AssertionError("says '" + matcher.group().strip() + "': " + message);
      }
    }
  }
}
