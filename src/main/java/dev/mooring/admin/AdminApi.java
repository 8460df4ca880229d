package dev.mooring.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mooring.observe.CallLatency;
import dev.mooring.observe.ModuleProfile;
import dev.mooring.observe.ModuleProfiler;
import dev.mooring.observe.ServerFigures;
import dev.mooring.session.SessionInspector;
import dev.mooring.session.SessionInspector.Outcome;
import dev.mooring.session.SessionLook;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is answered to requests. Each act is logged with who did it.
 *
 * <p>Any thread but an event loop's: it may wait for a moment.
 */
final class AdminApi {
  private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);

  /** Prometheus asks for this version of its text. */
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** What a client hears may be so long. */
  private static final int MOST_REASON_CHARS = 500;

  private final AdminTarget target;
  private final PrometheusMeterRegistry registry;
  private final CallLatency latency;
  private final LogLevels levels;
  private final long startedMillis = System.currentTimeMillis();
  private final byte[] description;
  private final byte[] page;

  AdminApi(
      AdminTarget target, PrometheusMeterRegistry registry, CallLatency latency, LogLevels levels)
      throws IOException {
    this.levels = levels;
    this.target = target;
    this.registry = registry;
    this.latency = latency;
    this.description = resource("openapi.json");
    this.page = resource("admin.html");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = AdminApi.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("this build has no " + name);
      }
      return in.readAllBytes();
    }
  }

  /** Whether it may be asked by whoever can reach it: by what has no token, as probes haven't. */
  static boolean isOpen(String path) {
    return path.equals("/health/live") || path.equals("/health/ready") || path.equals("/");
  }

  /** Whose calls are to be followed; empty if the request is none for that. */
  static String followed(Request request) {
    List<String> path = request.path();
    boolean isFollow =
        path.size() == 5
            && path.subList(0, 3).equals(List.of("api", "v1", "sessions"))
            && path.get(4).equals("follow")
            && request.method().equals(HttpMethod.GET);
    return isFollow ? path.get(3) : "";
  }

  SessionInspector sessions() {
    return target.sessions();
  }

  Answer answer(Request request) throws Problem {
    List<String> path = request.path();
    if (path.isEmpty()) {
      only(HttpMethod.GET, request);
      return new Answer(HttpResponseStatus.OK, "text/html; charset=utf-8", page);
    }
    return switch (path.getFirst()) {
      case "health" -> health(request);
      case "metrics" -> metrics(request);
      case "api" -> {
        if (path.size() > 2 && path.get(1).equals("v1")) {
          yield api(request, path.subList(2, path.size()));
        }
        throw nothing();
      }
      default -> throw nothing();
    };
  }

  private static Problem nothing() {
    return Problem.notFound(
        "there is nothing here; there are /, /metrics, /health/live, /health/ready and"
            + " /api/v1/openapi.json, which describes the rest");
  }

  private static void only(HttpMethod method, Request request) throws Problem {
    if (!request.method().equals(method)) {
      throw new Problem(
          HttpResponseStatus.METHOD_NOT_ALLOWED, "this takes " + method + ", and nothing else");
    }
  }

  private Answer health(Request request) throws Problem {
    only(HttpMethod.GET, request);
    request.allow();
    String which = request.path().size() == 2 ? request.path().get(1) : "";
    return switch (which) {
      case "live" -> Answer.json(Json.object("status", "ok"));
      case "ready" -> ready();
      default -> throw nothing();
    };
  }

  private Answer ready() {
    ServerFigures now = target.figures().get();
    var reasons = new ArrayList<String>();
    if (target.isDraining().getAsBoolean()) {
      reasons.add("the server is draining");
    }
    if (now.kept().hasStoreFailed()) {
      reasons.add("the store has failed");
    }
    if (now.kept().storeTrouble() != null) {
      reasons.add("the store can't be had for now: " + now.kept().storeTrouble());
    }
    now.loops().stream()
        .filter(loop -> loop.sick())
        .forEach(
            loop ->
                reasons.add(
                    "event loop " + loop.loop() + " is held up by a call that doesn't end"));
    return reasons.isEmpty()
        ? Answer.json(Json.object("status", "ok", "reasons", reasons))
        : Answer.json(
            HttpResponseStatus.SERVICE_UNAVAILABLE,
            Json.object("status", "not ready", "reasons", reasons));
  }

  private Answer metrics(Request request) throws Problem {
    only(HttpMethod.GET, request);
    if (request.path().size() > 1) {
      throw nothing();
    }
    return new Answer(HttpResponseStatus.OK, METRICS_TYPE, registry.scrape().getBytes(UTF_8));
  }

  private Answer api(Request request, List<String> path) throws Problem {
    if (path.size() == 1) {
      return switch (path.getFirst()) {
        case "openapi.json" -> {
          only(HttpMethod.GET, request);
          yield new Answer(HttpResponseStatus.OK, "application/json", description);
        }
        case "server" -> {
          read(request);
          yield Answer.json(
              Views.server(
                  target.figures().get(),
                  latency.recent(),
                  startedMillis,
                  target.isDraining().getAsBoolean()));
        }
        case "sessions" -> list(request);
        case "modules" -> {
          read(request);
          yield Answer.json(
              Json.object("modules", target.modules().get().stream().map(Views::module).toList()));
        }
        case "loops" -> {
          read(request);
          yield Answer.json(
              Json.object(
                  "loops", target.figures().get().loops().stream().map(Views::loop).toList()));
        }
        case "tenants" -> {
          read(request);
          yield Answer.json(
              Json.object(
                  "tenants",
                  target.figures().get().tenants().stream().map(Views::tenant).toList()));
        }
        case "config" -> {
          read(request);
          yield Answer.json(
              Json.object(
                  "config", target.operator().settings().stream().map(Views::setting).toList()));
        }
        case "drain" -> drain(request);
        case "reload" -> reload(request);
        case "loggers" -> setLogger(request);
        case "backup" -> backup(request);
        default -> throw nothing();
      };
    }
    if (path.getFirst().equals("modules") && path.size() == 3 && path.get(2).equals("profile")) {
      return profile(request, path.get(1));
    }
    if (path.getFirst().equals("sessions")) {
      return session(request, path.get(1), path.subList(2, path.size()));
    }
    throw nothing();
  }

  private static void read(Request request) throws Problem {
    only(HttpMethod.GET, request);
    request.allow();
  }

  private Answer list(Request request) throws Problem {
    only(HttpMethod.GET, request);
    SessionQuery query = SessionQuery.of(request);
    return Answer.json(
        Views.listing(
            target.sessions().list(query.filter(), query.order(), query.offset(), query.limit())));
  }

  private Answer session(Request request, String id, List<String> act) throws Problem {
    if (act.isEmpty()) {
      read(request);
      return detail(id);
    }
    if (act.size() > 1) {
      throw nothing();
    }
    return switch (act.getFirst()) {
      case "end" -> {
        only(HttpMethod.POST, request);
        request.allowFields("reason");
        String reason = request.field("reason", "the operator has ended this session");
        if (reason.length() > MOST_REASON_CHARS) {
          throw Problem.badRequest("'reason' has more than " + MOST_REASON_CHARS + " characters");
        }
        log(request, "end", id);
        yield outcome(id, target.sessions().end(id, reason));
      }
      case "sleep" -> {
        only(HttpMethod.POST, request);
        request.allowFields();
        log(request, "sleep", id);
        yield outcome(id, target.sessions().sleep(id));
      }
      case "capsule" -> {
        only(HttpMethod.POST, request);
        request.allowFields();
        log(request, "capsule", id);
        yield outcome(id, target.sessions().capsule(id));
      }
      case "follow" -> {
        only(HttpMethod.GET, request); // A stream, for which there is somebody else.
        throw nothing();
      }
      default -> throw nothing();
    };
  }

  private Answer detail(String id) throws Problem {
    Optional<SessionInspector.Detail> detail = target.sessions().detail(id);
    if (detail.isPresent()) {
      return Answer.json(Views.detail(detail.get()));
    }
    SessionInspector.Listing stored =
        target
            .sessions()
            .list(look -> look.id().equals(id), Comparator.comparing(SessionLook::id), 0, 1);
    if (stored.sessions().isEmpty()) {
      throw Problem.notFound(
          stored.isWhole()
              ? "there is no session " + id
              : "session " + id + " wasn't found where an answer came in time");
    }
    return Answer.json(Views.session(stored.sessions().getFirst()));
  }

  private static Answer outcome(String id, Outcome outcome) throws Problem {
    return switch (outcome) {
      case Outcome.Done done -> Answer.json(Json.object("done", true));
      case Outcome.NotFound missing -> throw Problem.notFound("there is no session " + id);
      case Outcome.Refused(String why) -> throw new Problem(HttpResponseStatus.CONFLICT, why);
      case Outcome.Silent(int loop) ->
          throw new Problem(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              "event loop " + loop + ", on which the session is, doesn't answer");
    };
  }

  private Answer drain(Request request) throws Problem {
    only(HttpMethod.POST, request);
    request.allowFields();
    log(request, "drain", "");
    if (!target.operator().drain()) {
      throw new Problem(
          HttpResponseStatus.CONFLICT, "this server was started by a program that can't do that");
    }
    return Answer.json(HttpResponseStatus.ACCEPTED, Json.object("done", true));
  }

  private Answer profile(Request request, String module) throws Problem {
    only(HttpMethod.POST, request);
    request.allowFields("seconds");
    int seconds = request.wholeNumber("seconds", 1, ModuleProfiler.MOST_SECONDS);
    log(request, "profile " + module, "");
    try {
      return switch (target.profiler().profile(module, seconds)) {
        case ModuleProfiler.Outcome.Done(ModuleProfile profile) ->
            Answer.json(Views.profile(module, seconds, profile));
        case ModuleProfiler.Outcome.NotFound none ->
            throw Problem.notFound("no module is served as " + module);
        case ModuleProfiler.Outcome.Busy busy ->
            throw new Problem(
                HttpResponseStatus.CONFLICT, "a module is profiled already; try again later");
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(HttpResponseStatus.SERVICE_UNAVAILABLE, "the server ends");
    }
  }

  private Answer backup(Request request) throws Problem {
    only(HttpMethod.POST, request);
    request.allowFields();
    log(request, "backup", "");
    try {
      return Answer.json(Json.object("done", true, "folder", target.backup().make().toString()));
    } catch (IOException e) {
      throw new Problem(HttpResponseStatus.CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  private Answer setLogger(Request request) throws Problem {
    only(HttpMethod.POST, request);
    request.allowFields("name", "level", "seconds");
    String name = request.field("name", "");
    String level = request.choice("level", LogLevels.LEVELS);
    int seconds = request.wholeNumber("seconds", 1, LogLevels.MOST_SECONDS);
    log(request, "logger " + name + " " + level, "");
    levels.set(name, level, seconds);
    return Answer.json(Json.object("done", true));
  }

  private Answer reload(Request request) throws Problem {
    only(HttpMethod.POST, request);
    request.allowFields();
    log(request, "reload", "");
    Operator.Reloaded reloaded = target.operator().reload();
    if (!reloaded.isDone()) {
      throw new Problem(HttpResponseStatus.CONFLICT, reloaded.error());
    }
    return Answer.json(Json.object("done", true, "need_restart", reloaded.needRestart()));
  }

  private static void log(Request request, String act, String session) {
    LOG.atInfo()
        .addKeyValue("act", act)
        .addKeyValue("by", request.who())
        .addKeyValue("session", session)
        .log("an operator acts");
  }
}
