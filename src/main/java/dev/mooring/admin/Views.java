package dev.mooring.admin;

import dev.mooring.access.TenantUse;
import dev.mooring.module.ModuleLook;
import dev.mooring.observe.CallLatency;
import dev.mooring.observe.ModuleProfile;
import dev.mooring.observe.ServerFigures;
import dev.mooring.session.SessionCounts;
import dev.mooring.session.SessionInspector;
import dev.mooring.session.SessionLook;
import dev.mooring.transport.loop.HeldBytes;
import dev.mooring.transport.loop.LoopStatus;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of the server, as the API has it; {@code openapi.json} describes it. */
final class Views {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_MICRO = 1e3;

  /** Of more functions of a profile, those that took most. */
  private static final int MOST_FUNCTIONS = 200;

  private Views() {}

  static Map<String, @Nullable Object> server(
      ServerFigures now, CallLatency.Recent latency, long startedMillis, boolean draining) {
    SessionCounts counts = now.counts();
    ServerFigures.Kept kept = now.kept();
    return Json.object(
        "time_ms", System.currentTimeMillis(),
        "started_ms", startedMillis,
        "draining", draining,
        "connections", now.connections(),
        "sessions", now.sessions(),
        "instances", now.instances(),
        "opened", counts.opened(),
        "resumed", counts.resumed(),
        "calls", Json.object("committed", counts.committed(), "rolled_back", counts.rolledBack()),
        "errors", counts.errors(),
        "endings", counts.endings(),
        "turned_away", now.turnedAway().byReason(),
        "guest_memory_bytes", now.guestMemoryBytes(),
        "guest_memory_limit_bytes", now.guestMemoryLimitBytes(),
        "held", held(now.held()),
        "kept",
            Json.object(
                "sessions", kept.sessions(),
                "asleep", kept.asleep(),
                "lost", kept.lost(),
                "unacknowledged_bytes", kept.unacknowledgedBytes(),
                "waiting_bytes", kept.waitingBytes(),
                "store_bytes", kept.storeBytes(),
                "store_failed", kept.hasStoreFailed(),
                "store_trouble", kept.storeTrouble()),
        "latency",
            Json.object(
                "samples", latency.samples(),
                "waiting_p50_us", latency.waitingP50() / NANOS_PER_MICRO,
                "waiting_p99_us", latency.waitingP99() / NANOS_PER_MICRO,
                "running_p50_us", latency.runningP50() / NANOS_PER_MICRO,
                "running_p99_us", latency.runningP99() / NANOS_PER_MICRO),
        "loops", now.loops().stream().map(Views::loop).toList(),
        "checked_modules", now.checkedModules());
  }

  static Map<String, @Nullable Object> loop(LoopStatus loop) {
    return Json.object(
        "loop", loop.loop(),
        "sick", loop.sick(),
        "sessions", loop.sessions(),
        "instances", loop.instances(),
        "busy_ms", loop.busyNanos() / NANOS_PER_MILLI,
        "calls",
            Json.object(
                "committed", loop.counts().committed(), "rolled_back", loop.counts().rolledBack()),
        "overdrafts", loop.overdrafts(),
        "held", held(loop.held()));
  }

  private static Map<String, @Nullable Object> held(HeldBytes held) {
    return Json.object(
        "queued_bytes", held.queued(),
        "undecoded_bytes", held.undecoded(),
        "outbound_bytes", held.outbound());
  }

  static Map<String, @Nullable Object> tenant(TenantUse tenant) {
    return Json.object(
        "name", tenant.name(),
        "sessions", tenant.sessions(),
        "guest_memory_bytes", tenant.guestMemoryBytes(),
        "opened", tenant.opened(),
        "refused", tenant.refused(),
        "guest_ms", tenant.guestNanos() / NANOS_PER_MILLI,
        "limits",
            Json.object(
                "sessions", tenant.limits().sessions(),
                "guest_memory_bytes", tenant.limits().guestMemoryBytes(),
                "guest_ms_per_second", tenant.limits().guestMillisPerSecond(),
                "kept_sessions", tenant.limits().keptSessions(),
                "kept_bytes", tenant.limits().keptBytes()));
  }

