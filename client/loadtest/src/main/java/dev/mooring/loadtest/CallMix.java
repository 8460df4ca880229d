package dev.mooring.loadtest;

import dev.mooring.client.Value;
import dev.mooring.client.ValueType;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Opened;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a plan, as one module's functions: found by index, arguments as bits, ready to be
 * written. One event loop.
 */
final class CallMix {
  private static final int NAMES_SHOWN = 20;

  /** A call with everything but its id, and its input if that is the payload. */
  static final class Bound {
    final int weight;
    final int index;
    final long[] values;
    final byte[] types;
    final @Nullable ByteBuf input;

    private Bound(int weight, int index, long[] values, byte[] types, @Nullable ByteBuf input) {
      this.weight = weight;
      this.index = index;
      this.values = values;
      this.types = types;
      this.input = input;
    }
  }

  private final Bound[] calls;
  private final int totalWeight;

  private CallMix(List<Bound> calls) {
    this.calls = calls.toArray(Bound[]::new);
    this.totalWeight = calls.stream().mapToInt(call -> call.weight).sum();
  }

  /**
   * Finds the functions among a session's exports.
   *
   * @throws LoadFailure if there is no such function, or its arguments are wrong
   */
  static CallMix bind(List<CallSpec> specs, Opened opened) {
    var calls = new ArrayList<Bound>();
    for (CallSpec spec : specs) {
      calls.add(bind(spec, opened.getExportsList()));
    }
    return new CallMix(calls);
  }

  /** The next call, at random by weight. */
  Bound next(SplittableRandom random) {
    if (calls.length == 1) {
      return calls[0];
    }
    int ticket = random.nextInt(totalWeight);
    int at = 0;
    while (ticket >= calls[at].weight) {
      ticket -= calls[at++].weight;
    }
    return calls[at];
  }

  /** The longest input, in bytes, of those calls that have one of their own. */
  int longestInputBytes() {
    int longest = 0;
    for (Bound call : calls) {
      longest = Math.max(longest, call.input == null ? 0 : call.input.readableBytes());
    }
    return longest;
  }

  private static Bound bind(CallSpec spec, List<Export> exports) {
    for (int index = 0; index < exports.size(); index++) {
      Export export = exports.get(index);
      if (export.getName().equals(spec.function())) {
        return bind(spec, index, export);
      }
    }
    throw new LoadFailure(
        LoadFailure.Kind.REFUSED,
        "the module has no function '%s' that clients may call; it has %s"
            .formatted(spec.function(), names(exports)));
  }

  private static Bound bind(CallSpec spec, int index, Export export) {
    int count = export.getParametersCount();
    var values = new long[count];
    var types = new byte[count];
    String left = spec.rest();
    for (int i = 0; i < count; i++) {
      if (left.isEmpty()) {
        throw LoadFailure.usage(
            "%s takes %d arguments, --call '%s' gives %d"
                .formatted(signature(export), count, spec, i));
      }
      int end = CallSpec.endOfWord(left);
      ValueType type = ValueType.valueOf(export.getParameters(i).name());
      types[i] = (byte) export.getParametersValue(i);
      try {
        values[i] = bits(Value.parse(type, left.substring(0, end)));
      } catch (NumberFormatException e) {
        throw new LoadFailure(
            LoadFailure.Kind.USAGE,
            "argument %d of %s: %s".formatted(i + 1, signature(export), e.getMessage()),
            e);
      }
      left = left.substring(end).stripLeading();
    }
    ByteBuf input = left.isEmpty() ? null : constant(left.getBytes(StandardCharsets.UTF_8));
    return new Bound(spec.weight(), index, values, types, input);
  }

  private static long bits(Value value) {
    return switch (value) {
      case Value.I32(int number) -> number;
      case Value.I64(long number) -> number;
      case Value.F32(float number) -> Integer.toUnsignedLong(Float.floatToRawIntBits(number));
      case Value.F64(double number) -> Double.doubleToRawLongBits(number);
    };
  }

  private static ByteBuf constant(byte[] bytes) {
    return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes));
  }

  private static String signature(Export export) {
    return export.getParametersList().stream()
        .map(type -> type.name().toLowerCase(java.util.Locale.ROOT))
        .collect(Collectors.joining(", ", export.getName() + "(", ")"));
  }

  private static String names(List<Export> exports) {
    if (exports.isEmpty()) {
      return "none";
    }
    String names =
        exports.stream().limit(NAMES_SHOWN).map(Export::getName).collect(Collectors.joining(", "));
    return exports.size() > NAMES_SHOWN ? names + ", …" : names;
  }
}
