package dev.mooring.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.access.TenantLimits;
import dev.mooring.access.TenantUse;
import dev.mooring.transport.admission.RejectCounts;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ServerMetricsTest {
  private final List<TenantUse> tenants = new ArrayList<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /** They are never fresh, so that each reading shows what is so then. */
  private final ServerMetrics metrics =
      new ServerMetrics(
          () ->
              new ServerFigures(
                  System.nanoTime() - 10_000_000_000L,
                  0,
                  List.of(),
                  5,
                  10,
                  new RejectCounts(Map.of("ACCEPT_RATE", 7L)),
                  new ServerFigures.Kept(4, 3, 1, 5_000, 0, 0, false, null),
                  tenants,
                  3),
          null);

  private void come(int count) {
    for (int i = 0; i < count; i++) {
      tenants.add(
          new TenantUse("t" + tenants.size(), 2, 100, 3, 1, 4_000_000_000L, TenantLimits.DEFAULTS));
    }
  }

  private double sessions(String tenant) {
    return registry.get("mooring.tenant.sessions").tag("tenant", tenant).gauge().value();
  }

  @Test
  void meters_sayWhatTheFiguresSay() {
    metrics.bindTo(registry);
    assertEquals(5, registry.get("mooring.guest.memory").gauge().value());
    assertEquals(10, registry.get("mooring.guest.memory.limit").gauge().value());
    assertEquals(3, registry.get("mooring.modules.checked").gauge().value());
    assertEquals(
        7,
        registry.get("mooring.turned.away").tag("reason", "ACCEPT_RATE").functionCounter().count());
  }

  @Test
  void tenant_thatComesLater_getsMeters() {
    metrics.bindTo(registry);
    come(1);
    metrics.followTenants();
    assertEquals(2, sessions("t0"));
    var time = registry.get("mooring.tenant.guest.time").tag("tenant", "t0").functionCounter();
    assertEquals(4, time.count());
  }

  @Test
  void tenants_moreThanHaveMetersOfTheirOwn_areOthersTogether() {
    come(ServerMetrics.MAX_TENANTS + 3);
    metrics.bindTo(registry);
    come(1);
    metrics.followTenants();
    assertEquals(
        ServerMetrics.MAX_TENANTS + 1, registry.get("mooring.tenant.sessions").gauges().size());
    assertEquals(4 * 2, sessions("others"));
  }
}
