package dev.mooring.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.guest.EveryExport;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;

/**
 * Any bytes are refused with a reason, or are a state, which is written in the same bytes; and a
 * state is refused with a reason, or makes a space that lives on, and whose own state makes the
 * same space again.
 *
 * <p>An input is a byte that says which guest is to take the state, and whether the state is made
 * to look like one of that guest's; and the state's bytes.
 */
public final class SessionStateFuzzTest extends FuzzContract {
  private static final List<String> GUESTS = List.of("state_all", "counter", "kv", "types");
  private static final int GUEST = 0x03;

  /** The length, the digests and the checksum are put right: mutations seldom get past them. */
  private static final int MENDED = 0x08;

  private static final int LENGTH_AT = 12;
  private static final int DIGESTS_AT = 20;
  private static final int DIGESTS_END = 84;

  private static final GuestHost HOST = new GuestHost();

  @AfterAll
  static void close() {
    HOST.close();
  }

  @Override
  protected List<byte[]> seeds() {
    var seeds = new ArrayList<byte[]>();
    for (int i = 0; i < GUESTS.size(); i++) {
      GuestModule module = GuestHost.module(GUESTS.get(i));
      for (int calls : new int[] {0, 3, 10}) {
        try (Space space = HOST.open(module)) {
          HOST.randomCalls(module, space, calls, new Random(calls));
          SessionState state = space.save();
          seeds.add(input(i, state));
          seeds.add(input(i | MENDED, state));
          seeds.add(
              input(
                  i | MENDED,
                  state.withTimers(
                      List.of(new SessionState.Timer(1, 5), new SessionState.Timer(-2, 70)))));
        }
      }
    }
    seeds.add(input(0, States.ofEverything()));
    seeds.add(input(MENDED, States.ofEverything()));
    for (int seed = 0; seed < 4; seed++) {
      seeds.add(input(MENDED, States.random(new Random(seed))));
    }
    return seeds;
  }

  private static byte[] input(int kind, SessionState state) {
    byte[] bytes = state.toBytes();
    byte[] input = new byte[1 + bytes.length];
    input[0] = (byte) kind;
    System.arraycopy(bytes, 0, input, 1, bytes.length);
    return input;
  }

  @Override
  protected void execute(byte[] input) throws StateException, SpaceRefused {
    fuzzerTestOneInput(input);
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) throws StateException, SpaceRefused {
    if (input.length == 0) {
      return;
    }
    GuestModule module = GuestHost.module(GUESTS.get(input[0] & GUEST));
    byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
    if ((input[0] & MENDED) != 0 && bytes.length >= StateFormat.HEADER_BYTES + 4) {
      mend(bytes, module);
    }
    SessionState state;
    try {
      state = SessionState.fromBytes(bytes);
    } catch (StateException e) {
      assertTrue(!String.valueOf(e.getMessage()).isBlank(), "a refusal says why");
      return;
    }
    assertEquals(bytes.length, state.sizeBytes());
    assertArrayEquals(bytes, state.toBytes());
    try (Space space = HOST.restore(module, state);
        var calls = new EveryExport()) {
      goOn(module, space, calls);
    } catch (StateException | SpaceRefused e) {
      // Refused: that nothing is left of it is seen below.
      assertTrue(e instanceof SpaceRefused || !String.valueOf(e.getMessage()).isBlank());
    }
    assertEquals(0, HOST.loop.liveSpaces());
  }

  private static void mend(byte[] bytes, GuestModule module) {
    try (Space space = HOST.open(module)) {
      byte[] fresh = space.save().toBytes();
      System.arraycopy(fresh, DIGESTS_AT, bytes, DIGESTS_AT, DIGESTS_END - DIGESTS_AT);
    }
    States.putInt(bytes, LENGTH_AT, bytes.length);
    States.putInt(bytes, LENGTH_AT + 4, 0);
    States.sealed(bytes);
  }

  private static void goOn(GuestModule module, Space space, EveryExport calls) {
    SessionState saved = space.save();
    try (Space twin = HOST.restore(module, saved)) {
      assertEquals(saved, twin.save());
    } catch (StateException | SpaceRefused e) {
      throw new AssertionError("what a space saved isn't its state", e);
    }
    calls.call(module, space);
  }
}
