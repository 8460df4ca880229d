package dev.mooring.cli.client;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Values;
import dev.mooring.client.CallRequest;
import dev.mooring.client.ExportedFunction;
import dev.mooring.client.MooringSession;
import dev.mooring.client.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * A call as a person types it on one line: {@code add 5}, {@code put key=value}, {@code repeat 3
 * abc}. The function's name, then a word for each of its parameters, then its input: whatever is
 * left of the line, blanks and quotes included.
 *
 * @param function the first word; never empty
 * @param rest what follows it, without the blanks between the two
 */
public record CallLine(String function, String rest) {

  /**
   * Takes the first word off.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static CallLine parse(String line) {
    String text = line.stripLeading();
    if (text.isEmpty()) {
      throw new IllegalArgumentException("expected a function's name");
    }
    int end = endOfWord(text);
    return new CallLine(text.substring(0, end), text.substring(end).stripLeading());
  }

  /**
   * The call that the line means to this session.
   *
   * @throws CommandFailure if the module has no such function
   * @throws IllegalArgumentException if the words aren't the function's parameters
   */
  public CallRequest toRequest(MooringSession session) {
    return toRequest(Remote.function(session, function));
  }

  /**
   * The call that the line means to a function with this signature.
   *
   * @throws IllegalArgumentException if the words aren't the function's parameters
   */
  CallRequest toRequest(ExportedFunction export) {
    var words = new ArrayList<String>();
    String left = rest;
    while (words.size() < export.parameters().size() && !left.isEmpty()) {
      int end = endOfWord(left);
      words.add(left.substring(0, end));
      left = left.substring(end).stripLeading();
    }
    List<Value> arguments = Values.parse(export, words);
    return CallRequest.of(function).withArguments(arguments).withInput(left);
  }

  private static int endOfWord(String text) {
    int end = 0;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return end;
  }
}
