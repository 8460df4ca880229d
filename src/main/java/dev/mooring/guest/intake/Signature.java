package dev.mooring.guest.intake;

import java.util.List;
import java.util.stream.Collectors;

/** What a function takes and gives; immutable. */
public record Signature(List<ValueType> params, List<ValueType> results) {
  /** Takes nothing, gives nothing. */
  public static final Signature NOTHING = new Signature(List.of(), List.of());

  public Signature {
    params = List.copyOf(params);
    results = List.copyOf(results);
  }

  /** For instance {@code (i32, i64) -> (f64)}. */
  @Override
  public String toString() {
    return tuple(params) + " -> " + tuple(results);
  }

  private static String tuple(List<ValueType> types) {
    return types.stream().map(ValueType::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
