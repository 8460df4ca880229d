package dev.mooring.transport.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.Frames;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.wire.ChannelPeer;
import dev.mooring.transport.wire.ConnectionTimeouts;
import dev.mooring.transport.wire.FrameInput;
import dev.mooring.transport.wire.mooring.ProtobufEncoder;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that hold what the test says. */
final class LoadShedderTest {
  private static final int LIMIT_BYTES = 1_000_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final HeldTotals totals = totals(ConnectionLimits.DEFAULTS.withInboundBytes(LIMIT_BYTES));
  private final HeldTotals.Shares shares = totals.newShares();
  private final FrameDecoder decoder = new FrameDecoder(1_000);
  private final SpareBuffer spare = new SpareBuffer(channel.alloc());
  private final ChannelPeer peer =
      new ChannelPeer(
          channel,
          new ConnectionAdmission(
              new AdmissionControl(ConnectionLimits.DEFAULTS, AdmissionLimits.DEFAULTS, totals)),
          new FrameInput(decoder, channel.pipeline(), 1_000),
          new ProtobufEncoder(Frames.VARINT, 1_000),
          TransportConfig.DEFAULTS,
          shares,
          spare);
  private @Nullable SweptConnection[] connections = {};
  private ByteTotal.Holding[] holdings = {};
  private final List<Integer> ended = new ArrayList<>();
  private final LoadShedder relief =
      new LoadShedder(
          shares.inbound(), one -> holdings[place(one)].bytes(), one -> ended.add(place(one)));

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
    spare.close();
  }

  private int place(SweptConnection connection) {
    return Arrays.asList(connections).indexOf(connection);
  }

  private void hold(int... bytes) {
    connections = new SweptConnection[bytes.length];
    holdings = new ByteTotal.Holding[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      connections[i] = new ConnectionTimeouts(peer, null, TransportConfig.DEFAULTS, 0);
      holdings[i] = new ByteTotal.Holding(shares.inbound());
      holdings[i].set(bytes[i]);
    }
  }

  private void look() {
    relief.look(connections, connections.length, connections.length);
  }

  @Test
  void look_totalStaysExceeded_endsTheLargestAndNoMoreThanItTakes() {
    hold(200_000, 300_000, 90_000, 500_000, 10_000);
    look();
    assertEquals(List.of(), ended, "it may pass by itself");
    look();
    assertEquals(List.of(3), ended);
  }

  @Test
  void look_totalExceededForAMoment_endsNobody() {
    hold(600_000, 500_000);
    look();
    holdings[0].set(100);
    look();
    holdings[0].set(600_000);
    look();
    assertEquals(List.of(), ended);
  }

  /** Those who hold much may be on another loop; the small ones here needn't pay for it. */
  @Test
  void look_nobodyHereHoldsMoreThanItsShare_endsNobody() {
    hold(100_000, 240_000, 250_000, 0);
    new ByteTotal.Holding(totals.inbound().new Share()).set(9_000_000);
    look();
    look();
    look();
    assertEquals(List.of(), ended);
  }

  @Test
  void look_veryManyToEnd_endsSomeAtATime() {
    hold(
        IntStream.range(0, 3 * LoadShedder.MOST_AT_ONCE)
            .map(i -> i % 2 == 0 ? 5_000 : 1)
            .toArray());
    look();
    look();
    assertEquals(LoadShedder.MOST_AT_ONCE, ended.size());
    assertTrue(ended.stream().allMatch(place -> place % 2 == 0));
  }

  private static HeldTotals totals(ConnectionLimits limits) {
    return new HeldTotals(limits.inboundBytes(), limits.outboundBytes());
  }
}
