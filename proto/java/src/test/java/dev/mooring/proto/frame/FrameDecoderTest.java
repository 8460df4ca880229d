package dev.mooring.proto.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FrameDecoderTest {
  private static final int MAX_FRAME_BYTES = 1 << 20;

  private final FrameDecoder decoder = new FrameDecoder(MAX_FRAME_BYTES);
  private final Sink sink = new Sink();
  private final EmbeddedChannel channel = new EmbeddedChannel(decoder, sink);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void read_wholeFrame_isTheReadBufferItself() {
    ByteBuf read = frames(bytes(100, 1));
    channel.writeInbound(read);
    assertEquals(1, sink.bodies.size());
    assertSame(read, sink.lastDelivered);
    assertArrayEquals(bytes(100, 1), sink.bodies.getFirst());
  }

  @Test
  void read_manyFramesAtOnce_areSlicesInOrder() {
    ByteBuf read = frames(bytes(3, 1), bytes(0, 2), bytes(300, 3));
    long address = read.memoryAddress();
    sink.onFrame =
        body -> {
          if (body.readableBytes() == 3) {
            assertEquals(address + 1, body.memoryAddress() + body.readerIndex());
          }
        };
    channel.writeInbound(read);
    assertBodies(bytes(3, 1), bytes(0, 2), bytes(300, 3));
    assertEquals(3, decoder.framesDelivered());
  }

  @Test
  void read_zeroLengthFrames_areDeliveredEmpty() {
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[3]));
    assertBodies(new byte[0], new byte[0], new byte[0]);
  }

  @Test
  void read_frameOverManyReads_isGatheredByWhatCame() {
    byte[] body = bytes(MAX_FRAME_BYTES, 7);
    byte[] wire = wire(body);
    channel.writeInbound(copy(wire, 0, 10));
    // A mebibyte was announced, and ten bytes came.
    assertEquals(10, decoder.bufferedBytes());
    assertTrue(decoder.hasPartialFrame());
    for (int at = 10; at < wire.length; at += 65_536) {
      assertEquals(at, decoder.bufferedBytes());
      channel.writeInbound(copy(wire, at, Math.min(65_536, wire.length - at)));
    }
    assertBodies(body);
    assertFalse(decoder.hasPartialFrame());
  }

  @Test
  void read_announcedButUnsentBody_allocatesForWhatCameOnly() {
    var allocator = new CountingAllocator();
    channel.config().setAllocator(allocator);
    byte[] wire = wire(bytes(MAX_FRAME_BYTES, 7));
    int sent = 0;
    for (int next : new int[] {1, 1, 1, 50, 200, 1_000, 5_000}) {
      channel.writeInbound(copy(wire, sent, next));
      sent += next;
      assertTrue(allocator.largest <= Math.max(64, 2 * sent), allocator.largest + " at " + sent);
    }
  }

  @Test
  void read_frameInFourEqualReads_isCopiedOnce() {
    var allocator = new CountingAllocator();
    channel.config().setAllocator(allocator);
    byte[] body = bytes(39_997, 1);
    byte[] wire = wire(body);
    for (int i = 0; i < 4; i++) {
      int from = wire.length * i / 4;
      channel.writeInbound(copy(wire, from, wire.length * (i + 1) / 4 - from));
    }
    assertBodies(body);
    assertEquals(1, allocator.allocations);
    assertEquals(wire.length, allocator.largest);
  }

  @Test
  void read_byteByByte_copiesEachByteTwiceAtMostOnAverage() {
    var allocator = new CountingAllocator();
    channel.config().setAllocator(allocator);
    byte[] body = bytes(20_000, 1);
    byte[] wire = wire(body);
    for (int i = 0; i < wire.length; i++) {
      channel.writeInbound(copy(wire, i, 1));
    }
    assertBodies(body);
    assertTrue(allocator.bytes <= 3L * wire.length, "allocated " + allocator.bytes);
  }

  @Test
  void read_fewBytesOfALargeRead_dontPinIt() {
    ByteBuf read = channel.alloc().buffer(65_536);
    read.writeBytes(new byte[] {10, 1, 2});
    channel.writeInbound(read);
    assertEquals(0, read.refCnt());
    assertEquals(3, decoder.bufferedBytes());
    channel.writeInbound(Unpooled.wrappedBuffer(bytes(8, 3)));
    assertEquals(10, sink.bodies.getFirst().length);
  }

  @Test
  void read_lengthAtMaximum_isDelivered() {
    channel.writeInbound(frames(bytes(MAX_FRAME_BYTES, 1)));
    assertEquals(1, sink.bodies.size());
  }

  @Test
  void read_lengthAboveMaximum_failsBeforeTheBodyComes() {
    ByteBuf read = Unpooled.buffer();
    Frames.writeVarint(read, MAX_FRAME_BYTES + 1);
    channel.writeInbound(frames(bytes(5, 1)), read);
    assertBodies(bytes(5, 1));
    FrameException problem = sink.onlyFrameException();
    assertEquals(FrameException.Kind.FRAME_TOO_LARGE, problem.kind());
    assertEquals(
        "a frame of 1048577 bytes came; a frame here is at most 1048576", problem.getMessage());
    assertEquals(0, problem.getStackTrace().length);
    assertEquals(0, decoder.bufferedBytes());
  }

  @Test
  void raiseMaximum_whileALongerFrameIsHeldBack_deliversIt() {
    var sink = new Sink();
    var decoder = new FrameDecoder(4);
    var channel = new EmbeddedChannel(decoder, sink);
    sink.onFrame = body -> decoder.pause();
    channel.writeInbound(frames(bytes(4, 1), bytes(9, 2)));
    sink.onFrame = body -> {};
    decoder.raiseMaximum(9);
    decoder.resume();
    assertEquals(2, sink.bodies.size());
    assertEquals(9, sink.bodies.getLast().length);
    channel.writeInbound(frames(bytes(10, 3)));
    assertEquals(
        "a frame of 10 bytes came; a frame here is at most 9",
        sink.onlyFrameException().getMessage());
    channel.finishAndReleaseAll();
  }

  @Test
  void read_malformedLength_failsOnceAndIgnoresTheRest() {
    String[] lengths = {
      "ff ff ff ff ff", "80 80 80 80 80", "ff ff ff ff 0f", "80 80 80 80 08", "80 00", "85 80 00"
    };
    for (String hex : lengths) {
      byte[] length = HexFormat.ofDelimiter(" ").parseHex(hex);
      for (int split = 0; split <= length.length; split++) {
        var sink = new Sink();
        var channel = new EmbeddedChannel(new FrameDecoder(MAX_FRAME_BYTES), sink);
        channel.writeInbound(frames(bytes(2, 1)));
        channel.writeInbound(copy(length, 0, split), copy(length, split, length.length - split));
        channel.writeInbound(frames(bytes(2, 1)));
        FrameException problem = sink.onlyFrameException();
        assertEquals(FrameException.Kind.MALFORMED_LENGTH, problem.kind());
        assertTrue(String.valueOf(problem.getMessage()).contains("(" + hex), problem.getMessage());
        assertEquals(1, sink.bodies.size());
        channel.finishAndReleaseAll();
      }
    }
  }

  @Test
  void pause_withinADelivery_holdsTheNextFrameBack() {
    sink.onFrame = body -> decoder.pause();
    channel.writeInbound(frames(bytes(1, 1), bytes(2, 2), bytes(3, 3)));
    assertBodies(bytes(1, 1));
    decoder.resume();
    assertBodies(bytes(1, 1), bytes(2, 2));
    // A whole frame that is held back is not the peer's fault.
    assertFalse(decoder.hasPartialFrame());
    assertEquals(4, decoder.bufferedBytes());
    decoder.resume();
    assertBodies(bytes(1, 1), bytes(2, 2), bytes(3, 3));
    assertEquals(0, decoder.bufferedBytes());
  }

  @Test
  void pause_thenReads_keepsAllInOrder() {
    byte[] wire = wire(bytes(1, 1), bytes(200, 2), bytes(3, 3));
    decoder.pause();
    for (int i = 0; i < wire.length; i++) {
      channel.writeInbound(copy(wire, i, 1));
    }
    assertBodies();
    assertEquals(wire.length, decoder.bufferedBytes());
    decoder.resume();
    assertBodies(bytes(1, 1), bytes(200, 2), bytes(3, 3));
  }

  /** A length in four bytes, and none above it. */
  private static final class FourBytes implements LengthPrefix {
    @Override
    public long peek(ByteBuf in) {
      return in.readableBytes() < Integer.BYTES
          ? INCOMPLETE
          : LengthPrefix.of(in.getInt(in.readerIndex()), Integer.BYTES);
    }

    @Override
    public String problem(ByteBuf in) {
      return "a length below 0";
    }
  }

  @Test
  void otherPrefix_splitAtEveryPosition_cutsTheSameFrames() {
    byte[] wire = {0, 0, 0, 3, 7, 8, 9, 0, 0, 0, 0, -1, 2, 3, 4};
    for (int split = 0; split <= wire.length; split++) {
      var sink = new Sink();
      var channel = new EmbeddedChannel(new FrameDecoder(new FourBytes(), 3), sink);
      channel.writeInbound(copy(wire, 0, split), copy(wire, split, wire.length - split));
      assertEquals(2, sink.bodies.size());
      assertArrayEquals(new byte[] {7, 8, 9}, sink.bodies.getFirst());
      assertEquals(0, sink.bodies.getLast().length);
      assertEquals("a length below 0", sink.onlyFrameException().getMessage());
      channel.finishAndReleaseAll();
    }
  }

  @Test
  void pause_beforeABadLength_holdsTheErrorBack() {
    decoder.pause();
    channel.writeInbound(frames(bytes(1, 1)), Unpooled.wrappedBuffer(new byte[] {(byte) 0x80, 0}));
    assertEquals(0, sink.problems.size());
    decoder.resume();
    assertBodies(bytes(1, 1));
    assertEquals(FrameException.Kind.MALFORMED_LENGTH, sink.onlyFrameException().kind());
  }

  @Test
  void resume_withinADelivery_goesOnInOrder() {
    sink.onFrame =
        body -> {
          decoder.pause();
          decoder.resume();
        };
    channel.writeInbound(frames(bytes(1, 1), bytes(2, 2), bytes(3, 3)));
    assertBodies(bytes(1, 1), bytes(2, 2), bytes(3, 3));
    assertEquals(1, sink.deepest);
  }

  @Test
  void resume_thatDelivers_firesReadCompleteOnce() {
    decoder.pause();
    channel.writeInbound(frames(bytes(1, 1), bytes(2, 2)));
    int before = sink.readCompletes;
    decoder.resume();
    assertEquals(before + 1, sink.readCompletes);
    decoder.pause();
    decoder.resume();
    assertEquals(before + 1, sink.readCompletes);
  }

  @Test
  void resume_atEveryReadComplete_deliversAllOnAFlatStack() {
    int count = 5_000;
    ByteBuf read = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      read.writeBytes(new byte[] {1, (byte) i});
    }
    sink.onFrame = body -> decoder.pause();
    sink.onReadComplete = decoder::resume;
    channel.writeInbound(read);
    assertEquals(count, sink.bodies.size());
    assertTrue(sink.deepest <= 2, "deepest " + sink.deepest);
  }

  @Test
  void read_fromWithinADelivery_isKeptInOrder() {
    sink.onFrame =
        body -> {
          if (sink.bodies.size() == 1) {
            channel.pipeline().fireChannelRead(frames(bytes(3, 3)));
          }
        };
    channel.writeInbound(frames(bytes(1, 1), bytes(2, 2)));
    assertBodies(bytes(1, 1), bytes(2, 2), bytes(3, 3));
    assertEquals(1, sink.deepest);
  }

  @Test
  void framesDelivered_whilePartial_standsStill() {
    channel.writeInbound(frames(bytes(1, 1)), Unpooled.wrappedBuffer(new byte[] {3, 0}));
    assertTrue(decoder.hasPartialFrame());
    assertEquals(1, decoder.framesDelivered());
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0}));
    assertEquals(1, decoder.framesDelivered());
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0, 3}));
    assertEquals(2, decoder.framesDelivered());
    assertTrue(decoder.hasPartialFrame());
  }

  @Test
  void inputShutdown_betweenFrames_isAClean_end() {
    channel.writeInbound(frames(bytes(1, 1)));
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(
        List.of(ChannelInputShutdownEvent.INSTANCE, EndOfInput.BETWEEN_FRAMES), sink.events);
  }

  @Test
  void inputShutdown_withinAFrame_saysSo() {
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) 0x80}));
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(EndOfInput.WITHIN_FRAME, sink.events.getLast());
  }

  @Test
  void inputShutdown_whilePaused_waitsBehindTheFrames() {
    sink.onFrame = body -> decoder.pause();
    channel.writeInbound(frames(bytes(1, 1), bytes(2, 2), bytes(3, 3)));
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    decoder.resume();
    decoder.resume();
    assertEquals(3, sink.bodies.size());
    assertFalse(sink.events.contains(EndOfInput.BETWEEN_FRAMES));
    decoder.resume();
    assertEquals(EndOfInput.BETWEEN_FRAMES, sink.events.getLast());
    assertEquals(2, sink.events.size());
  }

  @Test
  void channelInactive_withinAFrame_releasesAndRemembers() {
    ByteBuf read = channel.alloc().buffer(2).writeByte(5).writeByte(1);
    channel.writeInbound(read);
    channel.close().syncUninterruptibly();
    assertEquals(0, read.refCnt());
    assertEquals(0, decoder.bufferedBytes());
    assertTrue(decoder.hasPartialFrame());
    decoder.resume();
    assertBodies();
  }

  @Test
  void channelInactive_whilePaused_dropsWhatWasHeldBack() {
    decoder.pause();
    ByteBuf read = frames(bytes(1, 1), bytes(2, 2));
    channel.writeInbound(read);
    channel.close().syncUninterruptibly();
    assertEquals(0, read.refCnt());
    decoder.resume();
    assertBodies();
    assertFalse(decoder.hasPartialFrame());
  }

  @Test
  void handlerRemoved_withinADelivery_releasesTheRest() {
    sink.onFrame = body -> channel.pipeline().remove(decoder);
    ByteBuf read = frames(bytes(1, 1), bytes(2, 2));
    channel.writeInbound(read);
    assertEquals(0, read.refCnt());
    assertBodies(bytes(1, 1));
  }

  @Test
  void delivery_thatThrows_doesntStopTheNext() {
    sink.onFrame =
        body -> {
          if (body.readableBytes() == 1) {
            throw new IllegalArgumentException("thrown on purpose");
          }
        };
    channel.writeInbound(frames(bytes(1, 1), bytes(2, 2)), Unpooled.wrappedBuffer(new byte[] {9}));
    assertEquals(2, sink.bodies.size());
    assertInstanceOf(IllegalArgumentException.class, sink.problems.getFirst());
    assertTrue(decoder.hasPartialFrame());
  }

  @Test
  void otherMessages_passThrough() {
    var sink = new Sink();
    var channel = new EmbeddedChannel(new FrameDecoder(1));
    channel.writeInbound(sink);
    assertSame(sink, channel.readInbound());
    assertNull(channel.readInbound());
    channel.finish();
  }

  @Test
  void construct_negativeMaximum_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new FrameDecoder(-1));
  }

  /** Random frames, cut into random reads, paused and resumed at random: nothing is lost. */
  @Test
  void anyReadsAndPauses_seeded_deliverTheSameFrames() {
    for (long seed = 0; seed < 40; seed++) {
      var random = new Random(seed);
      var sink = new Sink();
      var decoder = new FrameDecoder(MAX_FRAME_BYTES);
      var channel = new EmbeddedChannel(decoder, sink);
      sink.onFrame =
          body -> {
            if (random.nextInt(3) == 0) {
              decoder.pause();
            }
            if (random.nextInt(10) == 0) {
              decoder.resume();
            }
          };
      var bodies = new byte[1 + random.nextInt(60)][];
      for (int i = 0; i < bodies.length; i++) {
        bodies[i] = bytes(random.nextInt(1 << random.nextInt(10)), i);
      }
      byte[] wire = wire(bodies);
      int longest = 1 << random.nextInt(14);
      for (int at = 0; at < wire.length; ) {
        int count = Math.min(1 + random.nextInt(longest), wire.length - at);
        channel.writeInbound(copy(wire, at, count));
        at += count;
        if (random.nextBoolean()) {
          decoder.resume();
        }
      }
      while (decoder.bufferedBytes() > 0) {
        decoder.resume();
      }
      assertEquals(bodies.length, sink.bodies.size(), "seed " + seed);
      for (int i = 0; i < bodies.length; i++) {
        assertArrayEquals(bodies[i], sink.bodies.get(i), "seed " + seed);
      }
      channel.finishAndReleaseAll();
    }
  }

  @Test
  void bodies_ofOneRead_areIndependentlyOwned() {
    var kept = new ArrayList<ByteBuf>();
    var channel =
        new EmbeddedChannel(
            new FrameDecoder(10),
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                kept.add((ByteBuf) message);
              }
            });
    channel.writeInbound(frames(bytes(4, 1), bytes(4, 2), bytes(4, 3)));
    assertNotSame(kept.get(0), kept.get(2));
    kept.get(2).release();
    kept.get(0).release();
    assertArrayEquals(bytes(4, 2), ByteBufUtil.getBytes(kept.get(1)));
    kept.get(1).release();
    channel.finish();
  }

  /** The same as along the pipeline, and nothing is anybody's to release. */
  @Test
  void deliverTo_anyReadsAndPauses_getsTheSameFrames() {
    for (long seed = 0; seed < 40; seed++) {
      var random = new Random(seed);
      var decoder = new FrameDecoder(MAX_FRAME_BYTES);
      var seen = new ArrayList<byte[]>();
      decoder.deliverTo(
          (ctx, bytes, index, length) -> {
            if (random.nextInt(3) == 0) {
              decoder.pause();
            }
            if (random.nextInt(10) == 0) {
              // A read within a delivery: what is kept may move to another buffer.
              ctx.pipeline().fireChannelRead(Unpooled.copiedBuffer(new byte[] {1, 42}));
            }
            byte[] body = ByteBufUtil.getBytes(bytes, index, length);
            if (!Arrays.equals(body, new byte[] {42})) {
              seen.add(body);
            }
          });
      var channel = new EmbeddedChannel(decoder);
      var bodies = new byte[1 + random.nextInt(60)][];
      for (int i = 0; i < bodies.length; i++) {
        bodies[i] = bytes(2 + random.nextInt(1 << random.nextInt(10)), i);
      }
      // Whole frames in each read, or what comes in between would be part of one.
      for (int at = 0; at < bodies.length; ) {
        int count = Math.min(1 + random.nextInt(10), bodies.length - at);
        channel.writeInbound(frames(Arrays.copyOfRange(bodies, at, at + count)));
        at += count;
        if (random.nextBoolean()) {
          decoder.resume();
        }
      }
      while (decoder.bufferedBytes() > 0) {
        decoder.resume();
      }
      assertEquals(bodies.length, seen.size(), "seed " + seed);
      for (int i = 0; i < bodies.length; i++) {
        assertArrayEquals(bodies[i], seen.get(i), "seed " + seed);
      }
      channel.finishAndReleaseAll();
    }
  }

  @Test
  void deliverTo_sinkEndsTheDecoding_bodyLivesUntilItReturns() {
    var decoder = new FrameDecoder(MAX_FRAME_BYTES);
    var after = new ArrayList<byte[]>();
    decoder.deliverTo(
        (ctx, bytes, index, length) -> {
          ctx.pipeline().remove(decoder);
          after.add(ByteBufUtil.getBytes(bytes, index, length));
        });
    var channel = new EmbeddedChannel(decoder);
    channel.writeInbound(frames(bytes(4, 1), bytes(4, 2)));
    assertEquals(1, after.size());
    assertArrayEquals(bytes(4, 1), after.get(0));
    assertEquals(0, decoder.bufferedBytes());
    channel.finishAndReleaseAll();
  }

  @Test
  void deliverTo_sinkThrows_pipelineHearsOfItAndNothingLeaks() {
    var decoder = new FrameDecoder(MAX_FRAME_BYTES);
    var thrown = new IllegalStateException("as the test wants it");
    decoder.deliverTo(
        (ctx, bytes, index, length) -> {
          throw thrown;
        });
    var channel = new EmbeddedChannel(decoder);
    assertSame(
        thrown,
        assertThrows(IllegalStateException.class, () -> channel.writeInbound(frames(bytes(4, 1)))));
    channel.finishAndReleaseAll();
  }

  @Test
  void deliverTo_sinkThrowsWithFramesBehindIt_theyComeAndNothingLeaks() {
    var decoder = new FrameDecoder(MAX_FRAME_BYTES);
    var lengths = new ArrayList<Integer>();
    decoder.deliverTo(
        (ctx, bytes, index, length) -> {
          lengths.add(length);
          if (length == 1) {
            throw new IllegalStateException("as the test wants it");
          }
        });
    var sink = new Sink();
    var channel = new EmbeddedChannel(decoder, sink);
    ByteBuf read = frames(bytes(1, 1), bytes(2, 2), bytes(3, 3)).writeByte(4);
    channel.writeInbound(read, Unpooled.wrappedBuffer(bytes(4, 4)));
    assertEquals(List.of(1, 2, 3, 4), lengths);
    assertEquals(1, sink.problems.size());
    assertEquals(0, read.refCnt());
    channel.finishAndReleaseAll();
  }

  private void assertBodies(byte[]... expected) {
    assertEquals(expected.length, sink.bodies.size());
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], sink.bodies.get(i));
    }
  }

  private static byte[] bytes(int length, int seed) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuf copy(byte[] wire, int from, int count) {
    return PooledByteBufAllocator.DEFAULT.buffer(Math.max(1, count)).writeBytes(wire, from, count);
  }

  private static byte[] wire(byte[]... bodies) {
    ByteBuf frames = frames(bodies);
    try {
      return ByteBufUtil.getBytes(frames);
    } finally {
      frames.release();
    }
  }

  private static ByteBuf frames(byte[]... bodies) {
    ByteBuf out = Unpooled.directBuffer();
    for (byte[] body : bodies) {
      Frames.writeVarint(out, body.length);
      out.writeBytes(body);
    }
    return out;
  }
}
