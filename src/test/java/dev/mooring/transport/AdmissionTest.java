package dev.mooring.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.session.ErrorCode;
import io.netty.channel.local.LocalAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AdmissionTest {
  private static final SocketAddress ONE = address(1, 1_000);
  private static final SocketAddress ONE_AGAIN = address(1, 1_001);
  private static final SocketAddress OTHER = address(2, 1_000);

  private final OutboundTotal outbound = new OutboundTotal(100_000);

  private static SocketAddress address(int host, int port) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Admission admission(int sessions, int perAddress) {
    return new Admission(ConnectionLimits.DEFAULTS.withSessions(sessions, perAddress), outbound);
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
    var admission = admission(10, 10);
    OutboundTotal.Share share = outbound.new Share();
    share.add(100_001);
    assertRefused(admission.enter(ONE));
    share.add(-50_000);
    assertNull(admission.enter(ONE));
  }

  @Test
  void share_smallChanges_tellsPiecesAndTheRestOnDemand() {
    OutboundTotal.Share share = outbound.new Share();
    share.add(OutboundTotal.PIECE_BYTES - 1);
    assertEquals(0, outbound.bytes());
    share.add(1);
    assertEquals(OutboundTotal.PIECE_BYTES, outbound.bytes());
    share.add(-7);
    share.tell();
    assertEquals(OutboundTotal.PIECE_BYTES - 7, outbound.bytes());
  }
}
