package dev.mooring.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is said, acknowledged, dropped and stored: what is left is what a list would have. */
final class UnacknowledgedMessagesTest {
  private final KeptSessions.Account account =
      requireNonNull(new KeptSessions(KeptLimits.DEFAULTS).open(null));
  private final MessageRing.Spares spares = new MessageRing.Spares();
  private UnacknowledgedMessages messages = none();

  /** What is expected: each as its sequence, and as it is said. */
  private final List<Said> expected = new ArrayList<>();

  private record Said(long sequence, boolean isAnswer, String text) {}

  private UnacknowledgedMessages none() {
    return new UnacknowledgedMessages(KeepLimits.DEFAULTS, account, () -> spares);
  }

  private static List<String> allOf(UnacknowledgedMessages of) {
    var peer = new RecordingPeer();
    of.encodeAll(peer, peer::buffer);
    return peer.take();
  }

  private List<String> expected() {
    return expected.stream().map(Said::text).toList();
  }

  private void event(int length) {
    String text = "e".repeat(length);
    ByteBuf bytes = Unpooled.copiedBuffer(("." + text).getBytes(UTF_8));
    long sequence = messages.event(bytes, 1, length);
    expected.add(new Said(sequence, false, "#" + sequence + " event " + text));
  }

  private void result(long id, int length) {
    String text = "r".repeat(length);
    var values = new long[] {id, -1};
    long sequence =
        messages.result(
            id,
            List.of(ValueType.I64, ValueType.I32),
            values,
            Unpooled.copiedBuffer(text.getBytes(UTF_8)));
    String said =
        "#" + sequence + " result " + id + " [" + id + ", -1]" + (length == 0 ? "" : " " + text);
    expected.add(new Said(sequence, true, said));
  }

  private void error(long id) {
    long sequence = messages.error(id, new Problem(ErrorCode.GUEST_FAILED, "w".repeat(9)));
    expected.add(new Said(sequence, true, "#" + sequence + " error " + id + " GUEST_FAILED"));
  }

  private void acknowledge(long received) {
    assertTrue(messages.acknowledge(received));
    expected.removeIf(said -> said.sequence <= received);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 100, 3_000})
  void random_isWhatAListHas(int mostBytes) {
    var random = new Random(mostBytes);
    UnacknowledgedMessages.Saved saved = messages.save();
    for (int step = 0; step < 20_000; step++) {
      int length = mostBytes == 0 ? 0 : random.nextInt(mostBytes);
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 -> event(length);
        case 4, 5, 6, 7 -> result(step + 1L, length);
        case 8 -> error(step + 1L);
        case 9, 10, 11, 12 -> {
          long last = messages.lastSequence();
          acknowledge(last - Math.min(last, random.nextInt(20)));
        }
        case 13 -> {
          UnacknowledgedMessages.Saved later = messages.saveNew();
          saved = later == null ? messages.save() : saved.followedBy(later);
          UnacknowledgedMessages again = none();
          again.restore(saved);
          assertEquals(messages.lastSequence(), again.lastSequence());
          assertEquals(expected(), allOf(again));
          if (random.nextInt(8) == 0) { // It goes on with what was stored.
            messages = again;
            saved = messages.save();
          }
        }
        case 14 -> {
          if (random.nextInt(20) == 0) {
            messages.dropAnswers();
            expected.removeIf(Said::isAnswer);
          }
        }
        default -> assertEquals(expected(), allOf(messages));
      }
    }
  }

  @Test
  void ring_ofOneThatIsDone_isTheNextOnesAndEmpty() {
    MessageRing first = spares.take(1_024);
    Arrays.fill(first.bytes(), (byte) 7);
    spares.give(first);
    MessageRing again = spares.take(1_024);
    assertSame(first, again);
    assertArrayEquals(new byte[1_024], again.bytes());
    assertNotSame(first, spares.take(1_024));
  }

  @Test
  void ring_beyondTheBounds_isForgotten() {
    int longest = 2 * MessageRing.MOST_SPARE_BYTES;
    MessageRing tooLong = spares.take(longest);
    spares.give(tooLong);
    assertNotSame(tooLong, spares.take(longest));

    var rings = new ArrayList<MessageRing>();
    for (int i = 0; i <= MessageRing.Spares.MOST_OF_A_SIZE; i++) {
      rings.add(spares.take(256));
    }
    rings.forEach(spares::give);
    assertSame(rings.get(MessageRing.Spares.MOST_OF_A_SIZE - 1), spares.take(256));
  }

  @Test
  void acknowledge_whatWasntSaid_isRefusedAndForgetsNothing() {
    event(3);
    assertFalse(messages.acknowledge(2));
    assertFalse(messages.acknowledge(-1));
    assertEquals(List.of("#1 event eee"), allOf(messages));
  }

  @Test
  void hasRoom_atEachBound_isFalseUntilAcknowledged() {
    for (int i = 0; i < KeepLimits.DEFAULTS.unacknowledgedMessages(); i++) {
      assertTrue(messages.hasRoom());
      event(1);
    }
    assertFalse(messages.hasRoom());
    acknowledge(1);
    assertTrue(messages.hasRoom());
    acknowledge(messages.lastSequence());
    event(KeepLimits.DEFAULTS.unacknowledgedBytes());
    assertFalse(messages.hasRoom());
    acknowledge(messages.lastSequence());
    assertTrue(messages.hasRoom());
  }

  @Test
  void over_keepsNothingAndCountsOn() {
    event(5);
    messages.over();
    assertEquals(2, messages.event(Unpooled.EMPTY_BUFFER, 0, 0));
    assertEquals(List.of(), allOf(messages));
    assertTrue(messages.hasRoom());
  }
}
