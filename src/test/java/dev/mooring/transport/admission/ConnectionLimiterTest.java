package dev.mooring.transport.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.session.ErrorCode;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.loop.ByteTotal;
import dev.mooring.transport.loop.HeldTotals;
import io.netty.channel.local.LocalAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ConnectionLimiterTest {
  private static final SocketAddress ONE = address(1, 1_000);
  private static final SocketAddress ONE_AGAIN = address(1, 1_001);
  private static final SocketAddress OTHER = address(2, 1_000);

  private final HeldTotals totals =
      totals(ConnectionLimits.DEFAULTS.withInboundBytes(100_000).withOutboundBytes(100_000));

  private static SocketAddress address(int host, int port) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private ConnectionLimiter admission(int sessions, int perAddress) {
    return new ConnectionLimiter(
        ConnectionLimits.DEFAULTS.withSessions(sessions, perAddress), totals);
  }

  private static void assertRefused(@Nullable Refusal refusal) {
    assertNotNull(refusal);
    assertEquals(ErrorCode.SERVER_OVERLOADED, refusal.problem().code());
  }

  @Test
  void enter_moreThanMayBe_refusesTheNewest() {
    var admission = admission(2, 10);
    assertNull(admission.enter(ONE));
    assertNull(admission.enter(OTHER));
    assertRefused(admission.enter(ONE));
    admission.leave(OTHER);
    assertNull(admission.enter(ONE));
  }

  @Test
  void enter_moreThanMayBeFromAnAddress_refusesOnlyThat() {
    var admission = admission(10, 1);
    assertNull(admission.enter(ONE));
    assertRefused(admission.enter(ONE_AGAIN));
    assertNull(admission.enter(OTHER));
    assertNull(admission.enter(new LocalAddress("a")));
    assertNull(admission.enter(new LocalAddress("a")));
    admission.leave(ONE);
    assertNull(admission.enter(ONE_AGAIN));
  }

  @Test
  void leave_lastOfAnAddress_forgetsIt() {
    var admission = admission(10, 1);
    for (int i = 0; i < 3; i++) {
      assertNull(admission.enter(ONE));
      assertRefused(admission.enter(ONE_AGAIN));
      admission.leave(ONE);
    }
    assertEquals(0, admission.addressCount());
  }

  @Test
  void enter_tooMuchWaitsToBeWritten_isRefused() {
    assertRefusesAbove(totals.outbound(), RejectReason.OUTBOUND_BYTES);
  }

  @Test
  void enter_tooMuchCameAndIsNotDone_isRefused() {
    assertRefusesAbove(totals.inbound(), RejectReason.INBOUND_BYTES);
  }

  private void assertRefusesAbove(ByteTotal total, RejectReason reason) {
    var admission = admission(10, 10);
    var holding = new ByteTotal.Holding(total.new Share());
    holding.set(100_001);
    Refusal refusal = admission.enter(ONE);
    assertRefused(refusal);
    assertEquals(reason, refusal == null ? null : refusal.reason());
    holding.set(50_001);
    assertNull(admission.enter(ONE));
    assertEquals(1, admission.connections());
  }

  @Test
  void share_smallChanges_tellsPiecesAndTheRestOnDemand() {
    ByteTotal total = totals.outbound();
    ByteTotal.Share share = total.new Share();
    var holding = new ByteTotal.Holding(share);
    holding.set(ByteTotal.PIECE_BYTES - 1);
    assertEquals(0, total.bytes());
    holding.set(ByteTotal.PIECE_BYTES);
    assertEquals(ByteTotal.PIECE_BYTES, total.bytes());
    holding.set(ByteTotal.PIECE_BYTES - 7);
    share.tell();
    assertEquals(ByteTotal.PIECE_BYTES - 7, total.bytes());
  }

  private static HeldTotals totals(ConnectionLimits limits) {
    return new HeldTotals(limits.inboundBytes(), limits.outboundBytes());
  }
}
