package dev.mooring.capsule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.fuzz.PlainWords;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What is written is read again, and nothing else is read as anything. */
final class CapsuleFormatTest {
  private static final List<CallOutcome> OUTCOMES =
      List.of(
          new CallOutcome.Trapped(TrapKind.UNREACHABLE),
          new CallOutcome.Failed("why"),
          new CallOutcome.Exited(-3),
          new CallOutcome.TimedOut(),
          new CallOutcome.OverLimit(CallOutcome.Limit.EVENTS, 16));

  private final byte[] bytes = Capsules.of(OUTCOMES.getFirst()).toBytes();

  @Test
  void read_whatWasWritten_isTheSame() throws Exception {
    for (CallOutcome outcome : OUTCOMES) {
      Capsule capsule = Capsules.of(outcome);
      byte[] written = capsule.toBytes();
      Capsule read = CapsuleFormat.read(written);
      assertEquals(outcome, read.call().outcome());
      assertEquals(capsule.state(), read.state());
      assertEquals(capsule.call().traceparent(), read.call().traceparent());
      assertEquals(capsule.call().config(), read.call().config());
      assertEquals(capsule.call().limits(), read.call().limits());
      assertEquals(capsule.call().room(), read.call().room());
      assertArrayEquals(capsule.call().arguments(), read.call().arguments());
      assertArrayEquals(capsule.call().input(), read.call().input());
      assertArrayEquals(written, read.toBytes());
    }
  }

  private static String refusal(byte[] wrong) {
    String message =
        String.valueOf(
            assertThrows(CapsuleException.class, () -> CapsuleFormat.read(wrong)).getMessage());
    PlainWords.check(message);
    return message;
  }

  @Test
  void read_cutAnywhere_isRefused() {
    for (int length = 0; length < bytes.length; length++) {
      String message = refusal(Arrays.copyOf(bytes, length));
      assertTrue(message.contains(length < 8 ? "no capsule" : "cut off"), message);
    }
    assertTrue(
        refusal(Arrays.copyOf(bytes, bytes.length + 1)).contains("something behind its end"));
  }

  @Test
  void read_anyBitFlipped_isRefused() {
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] wrong = bytes.clone();
      wrong[bit / 8] ^= (byte) (1 << bit % 8);
      refusal(wrong);
    }
  }

  @Test
  void read_somethingElse_isRefused() {
    String foreign = refusal("a file of somebody else's".getBytes(StandardCharsets.UTF_8));
    assertTrue(foreign.contains("doesn't begin with MOORCAPS"), foreign);
    byte[] newer = bytes.clone();
    newer[11] = 2;
    String message = refusal(newer);
    assertTrue(message.contains("version 2") && message.contains("version 1"), message);
  }

  /** A checksum is against accidents only: whoever makes one can put anything before it. */
  @Test
  void read_forged_isRefusedOrRead() {
    var random = new Random(17);
    for (int i = 0; i < 20_000; i++) {
      byte[] forged = bytes.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        forged[20 + random.nextInt(bytes.length - 24)] =
            (byte) (random.nextBoolean() ? random.nextInt() : 0xFF >>> random.nextInt(8));
      }
      var crc = new CRC32C();
      crc.update(forged, 0, forged.length - 4);
      ByteBuffer.wrap(forged).putInt(forged.length - 4, (int) crc.getValue());
      try {
        CapsuleFormat.read(forged);
      } catch (CapsuleException e) {
        PlainWords.check(String.valueOf(e.getMessage()));
      }
    }
  }

  @Test
  void text_hasNoSecrets() {
    String text = Capsules.of(OUTCOMES.getFirst()).toString();
    assertTrue(text.contains("key") && !text.contains("value"), text);
  }
}
