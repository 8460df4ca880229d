package dev.mooring.admin;

import com.fasterxml.jackson.jr.ob.JSON;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A request that may be looked at.
 *
 * @param who asks, for the log
 * @param path its parts, without the slashes
 * @param query what stands behind the question mark
 */
@SuppressWarnings("ArrayRecordComponent") // Handed over, and not kept.
record Request(
    HttpMethod method,
    List<String> path,
    Map<String, List<String>> query,
    byte[] body,
    String who) {
  static Request of(HttpMethod method, String uri, byte[] body, String who) throws Problem {
    try {
      var decoder = new QueryStringDecoder(uri);
      List<String> path =
          Arrays.stream(decoder.path().split("/", -1)).filter(part -> !part.isEmpty()).toList();
      return new Request(method, path, decoder.parameters(), body, who);
    } catch (IllegalArgumentException e) {
      throw Problem.badRequest("the address isn't one: " + e.getMessage());
    }
  }

  /** Refuses parameters that mean nothing here. */
  void allow(String... known) throws Problem {
    var unknown = new TreeSet<>(query.keySet());
    unknown.removeAll(Set.of(known));
    if (!unknown.isEmpty()) {
      throw Problem.badRequest(
          "there is no parameter '"
              + unknown.first()
              + "' here; there are "
              + String.join(", ", known));
    }
  }

  @Nullable String parameter(String name) throws Problem {
    List<String> values = query.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw Problem.badRequest("'" + name + "' is there " + values.size() + " times");
    }
    return values.isEmpty() ? null : values.getFirst();
  }

  int number(String name, int otherwise, int most) throws Problem {
    String text = parameter(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // As any other that is none.
    }
    throw Problem.badRequest(
        "'" + name + "' is " + text + "; expected a number of at most " + most);
  }

  /** The text of a field of the body, which is an object of JSON or empty. */
  String field(String name, String otherwise) throws Problem {
    Object value = fields().get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof String text) {
      return text;
    }
    throw Problem.badRequest("'" + name + "' must be a text");
  }

  /** A text that must be there, and be one of a few. */
  String choice(String name, List<String> among) throws Problem {
    String text = field(name, "");
    if (!among.contains(text)) {
      throw Problem.badRequest(
          "'" + name + "' is '" + text + "'; expected one of " + String.join(", ", among));
    }
    return text;
  }

  /** A whole number that must be there. */
  int wholeNumber(String name, int least, int most) throws Problem {
    if (fields().get(name) instanceof Integer number && number >= least && number <= most) {
      return number;
    }
    throw Problem.badRequest("'" + name + "' must be a whole number from " + least + " to " + most);
  }

  private Map<String, Object> fields() throws Problem {
    if (body.length == 0) {
      return Map.of();
    }
    try {
      return JSON.std.mapFrom(body);
    } catch (IOException e) {
      throw Problem.badRequest("the body isn't an object of JSON");
    }
  }

  /** Refuses fields of the body that mean nothing here. */
  void allowFields(String... known) throws Problem {
    var unknown = new ArrayList<>(fields().keySet());
    unknown.removeAll(Set.of(known));
    if (!unknown.isEmpty()) {
      throw Problem.badRequest("there is no field '" + unknown.getFirst() + "' here");
    }
  }
}
