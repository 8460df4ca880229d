package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The custom section {@code mooring.initialisation}: what a module's initialisation may be given
 * alike for every session, as the words of {@link FixedInput} with white space in between. A NUL is
 * white space as well, since C string literals bring one. A linker joins such sections of several
 * object files, so a word may come twice.
 */
final class InitialisationSection {
  static final String NAME = "mooring.initialisation";

  private static final Pattern BETWEEN_WORDS = Pattern.compile("[\\s\0]+");

  /** Of a longer word the message has the beginning. */
  private static final int SHOWN_CHARACTERS = 40;

  private InitialisationSection() {}

  /** Adds what one section allows to what earlier ones do. */
  static void parse(String text, int offset, Set<FixedInput> allowed) {
    boolean empty = true;
    for (String word : BETWEEN_WORDS.split(text, -1)) {
      if (!word.isEmpty()) {
        allowed.add(input(word, offset));
        empty = false;
      }
    }
    if (empty) {
      throw refused("is empty", offset);
    }
  }

  private static FixedInput input(String word, int offset) {
    for (FixedInput input : FixedInput.values()) {
      if (input.word().equals(word)) {
        return input;
      }
    }
    String shown =
        word.length() > SHOWN_CHARACTERS ? word.substring(0, SHOWN_CHARACTERS) + "..." : word;
    throw refused("has the word '" + shown + "'", offset);
  }

  private static ModuleRejection refused(String found, int offset) {
    String words =
        Arrays.stream(FixedInput.values()).map(FixedInput::word).collect(Collectors.joining(", "));
    return new ModuleRejection(
        Reason.BAD_INITIALISATION_SECTION,
        offset,
        "has a section " + NAME + " that " + found + "; expected one or more of " + words);
  }
}
