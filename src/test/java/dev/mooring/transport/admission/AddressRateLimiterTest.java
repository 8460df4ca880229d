package dev.mooring.transport.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.rate.Rate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** Rates, for addresses and for one client. */
final class AddressRateLimiterTest {
  private static final long SECOND = 1_000_000_000;

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >> 8), (byte) number});
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void take_aBurstThenTheRate_andEachAddressForItself() {
    var rates = new AddressRateLimiter(new Rate(10, SECOND, 3), 100);
    long now = Long.MAX_VALUE - 2 * SECOND; // The clock may run over.
    for (int i = 0; i < 3; i++) {
      assertTrue(rates.take(address(1), now));
    }
    assertFalse(rates.take(address(1), now));
    assertTrue(rates.take(address(2), now));
    assertTrue(rates.take(address(1), now + SECOND / 10));
    assertFalse(rates.take(address(1), now + SECOND / 10));
    long later = now + 20 * SECOND;
    for (int i = 0; i < 3; i++) {
      assertTrue(rates.take(address(1), later));
    }
    assertFalse(rates.take(address(1), later));
  }

  @Test
  void addresses_moreThanMayBe_forgetThoseHeardOfLeastLately() {
    var rates = new AddressRateLimiter(new Rate(1, SECOND, 1), 10);
    for (int i = 0; i < 1_000; i++) {
      assertTrue(rates.take(address(i), 0));
      assertTrue(rates.size() <= 10);
    }
    assertFalse(rates.take(address(995), 0));
    assertTrue(rates.take(address(1), 0));
  }

  @Test
  void noBound_remembersNobody() {
    var rates = new AddressRateLimiter(new Rate(0, SECOND, 1), 10);
    for (int i = 0; i < 1_000; i++) {
      assertTrue(rates.take(address(1), 0));
    }
    assertEquals(0, rates.size());
  }

  @Test
  void addresses_ofIpv6_countByTheirNetwork() throws Exception {
    var one = Addresses.of(new InetSocketAddress(InetAddress.getByName("2001:db8:0:1::1"), 1));
    var same = Addresses.of(new InetSocketAddress(InetAddress.getByName("2001:db8:0:1:ff::9"), 2));
    var other = Addresses.of(new InetSocketAddress(InetAddress.getByName("2001:db8:0:2::1"), 1));
    assertNotNull(one);
    assertEquals(one, same);
    assertFalse(one.equals(other));
  }
}
