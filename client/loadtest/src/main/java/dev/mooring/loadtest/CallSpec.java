package dev.mooring.loadtest;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the calls that make up the load, as a person writes it: {@code echo}, {@code add 5},
 * {@code 9:put key=value}. A weight, the function's name, a word for each of its parameters, and
 * its input.
 *
 * @param weight how often it is called, as a share of all weights
 * @param rest what follows the name: what of it are arguments is known once the server has told the
 *     function's signature
 */
public record CallSpec(int weight, String function, String rest) {
  private static final Pattern WEIGHT = Pattern.compile("([0-9]{1,9}):(.*)", Pattern.DOTALL);
  private static final int MAX_WEIGHT = 1_000_000;

  public CallSpec {
    Check.range("a weight in --call", weight, 1, MAX_WEIGHT);
  }

  /** Reads what {@link CallSpec} describes. */
  public static CallSpec parse(String text) {
    Matcher matcher = WEIGHT.matcher(text);
    int weight = 1;
    String call = text.strip();
    if (matcher.matches()) {
      weight = Integer.parseInt(matcher.group(1));
      call = matcher.group(2).strip();
    }
    if (call.isEmpty()) {
      throw LoadFailure.usage(
          "--call '"
              + text
              + "' names no function, expected [WEIGHT:]FUNCTION [ARGUMENTS] [INPUT]");
    }
    int end = endOfWord(call);
    return new CallSpec(weight, call.substring(0, end), call.substring(end).stripLeading());
  }

  static int endOfWord(String text) {
    int end = 0;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return end;
  }

  @Override
  public String toString() {
    return (weight == 1 ? "" : weight + ":") + function + (rest.isEmpty() ? "" : " " + rest);
  }
}
