package dev.mooring.transport.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The wires that a server may speak, by the names that operators have for them. */
public enum WireName {
  MOORING("mooring"),
  WEBSOCKET("websocket"),
  GRPC("grpc");

  /** What a server speaks if its operator says nothing; what fits several is the first one's. */
  public static final List<WireName> ALL = List.of(values());

  private final String text;

  WireName(String text) {
    this.text = text;
  }

  /** As operators write it. */
  public String text() {
    return text;
  }

  /**
   * Reads a list of names.
   *
   * @throws IllegalArgumentException if it is empty, or has one twice, or one that there isn't
   */
  public static List<WireName> parse(List<String> texts) {
    var names = new ArrayList<WireName>();
    for (String text : texts) {
      WireName name =
          Arrays.stream(values())
              .filter(one -> one.text.equals(text))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "'%s' is no wire; there are %s".formatted(text, inWords(ALL))));
      if (names.contains(name)) {
        throw new IllegalArgumentException("'%s' is there twice".formatted(text));
      }
      names.add(name);
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException("expected at least one of " + inWords(ALL));
    }
    return List.copyOf(names);
  }

  /** A list of names, for people. */
  public static String inWords(List<WireName> names) {
    return names.stream().map(WireName::text).collect(Collectors.joining(", "));
  }
}
