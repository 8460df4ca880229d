package dev.mooring.cli.module;

import dev.mooring.capsule.Capsule;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.Values;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.state.SessionState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What there is to say of a capsule and of its replay: as lines, and as an object. */
final class ReplayFacts {
  /** Of a deeper stack, so many functions are shown at either end. */
  private static final int SHOWN_FRAMES = 32;

  private final Path file;
  private final Capsule capsule;
  private final RecordedCall call;
  private final @Nullable ExportedFunction function;
  private final FunctionText text;

  /**
   * @param function the one that is called; null if the module doesn't have it
   */
  ReplayFacts(Path file, Capsule capsule, @Nullable ExportedFunction function, FunctionText text) {
    this.file = file;
    this.capsule = capsule;
    this.call = capsule.call();
    this.function = function;
    this.text = text;
  }

  /** What the capsule is. */
  List<String> before() {
    SessionState state = capsule.state();
    return List.of(
        line("capsule", file.toString()),
        line("made", time() + ", by a server of version " + capsule.server()),
        line("session", capsule.session()),
        line("module", capsule.module() + ", " + state.moduleDigest()),
        line(
            "state",
            "%d KiB of %d KiB of memory differ from what the module begins with; %s"
                .formatted(
                    state.pageCount(),
                    (long) state.memoryPages() * SessionState.PAGES_PER_MEMORY_PAGE,
                    Values.count(state.timers().size(), "timer"))),
        line(
            "call",
            "%s(%s), %d bytes of input, %d ms"
                .formatted(
                    call.function(),
                    arguments(),
                    call.input().length,
                    call.limits().timeoutMillis())),
        line("ended", words(call.outcome())));
  }

  private static String line(String label, String value) {
    return "%-10s%s".formatted(label, Bytes.toLine(value));
  }

  private String time() {
    return Instant.ofEpochMilli(capsule.takenMillis()).toString();
  }

  private String arguments() {
    var types = new StringBuilder();
    if (function != null) {
      function.parameters().forEach(type -> types.append(letter(type)));
    }
    return FunctionText.values(types.toString(), call.arguments());
  }

  private static char letter(ValueType type) {
    return switch (type) {
      case I64 -> 'J';
      case F32 -> 'F';
      case F64 -> 'D';
      default -> 'I';
    };
  }

  private static String words(CallOutcome outcome) {
    return switch (outcome) {
      case CallOutcome.Committed c -> "it returned";
      case CallOutcome.Trapped(TrapKind kind) -> "it trapped: " + kind.description();
      case CallOutcome.Failed(String message) -> "the guest failed it: " + message;
      case CallOutcome.Exited(int status) -> "it ended with proc_exit(" + status + ")";
      case CallOutcome.TimedOut t -> "it ran past its deadline and was stopped";
      case CallOutcome.OverLimit(CallOutcome.Limit limit, long maximum) ->
          "it wanted more %s than the %d that a call may have"
              .formatted(limit.name().toLowerCase(Locale.ROOT).replace('_', ' '), maximum);
    };
  }

  /** What came of it. */
  List<String> after(CallOutcome outcome, Backtrace backtrace) {
    var lines = new ArrayList<String>();
    lines.add(
        line(
            "replayed",
            words(outcome)
                + (outcome.equals(call.outcome()) ? ", as it did" : ": THAT IS NOT WHAT IT DID")));
    if (!call.world().isWhole()) {
      lines.add(
          line("", "it asked for the time more often than was noted, and then saw this machine's"));
    }
    if (!outcome.committed()) {
      lines.add("wasm backtrace, innermost function first:");
      frames(backtrace).forEach(frame -> lines.add("  " + frame));
    }
    return lines;
  }

  private List<String> frames(Backtrace backtrace) {
    var lines = new ArrayList<String>();
    List<Backtrace.Frame> inner = backtrace.innermost(SHOWN_FRAMES, SHOWN_FRAMES);
    List<Backtrace.Frame> outer = backtrace.outermost(SHOWN_FRAMES);
    add(inner, lines);
    int hidden = backtrace.depth() - inner.size() - outer.size();
    if (hidden > 0) {
      lines.add("… %d more …".formatted(hidden));
    }
    add(outer, lines);
    return lines;
  }

  private void add(List<Backtrace.Frame> frames, List<String> lines) {
    for (Backtrace.Frame frame : frames.reversed()) {
      lines.add("func %-6d %s".formatted(frame.function(), text.call(frame)));
    }
  }

  /** All of it, for programs. */
  Map<String, @Nullable Object> toObject(CallOutcome outcome, Backtrace backtrace) {
    var object = new LinkedHashMap<String, @Nullable Object>();
    object.put("file", file.toString());
    object.put("time", time());
    object.put("server", capsule.server());
    object.put("session", capsule.session());
    object.put("module", capsule.module());
    object.put("digest", capsule.state().moduleDigest());
    object.put("function", call.function());
    object.put("arguments", arguments());
    object.put("input_bytes", call.input().length);
    object.put("outcome", words(call.outcome()));
    object.put("trap", trap(call.outcome()));
    object.put("replayed", words(outcome));
    object.put("replayed_trap", trap(outcome));
    object.put("same", outcome.equals(call.outcome()));
    object.put("depth", backtrace.depth());
    var frames = new ArrayList<Object>();
    for (Backtrace.Frame frame : backtrace.innermost(2 * SHOWN_FRAMES, 0).reversed()) {
      var each = new LinkedHashMap<String, @Nullable Object>();
      each.put("function", frame.function());
      each.put("name", text.name(frame.function()));
      each.put("arguments", FunctionText.values(frame.types(), frame.arguments()));
      frames.add(each);
    }
    object.put("backtrace", outcome.committed() ? List.of() : frames);
    return object;
  }

  private static @Nullable String trap(CallOutcome outcome) {
    return outcome instanceof CallOutcome.Trapped(TrapKind kind) ? kind.name() : null;
  }
}
