package dev.mooring.session;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.intake.ValueType;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a {@code Call} must be like. */
final class CallValidator {
  /** How many functions a message lists for someone who asked for one that isn't there. */
  private static final int LISTED_FUNCTIONS = 20;

  private static final int SHOWN_ARGUMENTS = 20;

  private CallValidator() {}

  static @Nullable ExportedFunction find(
      CallRequest call, List<ExportedFunction> exports, @Nullable GuestModule module) {
    String name = call.name();
    if (name != null) {
      return module == null ? null : module.export(name);
    }
    long index = call.index();
    return index != CallRequest.NO_INDEX && index < exports.size()
        ? exports.get((int) index)
        : null;
  }

  static Problem notFound(CallRequest call, List<ExportedFunction> exports) {
    String name = call.name();
    if (name == null && call.index() == CallRequest.NO_INDEX) {
      return new Problem(
          ErrorCode.FUNCTION_NOT_FOUND, "the call names no function, neither by name nor by index");
    }
    String asked = name == null ? "with index " + call.index() : "named '" + Quote.of(name) + "'";
    String offered =
        exports.stream()
            .limit(LISTED_FUNCTIONS)
            .map(function -> Quote.of(function.name()))
            .collect(Collectors.joining(", "));
    return new Problem(
        ErrorCode.FUNCTION_NOT_FOUND,
        "the module exports no function "
            + asked
            + "; it exports "
            + (exports.isEmpty() ? "none that can be called" : offered)
            + (exports.size() > LISTED_FUNCTIONS ? ", …" : ""));
  }

  static @Nullable Problem checkArguments(CallRequest call, ExportedFunction function) {
    List<ValueType> parameters = function.parameters();
    boolean matches = call.argumentCount() == parameters.size();
    for (int i = 0; matches && i < parameters.size(); i++) {
      matches = call.type(i) == parameters.get(i);
    }
    return matches
        ? null
        : new Problem(
            ErrorCode.INVALID_ARGUMENTS,
            "got (" + given(call) + "); the function is " + function.signature());
  }

  private static String given(CallRequest call) {
    var types = new StringBuilder();
    int shown = Math.min(call.argumentCount(), SHOWN_ARGUMENTS);
    for (int i = 0; i < shown; i++) {
      ValueType type = call.type(i);
      types.append(i == 0 ? "" : ", ").append(type == null ? "nothing" : type.toString());
    }
    if (shown < call.argumentCount()) {
      types.append(", … ").append(call.argumentCount()).append(" in all");
    }
    return types.toString();
  }
}
