package dev.mooring.cli.admin;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is known of one thing, a line each: a name, and what it is. */
final class Facts {
  private static final int NAME_COLUMNS = 18;
  private static final long PAGE_BYTES = 65_536;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private final List<String> lines = new ArrayList<>();

  private Facts() {}

  private Facts add(String name, String value) {
    lines.add(("%-" + NAME_COLUMNS + "s%s").formatted(name, Bytes.toLine(value)));
    return this;
  }

  private static String bytes(Map<?, ?> of, String... path) {
    return Bytes.toSize(Looks.whole(of, path));
  }

  private static String count(Map<?, ?> of, String... path) {
    return Figures.count(Looks.whole(of, path));
  }

  private static String moment(long millis) {
    return MOMENT.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
  }

  static List<String> server(Map<String, Object> now) {
    var facts =
        new Facts()
            .add("state", String.join("; ", Health.reasons(now)))
            .add("up", Figures.span(Looks.whole(now, "time_ms") - Looks.whole(now, "started_ms")))
            .add("connections", count(now, "connections"))
            .add("sessions", count(now, "sessions") + ", " + count(now, "instances") + " in memory")
            .add(
                "kept",
                count(now, "kept", "sessions") + ", " + count(now, "kept", "asleep") + " asleep")
            .add("opened", count(now, "opened") + ", resumed " + count(now, "resumed"))
            .add(
                "calls",
                "%s committed, %s failed"
                    .formatted(
                        count(now, "calls", "committed"), count(now, "calls", "rolled_back")))
            .add("running", percentiles(now, "running"))
            .add("waiting", percentiles(now, "waiting"))
            .add(
                "guest memory",
                bytes(now, "guest_memory_bytes") + " of " + bytes(now, "guest_memory_limit_bytes"))
            .add(
                "held",
                "%s queued, %s undecoded, %s to send"
                    .formatted(
                        bytes(now, "held", "queued_bytes"),
                        bytes(now, "held", "undecoded_bytes"),
                        bytes(now, "held", "outbound_bytes")))
            .add(
                "store",
                bytes(now, "kept", "store_bytes")
                    + ", "
                    + bytes(now, "kept", "waiting_bytes")
                    + " to write");
    facts.counts("turned away", Looks.map(now, "turned_away"));
    facts.counts("errors", Looks.map(now, "errors"));
    facts.counts("endings", Looks.map(now, "endings"));
    return facts.lines;
  }

  static String percentiles(Map<?, ?> now, String which) {
    return "p50 %s, p99 %s"
        .formatted(
            Figures.micros(Looks.number(now, "latency", which + "_p50_us")),
            Figures.micros(Looks.number(now, "latency", which + "_p99_us")));
  }

  private void counts(String name, Map<?, ?> byReason) {
    if (byReason.isEmpty()) {
      add(name, "none");
    }
    byReason.forEach(
        (reason, count) -> add(name, "%s: %s".formatted(Figures.words(reason), count)));
  }

  static List<String> session(Map<String, Object> session) {
    long failed = Looks.whole(session, "rolled_back");
    long calls = Looks.whole(session, "committed") + failed;
    long born = Looks.whole(session, "born_ms");
    var facts =
        new Facts()
            .add("session", Looks.text(session, "id"))
            .add("module", Looks.text(session, "module") + " " + Looks.text(session, "digest"))
            .add("state", Looks.text(session, "state"))
            .add("tenant", Looks.text(session, "tenant"))
            .add("event loop", Looks.text(session, "loop"))
            .add("client", Looks.text(session, "peer").replaceFirst("^[^/]*/", ""))
            .add("opened", born == 0 ? "before the server started" : moment(born))
            .add("calls", "%s, %s failed".formatted(Figures.count(calls), Figures.count(failed)))
            .add("last call", Looks.text(session, "last_call_id"))
            .add(
                "time per call",
                Figures.micros(Looks.number(session, "turn_ms") * 1_000 / Math.max(1, calls)))
            .add("received", bytes(session, "bytes_in"))
            .add("sent", bytes(session, "bytes_out"))
            .add("timers", count(session, "timers"))
            .add("changed memory", bytes(session, "held_bytes"));
    Map<?, ?> limits = Looks.map(session, "limits");
    if (!limits.isEmpty()) { // One that is in the store only has none.
      facts
          .add(
              "waiting calls",
              count(session, "queued_calls") + " of " + count(limits, "queued_calls"))
          .add(
              "waiting bytes",
              bytes(session, "queued_bytes") + " of " + bytes(limits, "queued_bytes"))
          .add(
              "memory",
              Bytes.toSize(Looks.whole(session, "memory_pages") * PAGE_BYTES)
                  + " of "
                  + bytes(limits, "memory_bytes"))
          .add("call timeout", Looks.text(limits, "call_timeout_ms") + " ms")
          .add("if a call fails", Looks.text(limits, "on_failure"));
    }
    Map<?, ?> kept = Looks.map(session, "kept");
    if (!kept.isEmpty()) {
      long expires = Looks.whole(kept, "expires_ms");
      facts
          .add("kept as", Looks.text(kept, "name"))
          .add("durability", Looks.text(kept, "durability"))
          .add("without a client", "at most " + Figures.span(Looks.whole(kept, "ttl_ms")))
          .add("expires", expires == 0 ? "not while its client is there" : moment(expires))
          .add("unacknowledged", bytes(kept, "unacknowledged_bytes"));
    }
    for (Map<?, ?> error : Looks.list(session, "last_errors")) {
      String call = Looks.text(error, "call_id");
      facts.add(
          "failed",
          moment(Looks.whole(error, "time_ms"))
              + ", "
              + (call.equals("0") ? "timer" : "call " + call)
              + ": "
              + Looks.text(error, "code")
              + ": "
              + Looks.text(error, "message"));
    }
    return facts.lines;
  }

  /** A call of a session that is followed, in a line. */
  static String call(Console console, Map<String, Object> call) {
    boolean hasFailed = Looks.at(call, "error") != null;
    String line =
        String.format(
            Locale.ROOT,
            "%s  %6s  %-20s in %-9s out %-9s waited %-9s ran %-9s ",
            TIME.format(
                Instant.ofEpochMilli(Looks.whole(call, "time_ms")).atZone(ZoneId.systemDefault())),
            Looks.text(call, "id"),
            Looks.text(call, "function"),
            bytes(call, "input_bytes"),
            bytes(call, "output_bytes"),
            Figures.micros(Looks.number(call, "waited_us")),
            Figures.micros(Looks.number(call, "ran_us")));
    String outcome =
        hasFailed ? Looks.text(call, "error") + ": " + Looks.text(call, "message") : "committed";
    return Bytes.toLine(line)
        + (hasFailed
            ? console.outInk(Console.Ink.RED, Bytes.toLine(outcome))
            : Bytes.toLine(outcome));
  }
}
