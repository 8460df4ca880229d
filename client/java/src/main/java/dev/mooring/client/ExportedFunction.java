package dev.mooring.client;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A function of the module that clients may call. Immutable, for any thread.
 *
 * @param index its place in {@link MooringSession#exports}, from 0
 */
public record ExportedFunction(
    String name, int index, List<ValueType> parameters, List<ValueType> results) {

  public ExportedFunction {
    parameters = List.copyOf(parameters);
    results = List.copyOf(results);
  }

  /** Name and types, for people: {@code add(i64) -> (i64)}. */
  @Override
  public String toString() {
    return name + types(parameters) + (results.isEmpty() ? "" : " -> " + types(results));
  }

  private static String types(List<ValueType> types) {
    return types.stream().map(ValueType::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