  static Map<String, @Nullable Object> module(ModuleLook module) {
    return Json.object(
        "name", module.name(),
        "digest", module.digest(),
        "refusal", module.refusal(),
        "module_bytes", module.moduleBytes(),
        "image_bytes", module.imageBytes(),
        "preinitialised", module.preinitialised(),
        "checked", module.isChecked(),
        "exports", module.exports(),
        "large_functions", module.largeFunctions());
  }

  static Map<String, @Nullable Object> profile(String module, int seconds, ModuleProfile profile) {
    return Json.object(
        "module", module,
        "seconds", seconds,
        "looks", profile.looks(),
        "found", profile.found(),
        "functions",
            profile.functions().stream()
                .limit(MOST_FUNCTIONS)
                .map(
                    function ->
                        Json.object(
                            "name", function.name(),
                            "self", function.self(),
                            "total", function.total()))
                .toList(),
        "flame_graph", FlameGraph.of(module, profile));
  }

  static Map<String, @Nullable Object> setting(Setting setting) {
    return Json.object("key", setting.key(), "value", setting.value(), "source", setting.source());
  }

  static Map<String, @Nullable Object> listing(SessionInspector.Listing listing) {
    return Json.object(
        "sessions", listing.sessions().stream().map(Views::session).toList(),
        "matching", listing.matching(),
        "whole", listing.isWhole(),
        "silent_loops", listing.silentLoops().stream().sorted().toList());
  }

  static Map<String, @Nullable Object> session(SessionLook look) {
    return Json.object(
        "id", look.id(),
        "module", look.module(),
        "digest", look.digest(),
        "tenant", look.tenant(),
        "state", SessionQuery.text(look.state()),
        "loop", look.loop(),
        "peer", look.peer(),
        "born_ms", look.bornMillis(),
        "committed", look.committed(),
        "rolled_back", look.rolledBack(),
        "turn_ms", look.turnNanos() / NANOS_PER_MILLI,
        "queued_calls", look.queuedCalls(),
        "queued_bytes", look.queuedBytes(),
        "memory_pages", look.memoryPages(),
        "held_bytes", look.heldBytes(),
        "timers", look.timers(),
        "bytes_in", look.bytesIn(),
        "bytes_out", look.bytesOut(),
        "kept", look.kept() == null ? null : kept(look.kept()));
  }

  private static Map<String, @Nullable Object> kept(SessionLook.Kept kept) {
    return Json.object(
        "name", kept.name(),
        "durability", SessionQuery.text(kept.durability()),
        "ttl_ms", kept.ttlMillis(),
        "expires_ms", kept.expiresMillis(),
        "unacknowledged_bytes", kept.unacknowledgedBytes());
  }

  static Map<String, @Nullable Object> detail(SessionInspector.Detail detail) {
    Map<String, @Nullable Object> view = session(detail.look());
    view.put("config_keys", detail.configKeys());
    view.put("last_call_id", Long.toUnsignedString(detail.lastCallId()));
    view.put("end_ms", detail.endMillis() == Long.MAX_VALUE ? null : detail.endMillis());
    view.put("changed_kib", Arrays.stream(detail.changedKib()).boxed().toList());
    view.put(
        "last_errors",
        detail.lastErrors().stream()
            .map(
                failure ->
                    Json.object(
                        "time_ms", failure.atMillis(),
                        "call_id", Long.toUnsignedString(failure.callId()),
                        "code", failure.code().name(),
                        "message", failure.message()))
            .toList());
    view.put(
        "limits",
        Json.object(
            "call_timeout_ms", detail.limits().callTimeoutMillis(),
            "memory_bytes", detail.limits().memoryBytes(),
            "queued_calls", detail.limits().queuedCalls(),
            "queued_bytes", detail.limits().queuedBytes(),
            "on_failure", SessionQuery.text(detail.limits().onFailure())));
    return view;
  }
}
