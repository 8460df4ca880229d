package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.LeakCheck;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
final class OutputGateTest {
  private final RecordingPeer peer = new RecordingPeer();
  private final OutputGate gate = new OutputGate(null);

  @BeforeEach
  void attach() {
    gate.leadTo(peer);
  }

  private void event(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    gate.event(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
  }

  private static Problem problem(ErrorCode code) {
    return new Problem(code, "on purpose");
  }

  @Test
  void said_whileOpen_leavesAtOnce() {
    event("one");
    gate.pong(7);
    assertEquals(List.of("event one", "pong 7"), peer.take());
  }

  @Test
  void said_whileHeld_waitsAndLeavesInOrder() {
    event("before");
    gate.hold();
    event("one");
    gate.error(1, problem(ErrorCode.GUEST_FAILED));
    gate.pong(7);
    gate.flush();
    assertEquals(List.of("event before"), peer.take());
    gate.release();
    event("after");
    assertEquals(
        List.of("event one", "error 1 GUEST_FAILED", "pong 7", "event after"), peer.take());
  }

  @Test
  void said_whileWritesAreAwaited_leavesWhenTheyAreSafe() {
    gate.hold();
    event("one");
    gate.waitFor(1);
    event("two");
    gate.waitFor(2);
    event("more of two");
    gate.waitFor(2);
    gate.pong(7);
    gate.flush();
    assertEquals(List.of(), peer.take());
    gate.safe(1);
    assertEquals(List.of("event one"), peer.take());
    event("three");
    gate.waitFor(3);
    gate.safe(2);
    assertEquals(List.of("event two", "event more of two"), peer.take());
    assertTrue(gate.isWaiting());
    gate.safe(3);
    assertEquals(List.of("pong 7", "event three"), peer.take());
    assertFalse(gate.isWaiting());
    event("four");
    assertEquals(List.of("event four"), peer.take());
  }

  @Test
  void safe_severalAtOnce_letsGoOfAllInOrder() {
    for (int write = 1; write <= 5; write++) {
      gate.hold();
      event("of " + write);
      gate.waitFor(write);
    }
    gate.safe(4);
    assertEquals(List.of("event of 1", "event of 2", "event of 3", "event of 4"), peer.take());
    gate.safe(5);
    assertEquals(List.of("event of 5"), peer.take());
  }

  @Test
  void end_whileAWriteIsAwaited_comesWhenItIsSafe() {
    gate.waitFor(1);
    gate.end(new EndReason.ClientClosed());
    assertEquals(List.of(), peer.take());
    gate.safe(1);
    assertEquals(List.of("end CLIENT_CLOSED"), peer.take());
  }

  @Test
  void drop_whatWaits_neverLeaves() {
    gate.hold();
    event("one");
    gate.waitFor(1);
    gate.drop();
    gate.safe(1);
    event("two");
    assertEquals(List.of("event two"), peer.take());
  }

  @Test
  void end_whileSomethingIsHeld_comesAfterIt() {
    gate.hold();
    event("one");
    gate.end(new EndReason.ClientClosed());
    assertEquals(List.of(), peer.take());
    gate.release();
    assertEquals(List.of("event one", "end CLIENT_CLOSED"), peer.take());
  }

  @Test
  void end_nobodyWouldHear_waitsForNothing() {
    gate.hold();
    event("one");
    gate.end(new EndReason.Failed(problem(ErrorCode.WRITE_STALLED)));
    assertEquals(List.of("end WRITE_STALLED"), peer.take());
  }

  @Test
  void held_asMuchAsMayBe_isNotWritableUntilItIsLetGo() {
    gate.hold();
    event("x".repeat(OutputGate.MAX_HELD_BYTES - 100));
    assertTrue(gate.isWritable());
    event("x".repeat(100));
    assertFalse(gate.isWritable());
    gate.release();
    assertTrue(gate.isWritable());
  }

  @Test
  void leadTo_nobody_saysNothingAndLosesNothing() {
    gate.leadTo(DetachedPeer.INSTANCE);
    assertFalse(gate.isWritable());
    assertThrows(IllegalStateException.class, () -> gate.pong(1));
    gate.flush();
    gate.end(new EndReason.GoneAway());
  }

  @Test
  void leadTo_whileSomethingIsHeld_isRefused() {
    gate.hold();
    event("one");
    assertThrows(IllegalStateException.class, () -> gate.leadTo(new RecordingPeer()));
    gate.release();
    assertEquals(List.of("event one"), peer.take());
  }
}
