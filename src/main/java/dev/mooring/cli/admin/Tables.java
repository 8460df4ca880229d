package dev.mooring.cli.admin;

import dev.mooring.cli.text.Bytes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;

/** What an admin side says of several things, a row each. */
final class Tables {
  private Tables() {}

  static Table sessions(Map<String, Object> said) {
    var table =
        new Table(
            "SESSION",
            "MODULE",
            "STATE",
            "TENANT",
            ">LOOP",
            ">AGE",
            ">CALLS",
            ">FAILED",
            ">PER CALL",
            ">QUEUE",
            ">CHANGED",
            "KEPT AS");
    long now = System.currentTimeMillis();
    for (Map<?, ?> session : Looks.list(said, "sessions")) {
      long born = Looks.whole(session, "born_ms");
      long failed = Looks.whole(session, "rolled_back");
      long calls = Looks.whole(session, "committed") + failed;
      table.row(
          Looks.text(session, "id"),
          Looks.text(session, "module"),
          Looks.text(session, "state"),
          Looks.text(session, "tenant"),
          Looks.text(session, "loop"),
          born == 0 ? "–" : Figures.span(now - born),
          Figures.count(calls),
          Figures.count(failed),
          Figures.micros(Looks.number(session, "turn_ms") * 1_000 / Math.max(1, calls)),
          Figures.count(Looks.whole(session, "queued_calls")),
          Bytes.toSize(Looks.whole(session, "held_bytes")),
          Looks.text(session, "kept", "name"));
    }
    return table;
  }

  static Table modules(Map<String, Object> said) {
    var table = new Table("MODULE", ">FILE", ">IMAGE", "DIGEST", "FUNCTIONS");
    for (Map<?, ?> module : Looks.list(said, "modules")) {
      String refusal = Looks.text(module, "refusal");
      int functions = Looks.at(module, "exports") instanceof List<?> exports ? exports.size() : 0;
      table.row(
          Looks.text(module, "name"),
          Bytes.toSize(Looks.whole(module, "module_bytes")),
          Bytes.toSize(Looks.whole(module, "image_bytes")),
          shortDigest(Looks.text(module, "digest")),
          Looks.at(module, "refusal") == null ? Figures.count(functions) : "refused: " + refusal);
    }
    return table;
  }

  static Table loops(Map<String, Object> said) {
    var table =
        new Table(
            ">LOOP",
            "STATE",
            ">SESSIONS",
            ">IN MEMORY",
            ">COMMITTED",
            ">FAILED",
            ">BUSY",
            ">TOO LONG",
            ">QUEUED",
            ">TO SEND");
    for (Map<?, ?> loop : Looks.list(said, "loops")) {
      table.row(
          Looks.text(loop, "loop"),
          Looks.is(loop, "sick") ? "HELD UP" : "ok",
          Figures.count(Looks.whole(loop, "sessions")),
          Figures.count(Looks.whole(loop, "instances")),
          Figures.count(Looks.whole(loop, "calls", "committed")),
          Figures.count(Looks.whole(loop, "calls", "rolled_back")),
          Figures.span(Looks.whole(loop, "busy_ms")),
          Figures.count(Looks.whole(loop, "overdrafts")),
          Bytes.toSize(Looks.whole(loop, "held", "queued_bytes")),
          Bytes.toSize(Looks.whole(loop, "held", "outbound_bytes")));
    }
    return table;
  }

  static Table tenants(Map<String, Object> said) {
    var table = new Table("TENANT", ">SESSIONS", ">MEMORY", ">OPENED", ">REFUSED", ">GUEST TIME");
    for (Map<?, ?> tenant : Looks.list(said, "tenants")) {
      table.row(
          Looks.text(tenant, "name"),
          beside(tenant, "sessions", Figures::count),
          beside(tenant, "guest_memory_bytes", Bytes::toSize),
          Figures.count(Looks.whole(tenant, "opened")),
          Figures.count(Looks.whole(tenant, "refused")),
          Figures.span(Looks.whole(tenant, "guest_ms")));
    }
    return table;
  }

  /** A use, and its limit if there is one. */
  private static String beside(Map<?, ?> tenant, String what, LongFunction<String> format) {
    String use = format.apply(Looks.whole(tenant, what));
    long limit = Looks.whole(tenant, "limits", what);
    return limit == 0 ? use : use + " of " + format.apply(limit);
  }

  /** The functions of a profile that took most. */
  static Table profile(Map<String, Object> said, long found, int most) {
    var table = new Table(">SELF", ">TOTAL", "FUNCTION");
    Looks.list(said, "functions").stream()
        .limit(most)
        .forEach(
            function ->
                table.row(
                    share(Looks.whole(function, "self"), found),
                    share(Looks.whole(function, "total"), found),
                    Looks.text(function, "name")));
    return table;
  }

  private static String share(long part, long whole) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
  }

  static Table config(Map<String, Object> said) {
    var table = new Table("KEY", "VALUE", "FROM");
    for (Map<?, ?> setting : Looks.list(said, "config")) {
      table.row(
          Looks.text(setting, "key"), Looks.text(setting, "value"), Looks.text(setting, "source"));
    }
    return table;
  }

  private static String shortDigest(String digest) {
    return digest.substring(0, Math.min(digest.length(), "sha256:".length() + 12));
  }
}
