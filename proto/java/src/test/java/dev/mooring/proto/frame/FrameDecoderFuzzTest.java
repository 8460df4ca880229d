package dev.mooring.proto.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.proto.Frames;
import dev.mooring.proto.GoldenFrame;
import dev.mooring.proto.GoldenFrame.Direction;
import dev.mooring.proto.GoldenFrames;
import dev.mooring.proto.frame.FrameException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Any bytes, in any reads, paused and resumed at any time, are the frames that a reader finds who
 * has all of them at once; and nothing is kept that needn't be.
 *
 * <p>An input is a byte that says how long a frame may be (an index), how frames are delivered and
 * whether who gets them throws; a byte that says how many steps there are; the steps, a byte each,
 * which are used again and again; and the bytes.
 */
public final class FrameDecoderFuzzTest extends FuzzContract {
  private static final int[] MAX_FRAME_BYTES = {0, 1, 127, 128, 300, 4_096, 16_384, 1 << 20};

  /** A buffer of ours that is smaller isn't replaced, whatever is in it. */
  private static final int SPARSE_BUFFER_BYTES = 256;

  private static final int ALONG_PIPELINE = 8;
  private static final int THROWING = 16;

  /** A frame that begins so is one that its receiver throws at, if it throws. */
  private static final byte THROWN_AT = 0x12;

  /** What is done with a step's bytes; the lower half of a step says how many there are. */
  private static final int PAUSE_BEFORE = 0x10;

  private static final int RESUME_AFTER = 0x20;
  private static final int PAUSE_WITHIN = 0x40;
  private static final int RESUME_WITHIN = 0x80;

  @Override
  protected List<byte[]> seeds() {
    var seeds = new ArrayList<byte[]>();
    for (GoldenFrame frame : GoldenFrames.all()) {
      seeds.add(input(7, new int[] {0x0F}, frame.bytes()));
    }
    byte[] all =
        GoldenFrames.good(Direction.CLIENT).stream()
            .map(GoldenFrame::bytes)
            .reduce(new byte[0], FrameDecoderFuzzTest::join);
    for (int max = 0; max < MAX_FRAME_BYTES.length; max++) {
      seeds.add(input(max, new int[] {0x3F, 0x01, 0x45, 0xE3}, all));
      seeds.add(input(ALONG_PIPELINE + max, new int[] {0x1C, 0x20, 0x60}, all));
      seeds.add(input(THROWING + max, new int[] {0x0F, 0x2F}, all));
    }
    for (String lengths : List.of("808080808001", "8000", "ffffffff0f", "ffffff7f00", "850005")) {
      seeds.add(input(6, new int[] {0x21}, HexFormat.of().parseHex(lengths)));
    }
    return seeds;
  }

  private static byte[] input(int kind, int[] steps, byte[] wire) {
    byte[] head = new byte[2 + steps.length];
    head[0] = (byte) kind;
    head[1] = (byte) steps.length;
    for (int i = 0; i < steps.length; i++) {
      head[2 + i] = (byte) steps[i];
    }
    return join(head, wire);
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  @Override
  protected void execute(byte[] input) {
    fuzzerTestOneInput(input);
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 3) {
      return;
    }
    int steps = Math.clamp(input[1] & 0x0F, 1, input.length - 2);
    byte[] wire = Arrays.copyOfRange(input, 2 + steps, input.length);
    new Trial(
            MAX_FRAME_BYTES[input[0] & 7],
            (input[0] & ALONG_PIPELINE) != 0,
            (input[0] & THROWING) != 0,
            Arrays.copyOfRange(input, 2, 2 + steps))
        .run(wire);
  }

  /** What the decoder should say of {@code wire}, from all of it at once. */
  private static final class Reading {
    final List<byte[]> bodies = new ArrayList<>();
    @Nullable Kind problem;
    int position;

    Reading(byte[] wire, int maxFrameBytes) {
      while (position < wire.length && problem == null) {
        int start = position;
        long length = 0;
        int size = 0;
        boolean whole = false;
        while (!whole && size < 5 && start + size < wire.length) {
          int next = wire[start + size];
          length |= (long) (next & 0x7F) << (7 * size);
          size++;
          whole = next >= 0;
        }
        boolean padded = whole && size > 1 && wire[start + size - 1] == 0;
        if (padded || (!whole && size == 5) || (whole && length > Integer.MAX_VALUE)) {
          problem = Kind.MALFORMED_LENGTH;
        } else if (whole && length > maxFrameBytes) {
          problem = Kind.FRAME_TOO_LARGE;
        } else if (!whole || wire.length - start - size < length) {
          return;
        } else {
          position = start + size + (int) length;
          bodies.add(Arrays.copyOfRange(wire, start + size, position));
        }
      }
    }
  }

  /** What a receiver throws. */
  private static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1;

