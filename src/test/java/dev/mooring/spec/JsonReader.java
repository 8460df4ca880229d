package dev.mooring.spec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON as {@code wast2json} writes it: objects, arrays, strings, whole numbers, true and
 * false. An escape {@code \\u00XX} stands for one byte of UTF-8.
 */
public final class JsonReader {
  private final byte[] json;
  private int at;

  private JsonReader(byte[] json) {
    this.json = json;
  }

  /** Objects are maps, arrays are lists; all else is a string. */
  public static Object read(byte[] json) {
    return new JsonReader(json).value();
  }

  private Object value() {
    return switch (next()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> word();
    };
  }

  private Map<String, Object> object() {
    var object = new LinkedHashMap<String, Object>();
    at++;
    while (next() != '}') {
      String key = string();
      expect(':');
      object.put(key, value());
      skipComma();
    }
    at++;
    return object;
  }

  private List<Object> array() {
    var array = new ArrayList<Object>();
    at++;
    while (next() != ']') {
      array.add(value());
      skipComma();
    }
    at++;
    return array;
  }

  private String string() {
    expect('"');
    byte[] bytes = new byte[json.length - at];
    int length = 0;
    while (json[at] != '"') {
      if (json[at] == '\\') {
        if (json[at + 1] != 'u') {
          throw unexpected();
        }
        String digits = new String(json, at + 2, 4, StandardCharsets.US_ASCII);
        bytes[length++] = (byte) Integer.parseInt(digits, 16);
        at += 6;
      } else {
        bytes[length++] = json[at++];
      }
    }
    at++;
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private String word() {
    int start = at;
    while (Character.isLetterOrDigit(json[at])) {
      at++;
    }
    if (at == start) {
      throw unexpected();
    }
    return new String(json, start, at - start, StandardCharsets.US_ASCII);
  }

  private byte next() {
    while (Character.isWhitespace(json[at])) {
      at++;
    }
    return json[at];
  }

  private void expect(char character) {
    if (next() != character) {
      throw unexpected();
    }
    at++;
  }

  private void skipComma() {
    if (next() == ',') {
      at++;
    }
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException("unexpected '" + (char) json[at] + "' at byte " + at);
  }
}
