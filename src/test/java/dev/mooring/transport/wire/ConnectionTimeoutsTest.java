package dev.mooring.transport.wire;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestRuntime;
import dev.mooring.proto.Frames;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.session.PauseReason;
import dev.mooring.session.SessionLimits;
import dev.mooring.session.SessionLoop;
import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.ConnectionSweep;
import dev.mooring.transport.loop.HeldTotals;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.loop.LoopLoad;
import dev.mooring.transport.loop.NettyLoop;
import dev.mooring.transport.loop.SpareBuffer;
import dev.mooring.transport.wire.mooring.MessageReader;
import dev.mooring.transport.wire.mooring.ProtobufEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Looks at a connection on a clock that the test turns. */
final class ConnectionTimeoutsTest {
  private static final long MILLI = 1_000_000;
  private static final ConnectionLimits LIMITS =
      ConnectionLimits.DEFAULTS.withTimes(1_000, 1_000, 2_000);
  private static final TransportConfig CONFIG = TransportConfig.DEFAULTS.withLimits(LIMITS);

  private final GuestRuntime runtime = new GuestRuntime(1 << 20);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final HeldTotals totals =
      totals(LIMITS.withInboundBytes(1 << 20).withOutboundBytes(1 << 20));
  private final HeldTotals.Shares held = totals.newShares();
  private final SessionLoop sessions =
      new SessionLoop(
          new NettyLoop(
              channel.eventLoop(),
              channel.eventLoop()::execute,
              System::nanoTime,
              System::currentTimeMillis),
          runtime,
          (reference, mayOpen, answer) -> {
            throw new AssertionError("nobody opens");
          },
          SessionLimits.DEFAULTS);
  private final FrameDecoder decoder = new FrameDecoder(1_000);
  private final AdmissionControl control =
      new AdmissionControl(LIMITS, AdmissionLimits.DEFAULTS, totals);
  private final ConnectionSweep sweep =
      new ConnectionSweep(sessions, held, new LoopLoad(channel.eventLoop()), control::connections);
  private final ConnectionAdmission admission = new ConnectionAdmission(control);
  private final SpareBuffer spare = new SpareBuffer(channel.alloc());
  private final ChannelPeer peer =
      new ChannelPeer(
          channel,
          admission,
          new FrameInput(decoder, channel.pipeline(), CONFIG.frameBytes()),
          new ProtobufEncoder(Frames.VARINT, CONFIG.frameBytes()),
          CONFIG,
          held,
          spare);
  private final Connection connection;
  private long nowNanos = System.nanoTime();

