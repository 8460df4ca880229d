package dev.mooring.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TenantsTest {
  private static final long SECOND = 1_000_000_000;

  private final Tenants tenants;
  private long nowNanos = System.nanoTime();

  TenantsTest() throws IOException {
    var limits = new TenantLimits(0, 0, 100, AccessConfig.DEFAULTS.limits().modules());
    tenants = new Tenants(new AccessConfig(null, false, limits, Map.of()), true);
  }

  private Tenant tenant(String name) {
    return assertInstanceOf(Identity.Known.class, tenants.known(name, nowNanos)).tenant();
  }

  private void fill() {
    for (int i = tenants.use().size(); i < Tenants.MAX_TENANTS; i++) {
      nowNanos++;
      tenant("tenant-" + i);
    }
    assertEquals(Tenants.MAX_TENANTS, tenants.use().size());
  }

  @Test
  void known_asManyAsMayBe_forgetsTheIdleOnesThatWereLongestAway() {
    Tenant open = tenant("open");
    assertTrue(open.enter());
    Tenant holding = tenant("holding");
    holding.holds(1);
    Tenant owing = tenant("owing");
    Tenant idle = tenant("idle");
    fill();
    Tenant first = tenant("tenant-4");
    nowNanos += 2 * SECOND;
    owing.ran(SECOND / 2, nowNanos);
    Tenant newcomer = tenant("newcomer");
    assertTrue(newcomer.enter());
    int left = tenants.use().size();
    assertTrue(left < Tenants.MAX_TENANTS && left > Tenants.MAX_TENANTS / 2, left + " are left");
    assertSame(open, tenant("open"));
    assertSame(holding, tenant("holding"));
    assertSame(owing, tenant("owing"));
    assertSame(first, tenant("tenant-4"), "it was heard of lately");
    assertNotSame(idle, tenant("idle"));
    assertFalse(idle.enter(), "who still knows it must not have a second account for it");
  }

  @Test
  void known_asManyAsMayBeAndAllBusy_isTooMany() {
    fill();
    tenants.use().forEach(use -> assertTrue(tenant(use.name()).enter()));
    nowNanos += 2 * SECOND;
    assertInstanceOf(Identity.TooMany.class, tenants.known("one more", nowNanos));
    tenant("tenant-7").leave();
    assertInstanceOf(Identity.TooMany.class, tenants.known("one more", nowNanos));
    nowNanos += 2 * SECOND;
    tenant("one more");
    assertEquals(Tenants.MAX_TENANTS, tenants.use().size());
  }
}
