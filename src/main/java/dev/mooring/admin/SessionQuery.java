package dev.mooring.admin;

import dev.mooring.session.SessionLook;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Which sessions are asked for, and in which order.
 *
 * @param offset how many of the first are left out
 * @param limit at most so many
 */
record SessionQuery(
    Predicate<SessionLook> filter, Comparator<SessionLook> order, int offset, int limit) {
  /** At most so many in a page. */
  static final int MOST = 1_000;

  private static final int DEFAULT_LIMIT = 50;
  private static final int MOST_OFFSET = 100_000;
  private static final String[] PARAMETERS = {
    "module", "tenant", "loop", "state", "name", "kept", "sort", "offset", "limit"
  };

  private static final Comparator<SessionLook> BY_ID = Comparator.comparing(SessionLook::id);

  private static final Map<String, Comparator<SessionLook>> ORDERS =
      new TreeMap<>(
          Map.of(
              "calls", most(SessionLook::calls),
              "failures", most(SessionLook::rolledBack),
              "newest", most(SessionLook::bornMillis),
              "oldest", Comparator.comparingLong(SessionLook::bornMillis),
              "queue", most(look -> look.queuedCalls()),
              "size", most(SessionLook::heldBytes),
              "time", most(SessionLook::turnNanos),
              "slowest", Comparator.comparingDouble(SessionQuery::nanosPerCall).reversed()));

  private static Comparator<SessionLook> most(ToLongFunction<SessionLook> of) {
    return Comparator.comparingLong(of).reversed();
  }

  private static double nanosPerCall(SessionLook look) {
    return look.calls() == 0 ? 0 : (double) look.turnNanos() / look.calls();
  }

  static SessionQuery of(Request request) throws Problem {
    request.allow(PARAMETERS);
    var filters = new ArrayList<Predicate<SessionLook>>();
    String module = request.parameter("module");
    if (module != null) {
      filters.add(look -> look.moduleName().equals(module) || look.digest().equals(module));
    }
    String tenant = request.parameter("tenant");
    if (tenant != null) {
      filters.add(look -> tenant.equals(look.tenant()));
    }
    if (request.parameter("loop") != null) {
      int loop = request.number("loop", 0, Integer.MAX_VALUE);
      filters.add(look -> look.loop() == loop);
    }
    String name = request.parameter("name");
    if (name != null) {
      filters.add(look -> look.kept() != null && look.kept().name().equals(name));
    }
    String kept = request.parameter("kept");
    if (kept != null) {
      boolean wanted = choice("kept", kept, List.of("true", "false")).equals("true");
      filters.add(look -> (look.kept() != null) == wanted);
    }
    addState(request, filters);
    String sort = request.parameter("sort");
    Comparator<SessionLook> order =
        ORDERS.get(choice("sort", sort == null ? "newest" : sort, List.copyOf(ORDERS.keySet())));
    return new SessionQuery(
        look -> filters.stream().allMatch(filter -> filter.test(look)),
        order == null ? BY_ID : order.thenComparing(BY_ID),
        request.number("offset", 0, MOST_OFFSET),
        request.number("limit", DEFAULT_LIMIT, MOST));
  }

  private static void addState(Request request, List<Predicate<SessionLook>> filters)
      throws Problem {
    String text = request.parameter("state");
    if (text != null) {
      List<String> states = new ArrayList<>();
      for (SessionLook.State state : SessionLook.State.values()) {
        states.add(text(state));
      }
      choice("state", text, states);
      filters.add(look -> text(look.state()).equals(text));
    }
  }

  private static String choice(String name, String text, List<String> among) throws Problem {
    if (!among.contains(text)) {
      throw Problem.badRequest(
          "'" + name + "' is " + text + "; expected one of " + String.join(", ", among));
    }
    return text;
  }

  /** As the API has it. */
  static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
