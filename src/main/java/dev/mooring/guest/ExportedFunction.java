package dev.mooring.guest;

import dev.mooring.guest.intake.ValueType;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A function that a client may call.
 *
 * @param index its place among the module's callable exports, from 0
 * @param functionIndex its place in the module's function index space
 * @param parameters numbers all, as are the results
 */
public record ExportedFunction(
    int index,
    String name,
    int functionIndex,
    List<ValueType> parameters,
    List<ValueType> results) {
  public ExportedFunction {
    parameters = List.copyOf(parameters);
    results = List.copyOf(results);
  }

  /** For people: {@code add(i64) -> i64}. */
  public String signature() {
    String returned = results.isEmpty() ? "" : " -> " + types(results);
    return name + "(" + types(parameters) + ")" + returned;
  }

  private static String types(List<ValueType> types) {
    return types.stream().map(ValueType::toString).collect(Collectors.joining(", "));
  }
}