    Thrown() {
      super("as the test wants it", null, false, false);
    }
  }

  /** One decoder, one input. */
  private static final class Trial {
    private final UnpooledByteBufAllocator allocator =
        new UnpooledByteBufAllocator(false, true, false);
    private final int maxFrameBytes;
    private final boolean throwing;
    private final byte[] steps;
    private final FrameDecoder decoder;
    private final EmbeddedChannel channel;
    private final List<byte[]> bodies = new ArrayList<>();
    private final List<Throwable> problems = new ArrayList<>();
    private final List<Object> ends = new ArrayList<>();
    private int toThrow;
    private int thrown;
    private long deliveredBytes;
    private int step;

    Trial(int maxFrameBytes, boolean alongPipeline, boolean throwing, byte[] steps) {
      this.maxFrameBytes = maxFrameBytes;
      this.throwing = throwing;
      this.steps = steps;
      decoder = new FrameDecoder(maxFrameBytes);
      if (!alongPipeline) {
        decoder.deliverTo(
            (ctx, bytes, index, length) -> deliver(ByteBufUtil.getBytes(bytes, index, length)));
      }
      channel =
          new EmbeddedChannel(
              decoder,
              new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                  var body = (ByteBuf) message;
                  byte[] bytes = ByteBufUtil.getBytes(body);
                  body.release();
                  deliver(bytes);
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                  if (event instanceof EndOfInput) {
                    ends.add(event);
                  }
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
                  if (problem instanceof Thrown) {
                    thrown++;
                  } else {
                    problems.add(problem);
                  }
                }
              });
      channel.config().setAllocator(allocator);
    }

    private void deliver(byte[] body) {
      assertTrue(!decoder.isPaused(), "a frame was delivered during a pause");
      assertTrue(problems.isEmpty(), "a frame was delivered after an error");
      bodies.add(body);
      deliveredBytes += Frames.varintSize(body.length) + body.length;
      if ((steps[step] & PAUSE_WITHIN) != 0) {
        decoder.pause();
      }
      if ((steps[step] & RESUME_WITHIN) != 0) {
        decoder.resume();
      }
      if (throwing && body.length > 0 && body[0] == THROWN_AT) {
        toThrow++;
        throw new Thrown();
      }
    }

    void run(byte[] wire) {
      var expected = new Reading(wire, maxFrameBytes);
      for (int at = 0; at < wire.length; step = (step + 1) % steps.length) {
        if ((steps[step] & PAUSE_BEFORE) != 0) {
          decoder.pause();
        }
        int count = Math.min(size(steps[step]), wire.length - at);
        channel.writeInbound(allocator.buffer(count).writeBytes(wire, at, count));
        at += count;
        checkKept(at);
        if ((steps[step] & RESUME_AFTER) != 0) {
          decoder.resume();
          checkKept(at);
        }
      }
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      // Each resumption delivers a frame, or there is nothing to deliver.
      for (int i = 0; i <= wire.length && (decoder.isPaused() || i == 0); i++) {
        decoder.resume();
      }
      checkEnd(wire, expected);
      channel.finishAndReleaseAll();
      assertEquals(0, heldBytes(), "bytes of buffers that nobody released");
    }

    /** From 1 byte to some thousands. */
    private static int size(byte step) {
      int size = step & 0x0F;
      return size < 8 ? size + 1 : 1 << (size - 3);
    }

    private void checkKept(int received) {
      if (!problems.isEmpty()) {
        assertEquals(0, decoder.bufferedBytes(), "bytes kept after an error");
      } else {
        assertEquals(received - deliveredBytes, decoder.bufferedBytes(), "bytes kept");
      }
      long most = Math.max(SPARSE_BUFFER_BYTES, 4L * decoder.bufferedBytes() + 3);
      assertTrue(heldBytes() <= most, () -> heldBytes() + " bytes held, at most " + most);
    }

    private void checkEnd(byte[] wire, Reading expected) {
      assertEquals(expected.bodies.size(), bodies.size(), "frames");
      for (int i = 0; i < bodies.size(); i++) {
        assertArrayEquals(expected.bodies.get(i), bodies.get(i), "frame " + i);
      }
      assertEquals(bodies.size(), decoder.framesDelivered());
      assertEquals(toThrow, thrown, "exceptions that the pipeline heard of");
      boolean partial = expected.problem == null && expected.position < wire.length;
      assertEquals(partial, decoder.hasPartialFrame(), "a frame is partial");
      if (expected.problem == null) {
        assertEquals(List.of(), problems);
        assertEquals(List.of(partial ? EndOfInput.WITHIN_FRAME : EndOfInput.BETWEEN_FRAMES), ends);
      } else {
        assertEquals(1, problems.size(), "errors");
        var problem = (FrameException) problems.getFirst();
        assertEquals(expected.problem, problem.kind());
        assertNull(channel.readInbound());
      }
    }

    private long heldBytes() {
      return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
    }
  }
}