  ConnectionTimeoutsTest() {
    admission.knock();
    connection = new Connection(new LoopContext(sessions, spare, held, sweep), peer, CONFIG);
    decoder.deliverTo(new MessageReader(connection, new MessageReader.Scratch()));
    channel.pipeline().addLast("frames", decoder).addLast("connection", connection);
    channel.pipeline().fireChannelActive();
    sweep.look(nowNanos);
  }

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
    spare.close();
    sessions.close();
    runtime.close();
  }

  private void pass(int millis) {
    for (int i = 0; i < millis; i += 100) {
      nowNanos += 100 * MILLI;
      sweep.look(nowNanos);
      channel.runPendingTasks();
    }
  }

  private @Nullable ErrorCode lastWord() throws IOException {
    ErrorCode code = null;
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      try (var in = new ByteBufInputStream(bytes, true)) {
        code = ServerMessage.parseDelimitedFrom(in).getError().getCode();
      }
    }
    return code;
  }

  private void receive(int... bytes) {
    ByteBuf buffer = channel.alloc().buffer();
    for (int b : bytes) {
      buffer.writeByte(b);
    }
    channel.writeInbound(buffer);
  }

  /** Bytes that never become an Open don't help; here the frame's own age comes later. */
  @Test
  void open_neverSent_endsWithFirstMessageTimeout() throws IOException {
    var config =
        TransportConfig.DEFAULTS.withLimits(ConnectionLimits.DEFAULTS.withTimes(9_000, 9_000, 0));
    var timeouts =
        new ConnectionTimeouts(peer, requireNonNull(connection.conversation()), config, nowNanos);
    receive(100, 1);
    timeouts.look(nowNanos + (SessionLimits.DEFAULTS.firstMessageMillis() - 1) * MILLI);
    assertNull(lastWord());
    timeouts.look(nowNanos + SessionLimits.DEFAULTS.firstMessageMillis() * MILLI);
    assertEquals(ErrorCode.FIRST_MESSAGE_TIMEOUT, lastWord());
  }

  @Test
  void frame_neverWhole_endsWithFrameTimeout() throws IOException {
    receive(100, 1);
    pass(900);
    assertNull(lastWord());
    receive(2);
    pass(200);
    assertEquals(ErrorCode.FRAME_TIMEOUT, lastWord());
  }

  @Test
  void frame_whilePaused_hasItsTimeAfterwards() throws IOException {
    receive(100, 1);
    peer.pause(PauseReason.QUEUE);
    pass(5_000);
    peer.resume(PauseReason.QUEUE);
    pass(900);
    assertNull(lastWord());
    pass(300);
    assertEquals(ErrorCode.FRAME_TIMEOUT, lastWord());
  }

  @Test
  void silence_tooLong_endsWithIdleTimeout() throws IOException {
    pass(1_900);
    assertNull(lastWord());
    pass(200);
    assertEquals(ErrorCode.IDLE_TIMEOUT, lastWord());
  }

  @Test
  void silence_ofAPausedClient_isNotItsFault() throws IOException {
    peer.pause(PauseReason.OUTBOUND);
    pass(10_000);
    assertNull(lastWord());
    peer.resume(PauseReason.OUTBOUND);
    pass(1_900);
    assertNull(lastWord());
    pass(300);
    assertEquals(ErrorCode.IDLE_TIMEOUT, lastWord());
  }

  @Test
  void write_thatNobodyReads_endsWithoutWaiting() {
    channel.unsafe().outboundBuffer().addMessage(buffer(), 100, channel.voidPromise());
    pass(900);
    assertTrue(channel.isOpen());
    pass(300);
    assertFalse(channel.isOpen());
    assertEquals(1, endings("WRITE_STALLED"));
    held.outbound().tell();
    assertEquals(0, totals.outbound().bytes());
  }

  /** So much waits to be read, as if it had been written. */
  private void wait(int bytes) {
    for (int left = bytes; left > 0; left -= ChannelOutbound.PIECE_BYTES) {
      int piece = Math.min(left, ChannelOutbound.PIECE_BYTES);
      channel
          .unsafe()
          .outboundBuffer()
          .addMessage(Unpooled.buffer().writeZero(piece), piece, channel.voidPromise());
    }
    channel.unsafe().outboundBuffer().addFlush();
  }

  private void read(int bytes) {
    for (int i = 0; i < bytes / ChannelOutbound.PIECE_BYTES; i++) {
      channel.unsafe().outboundBuffer().remove();
    }
  }

  @Test
  void write_thatIsReadSlowly_goesOn() {
    peer.pause(PauseReason.OUTBOUND);
    wait(50 * StallDetector.STALL_BYTES);
    for (int i = 0; i < 49; i++) {
      pass(900);
      read(StallDetector.STALL_BYTES);
    }
    assertTrue(channel.isOpen());
  }

  /** A byte now and then would otherwise keep what waits for as long as its client likes. */
  @Test
  void write_ofWhichABitIsReadNowAndThen_isStalled() {
    peer.pause(PauseReason.OUTBOUND);
    wait(1 << 20);
    for (int i = 0; i < 3; i++) {
      assertTrue(channel.isOpen());
      read(StallDetector.STALL_BYTES / 4);
      pass(400);
    }
    assertFalse(channel.isOpen());
    assertEquals(1, endings("WRITE_STALLED"));
  }

  @Test
  void write_ofLittleThatIsReadWhole_isNoStall() {
    peer.pause(PauseReason.OUTBOUND);
    for (int i = 0; i < 20; i++) {
      wait(100);
      pass(900);
      channel.unsafe().outboundBuffer().remove();
      pass(100);
    }
    assertTrue(channel.isOpen());
  }

  private ByteBuf buffer() {
    return Unpooled.buffer().writeZero(100);
  }

  private long endings(String name) {
    return control.counts().of(name);
  }

  @Test
  void upkeep_ofManyConnections_looksAtAFewAtATimeAndAtAllInTime() {
    int connections = 3 * ConnectionSweep.LOOKS + 1;
    var many = new ArrayList<ConnectionTimeouts>();
    for (int i = 0; i < connections; i++) {
      many.add(new ConnectionTimeouts(peer, null, CONFIG, nowNanos));
      sweep.add(many.getLast());
    }
    for (int run = 1; run <= 4; run++) {
      nowNanos += MILLI;
      sweep.look(nowNanos);
      long looked = many.stream().filter(one -> one.lookedAtNanos() == nowNanos).count();
      assertTrue(looked <= ConnectionSweep.LOOKS, looked + " looks");
    }
    long end = nowNanos;
    assertTrue(many.stream().allMatch(one -> end - one.lookedAtNanos() < 4 * MILLI));
    long start = System.nanoTime();
    for (int run = 0; run < 1_000; run++) {
      sweep.look(nowNanos);
    }
    System.out.println(
        "PatienceTest: a look takes "
            + (System.nanoTime() - start) / 1_000 / ConnectionSweep.LOOKS
            + " ns");
    many.forEach(sweep::remove);
  }

  private static HeldTotals totals(ConnectionLimits limits) {
    return new HeldTotals(limits.inboundBytes(), limits.outboundBytes());
  }
}
