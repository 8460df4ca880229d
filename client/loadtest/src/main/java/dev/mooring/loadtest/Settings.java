package dev.mooring.loadtest;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A plan as a report shows it: by the names of the flags. */
final class Settings {
  private Settings() {}

  static Map<String, Object> of(LoadPlan plan) {
    var settings = new LinkedHashMap<String, Object>();
    Target target = plan.target();
    settings.put("servers", servers(target));
    settings.put("wire", target.wire().name().toLowerCase(Locale.ROOT));
    settings.put("module", target.module());
    settings.put("config", target.config());
    settings.put(
        "durability",
        target.durability() == null ? "none" : target.durability().name().toLowerCase(Locale.ROOT));
    settings.put("calls", plan.calls().stream().map(CallSpec::toString).toList());
    settings.put("payload", payload(plan.payload()));
    settings.put("load", plan.load() instanceof Load.OpenLoop ? "open" : "closed");
    if (plan.load() instanceof Load.OpenLoop open) {
      settings.put("rate_per_second", open.ratePerSecond());
      settings.put("arrivals", open.poisson() ? "poisson" : "constant");
      settings.put("backlog", plan.backlog());
    }
    settings.put("pipeline", plan.load().pipeline());
    settings.put("connections", plan.connections());
    settings.put("event_loops", plan.eventLoops());
    settings.put("connecting", plan.connecting());
    settings.put("calls_per_connection", plan.callsPerConnection());
    settings.put("traced", plan.traced());
    Schedule schedule = plan.schedule();
    settings.put("ramp_seconds", seconds(schedule.ramp()));
    settings.put("warm_up_seconds", seconds(schedule.warmUp()));
    settings.put("duration_seconds", schedule.count() > 0 ? null : seconds(schedule.duration()));
    settings.put("count", schedule.count());
    settings.put("timeout_seconds", seconds(schedule.call()));
    settings.put("connect_timeout_seconds", seconds(schedule.connect()));
    settings.put("open_timeout_seconds", seconds(schedule.open()));
    settings.put("sources", target.sources().stream().map(InetAddress::getHostAddress).toList());
    Target.Tls tls = target.tls();
    settings.put("tls", tls == null ? "off" : tls.insecure() ? "insecure" : "verified");
    settings.put("client_certificate", tls != null && tls.options().certificate() != null);
    settings.put("token", !target.token().isEmpty());
    settings.put("seed", plan.seed());
    return settings;
  }

  static List<String> servers(Target target) {
    return target.servers().stream().map(NetUtil::toSocketAddressString).toList();
  }

  private static String payload(PayloadSpec spec) {
    return switch (spec) {
      case PayloadSpec.Range(int shortest, int longest) ->
          shortest == longest ? shortest + " B" : shortest + " to " + longest + " B";
      case PayloadSpec.Weighted(var shares) ->
          shares.stream()
              .map(share -> share.bytes() + " B × " + share.weight())
              .collect(Collectors.joining(", "));
      case PayloadSpec.FileContents(var files) ->
          files.size() == 1 ? String.valueOf(files.getFirst()) : files.size() + " files";
    };
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
