package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.state.PageRuns;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import dev.mooring.state.StateException;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Stored sessions as bytes: they come back as they were, and nothing else is taken for one. */
final class KeptFormatTest {
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  private final KeptHead head =
      new KeptHead(
          "0011223344556677",
          "counter@" + DIGEST,
          DIGEST,
          "sha256:" + "1".repeat(64),
          "a tenant, and ümlauts",
          "n",
          Durability.DISK,
          List.of(TokenDigest.of("ab"), TokenDigest.of("cd")),
          1_000,
          SessionLifetime.NEVER,
          0,
          12_345_678_901L);

  private static UnacknowledgedMessages messages() {
    var account = requireNonNull(new KeptSessions(KeptLimits.DEFAULTS).open(null));
    return new UnacknowledgedMessages(KeepLimits.DEFAULTS, account, MessageRing.Spares::new);
  }

  private static final Problem LOST =
      new Problem(ErrorCode.SESSION_LOST, "it trapped", TrapKind.UNREACHABLE);

  private static KeptBody body() {
    UnacknowledgedMessages said = messages();
    said.result(1, List.of(ValueType.I64), new long[] {-5}, Unpooled.EMPTY_BUFFER);
    said.acknowledge(1);
    said.event(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}), 1, 2);
    said.result(
        2,
        List.of(ValueType.F64, ValueType.I32),
        new long[] {1, 2},
        Unpooled.wrappedBuffer(new byte[] {9}));
    said.error(3, new Problem(ErrorCode.GUEST_TRAP, "it trapped", TrapKind.OUT_OF_MEMORY));
    said.error(4, new Problem(ErrorCode.GUEST_FAILED, "ein Grund für alles"));
    var state = new SessionState.Builder(DIGEST, DIGEST, 2);
    var page = new byte[SessionState.PAGE_BYTES];
    new Random(1).nextBytes(page);
    state.page(77, page, 0);
    state.global(3, 1L << 40);
    state.timers(List.of(new SessionState.Timer(4, 0), new SessionState.Timer(-1, 500)));
    return new KeptBody(
        41,
        Map.of("key", "value", "empty", ""),
        new OpenRequest.WantedLimits(1, 2, 3, 4, 5, 6),
        7,
        8,
        9,
        LOST,
        said.save(),
        state.build());
  }

  @Test
  void head_written_isReadAsItWas() throws Exception {
    assertEquals(head, KeptFormat.readHead(KeptFormat.write(head)));
    var anybodys =
        new KeptHead("1", "m", DIGEST, DIGEST, null, "", Durability.ASYNC, List.of(), 0, 1, 2, 3);
    assertEquals(anybodys, KeptFormat.readHead(KeptFormat.write(anybodys)));
  }

  @Test
  void body_written_isReadAsItWas() throws Exception {
    KeptBody body = body();
    byte[] bytes = KeptFormat.write(body);
    KeptBody read = KeptFormat.read(List.of(bytes));
    assertEquals(body.config(), read.config());
    assertEquals(body.limits(), read.limits());
    assertEquals(body.state(), read.state());
    assertEquals(LOST, read.lost());
    assertEquals(
        List.of(7L, 8L, 9L), List.of(read.bornMillis(), read.takenMillis(), read.lastDoneId()));
    assertArrayEquals(bytes, KeptFormat.write(read));

    UnacknowledgedMessages again = messages();
    again.restore(read.messages());
    assertEquals(5, again.lastSequence());
    var peer = new RecordingPeer();
    again.encodeAll(peer, peer::buffer);
    assertEquals(
        List.of(
            "#2 event \u0002\u0003",
            "#3 result 2 [1, 2] \t",
            "#4 error 3 GUEST_TRAP",
            "#5 error 4 GUEST_FAILED"),
        peer.take());
  }

  /** A body and changes of it, as they lie in a store. */
  private static List<byte[]> changed() {
    KeptBody body = body();
    UnacknowledgedMessages said = messages();
    said.restore(body.messages());
    said.save();
    said.acknowledge(4);
    said.event(Unpooled.wrappedBuffer(new byte[] {7}), 0, 1);
    var page = new byte[SessionState.PAGE_BYTES];
    page[5] = 1;
    var runs = new PageRuns();
    runs.added(78, page, 0);
    SessionState parts = new SessionState.Builder(DIGEST, DIGEST, 3).global(3, 5).build();
    var first =
        new KeptChange(
            42,
            100,
            10,
            null,
            requireNonNull(said.saveNew()),
            StateChange.of(parts, true, false, false, runs.toBytes()));
    said.error(11, new Problem(ErrorCode.GUEST_FAILED, "why"));
    var second =
        new KeptChange(
            43,
            200,
            11,
            LOST,
            requireNonNull(said.saveNew()),
            StateChange.of(parts, false, false, false, new byte[0])
                .withTimers(List.of(new SessionState.Timer(9, 40))));
    said.acknowledge(6);
    var third = new KeptChange(44, 300, 11, LOST, requireNonNull(said.saveNew()), null);
    return List.of(
        KeptFormat.write(body),
        KeptFormat.write(first),
        KeptFormat.write(second),
        KeptFormat.write(third));
  }

  @Test
  void changes_written_areReadAsWhatTheSessionBecame() throws Exception {
    List<byte[]> parts = changed();
    KeptBody read = KeptFormat.read(parts);
    assertEquals(
        List.of(44L, 200L, 11L), List.of(read.number(), read.takenMillis(), read.lastDoneId()));
    assertEquals(body().config(), read.config());
    assertEquals(240, read.dueMillis());
    assertEquals(LOST, read.lost());
    SessionState state = read.state();
    assertEquals(
        List.of(3, 2, 1), List.of(state.memoryPages(), state.pageCount(), state.globalCount()));
    assertEquals(5, state.globalBits(0));
    UnacknowledgedMessages again = messages();
    again.restore(read.messages());
    assertEquals(7, again.lastSequence());
    var peer = new RecordingPeer();
    again.encodeAll(peer, peer::buffer);
    assertEquals(List.of("#7 error 11 GUEST_FAILED"), peer.take());
    assertTrue(parts.get(1).length < 60, "a change of " + parts.get(1).length + " bytes");
  }

  @Test
  void changes_missingOrOutOfOrder_areRefused() {
    List<byte[]> parts = changed();
    for (List<Integer> order :
        List.of(List.of(0, 2), List.of(0, 1, 3), List.of(0, 2, 1), List.of(1), List.of(0, 0))) {
      assertThrows(
          StateException.class,
          () -> KeptFormat.read(order.stream().map(parts::get).toList()),
          order.toString());
    }
  }

  @Test
  void bytes_cutOffAnywhere_areNoSession() {
    byte[] ofHead = KeptFormat.write(head);
    for (int length = 0; length < ofHead.length; length++) {
      byte[] cut = Arrays.copyOf(ofHead, length);
      assertThrows(StateException.class, () -> KeptFormat.readHead(cut));
    }
    byte[] ofBody = KeptFormat.write(body());
    for (int length = 0; length < ofBody.length; length++) {
      byte[] cut = Arrays.copyOf(ofBody, length);
      assertThrows(StateException.class, () -> KeptFormat.read(List.of(cut)));
    }
    byte[] ofChange = changed().get(2);
    for (int length = 0; length < ofChange.length; length++) {
      List<byte[]> cut =
          List.of(changed().get(0), changed().get(1), Arrays.copyOf(ofChange, length));
      assertThrows(StateException.class, () -> KeptFormat.read(cut));
    }
  }

  /** The store's checksums are the rule; what comes past them must not be more than an error. */
  @Test
  void bytes_changedAnywhere_areReadOrRefusedAndNothingElse() {
    var random = new Random(2);
    byte[] ofHead = KeptFormat.write(head);
    byte[] ofBody = KeptFormat.write(body());
    List<byte[]> parts = changed();
    for (int i = 0; i < 30_000; i++) {
      byte[] changed = List.of(ofHead, ofBody, parts.get(1)).get(i % 3).clone();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      try {
        if (i % 3 == 2) {
          KeptFormat.read(List.of(parts.get(0), changed, parts.get(2)));
        } else if (i % 3 == 0) {
          KeptFormat.readHead(changed);
        } else {
          KeptFormat.read(List.of(changed));
        }
      } catch (StateException e) {
        assertTrue(String.valueOf(e.getMessage()).length() > 10);
      }
    }
  }

  @Test
  void version_ofAnother_isNamed() {
    byte[] bytes = KeptFormat.write(head);
    bytes[0] = 9;
    var e = assertThrows(StateException.class, () -> KeptFormat.readHead(bytes));
    assertEquals("no stored session: version 9 of the format, expected 1", e.getMessage());
  }
}
