package dev.mooring.guest.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.WorldRecording;
import dev.mooring.guest.deadline.GuestClock;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What a call saw of the world another one sees again. */
final class WorldRecorderTest {
  private final WorldRecorder recorder = new WorldRecorder(GuestClock.SYSTEM);

  private static byte[] random(RandomGenerator from, int bytes) {
    byte[] random = new byte[bytes];
    from.nextBytes(random);
    return random;
  }

  @Test
  void replay_ofARecording_isTheSame() {
    recorder.begin();
    long unix = recorder.unixNanos();
    long first = recorder.nanoTime();
    byte[] bytes = random(recorder, 100);
    long second = recorder.nanoTime();
    long number = recorder.nextLong();
    World replayed = World.replayed(recorder.recording());
    assertEquals(first, replayed.clock().nanoTime());
    assertEquals(second, replayed.clock().nanoTime());
    assertEquals(unix, replayed.clock().unixNanos());
    assertArrayEquals(bytes, random(replayed.random(), 100));
    assertEquals(number, replayed.random().nextLong());
    assertTrue(replayed.clock().nanoTime() >= second, "time goes on from there");
    assertTrue(replayed.clock().unixNanos() >= unix);
  }

  @Test
  void begin_forgetsTheCallBefore() {
    recorder.begin();
    recorder.unixNanos();
    byte[] before = random(recorder, 32);
    byte[] seed = recorder.recording().seed();
    recorder.begin();
    WorldRecording nothing = recorder.recording();
    assertEquals(0, nothing.seed().length + nothing.unixNanos().length);
    assertFalse(Arrays.equals(before, random(recorder, 32)), "nor are they the same numbers");
    assertFalse(Arrays.equals(seed, recorder.recording().seed()));
  }

  @Test
  void recording_ofTooManyReadings_isCut() {
    recorder.begin();
    for (int i = 0; i < WorldRecording.MOST_READINGS; i++) {
      recorder.unixNanos();
    }
    assertTrue(recorder.recording().isWhole());
    long last = recorder.unixNanos();
    WorldRecording cut = recorder.recording();
    assertFalse(cut.isWhole());
    assertEquals(WorldRecording.MOST_READINGS, cut.unixNanos().length);
    World replayed = World.replayed(cut);
    for (int i = 0; i < WorldRecording.MOST_READINGS; i++) {
      replayed.clock().unixNanos();
    }
    assertTrue(replayed.clock().unixNanos() >= cut.unixNanos()[cut.unixNanos().length - 1]);
    assertTrue(last > 0);
    recorder.begin();
    assertTrue(recorder.recording().isWhole());
  }
}
