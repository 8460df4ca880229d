package dev.mooring.transport.wire.websocket;

import dev.mooring.session.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's decoder of frames, which gets each only when it is whole: until then its bytes wait here,
 * and its length was looked at before any of its payload was kept. {@link #pause()} holds frames
 * back at once, even in the middle of a read and from within a frame's delivery.
 *
 * <p>It leaves autoread alone: whoever pauses it also stops reading, or it keeps all that comes.
 * After a frame that can't be one, and after a close, all that comes is dropped.
 *
 * <p>One per channel; every method on its event loop.
 */
final class FrameReader extends WebSocket13FrameDecoder {
  /** What frames are delivered to. */
  interface Frames {
    /** How long the payload of the next data frame may be, in bytes. */
    int roomBytes();

    /** What is said of a data frame that is longer. */
    FrameProblem tooLarge(long bytes);

    /** A frame, which is lent. */
    void frame(ChannelHandlerContext ctx, WebSocketFrame frame);

    /** The client sends nothing more, and all that it sent was delivered. */
    void ended(ChannelHandlerContext ctx);

    /** All that was read is delivered, or held back. */
    void rest();

    /** There are no more. */
    void gone();
  }

  private static final int FINAL = 0x80;
  private static final int RESERVED = 0x70;
  private static final int OPCODE = 0x0F;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int FIRST_CONTROL = 8;
  private static final int PONG = 10;
  private static final int MASKED = 0x80;
  private static final int LENGTH = 0x7F;
  private static final int TWO_BYTES = 126;
  private static final int EIGHT_BYTES = 127;
  private static final int MASK_BYTES = 4;

  /** More than there is: the frame's length isn't known yet. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  /** Netty's decoder has a word for what is wrong with it. */
  private static final long WRONG = 0;

  /** A buffer that is smaller isn't worth replacing, however little of it is in use. */
  private static final int SPARSE_BUFFER_BYTES = 256;

  private final Frames frames;
  private @Nullable ChannelHandlerContext context;
  private boolean paused;
  private boolean delivering;

  /** No byte is of interest any more. */
  private boolean ended;

  private boolean inputShutDown;
  private long delivered;

  /**
   * @param mostBytes the longest payload that is ever accepted
   */
  FrameReader(Frames frames, int mostBytes) {
    super(
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(mostBytes)
            .expectMaskedFrames(true)
            .allowMaskMismatch(false)
            .allowExtensions(false)
            .closeOnProtocolViolation(false)
            .withUTF8Validator(false)
            .build());
    this.frames = frames;
  }

  /** From now on no frame is delivered, until {@link #resume()}. */
  void pause() {
    paused = true;
  }

  /** Delivers what has been held back, until it is used up or {@link #pause()} is called. */
  void resume() {
    paused = false;
    ChannelHandlerContext ctx = context;
    if (ctx == null || delivering) {
      return;
    }
    long before = -1;
    while (!paused && before != delivered && !ctx.isRemoved()) {
      before = delivered;
      read(ctx, Unpooled.EMPTY_BUFFER);
      if (before != delivered) {
        ctx.fireChannelReadComplete();
      }
    }
    rest(ctx);
  }

  /** Bytes that have arrived and are in no frame that was delivered. */
  int bufferedBytes() {
    return actualReadableBytes();
  }

  /** Whether the next frame has begun to arrive and isn't whole. */
  boolean hasPartialFrame() {
    int readable = actualReadableBytes();
    return readable > 0 && frameBytes(internalBuffer()) > readable;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      read(ctx, bytes);
      rest(ctx);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  /** From within a delivery, Netty's decoder keeps it until that is done. */
  private void read(ChannelHandlerContext ctx, ByteBuf bytes) {
    boolean isOutermost = !delivering;
    delivering = true;
    try {
      super.channelRead(ctx, bytes);
    } catch (Exception e) {
      ended = true;
      forget(ctx);
      ctx.fireExceptionCaught(e);
    } finally {
      if (isOutermost) {
        delivering = false;
      }
    }
  }

  /** What came behind a frame that can't be one is nothing. */
  private void forget(ChannelHandlerContext ctx) {
    internalBuffer().skipBytes(actualReadableBytes());
    read(ctx, Unpooled.EMPTY_BUFFER);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (ended) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (paused) {
      return;
    }
    long frameBytes = checkedFrameBytes(in);
    if (frameBytes > in.readableBytes()) {
      return;
    }
    super.decode(ctx, in, out);
    if (out.isEmpty()) {
      throw new FrameProblem(ErrorCode.MALFORMED_FRAME, "no frame of WebSocket came");
    }
    deliver(ctx, (WebSocketFrame) out.removeLast());
  }

  /**
   * What is thrown over a message that was read is for the pipeline to hear, as of a handler; what
   * is wrong with the frames ends the decoding.
   */
  private void deliver(ChannelHandlerContext ctx, WebSocketFrame frame) {
    delivered++;
    try {
      frames.frame(ctx, frame);
    } catch (FrameProblem e) {
      throw e;
    } catch (Throwable e) {
      ctx.fireExceptionCaught(e);
    } finally {
      frame.release();
    }
  }

  /** No frame that comes later is of interest: the client has closed. */
  void end() {
    ended = true;
  }

  private long checkedFrameBytes(ByteBuf in) {
    long frameBytes = frameBytes(in);
    if (frameBytes == WRONG || in.readableBytes() < Short.BYTES) {
      return frameBytes;
    }
    int opcode = in.getByte(in.readerIndex()) & OPCODE;
    if (opcode == TEXT) {
      throw new FrameProblem(
          ErrorCode.MALFORMED_MESSAGE,
          "a text message came; a message here is binary, a mooring.v1.ClientMessage");
    }
    if (opcode < FIRST_CONTROL && frameBytes != UNKNOWN) {
      long payloadBytes = frameBytes - headBytes(in);
      if (payloadBytes > frames.roomBytes()) {
        throw frames.tooLarge(payloadBytes);
      }
    }
    return frameBytes;
  }

  /** How long the frame at the reader index is, its head included. */
  private static long frameBytes(ByteBuf in) {
    int from = in.readerIndex();
    int readable = in.readableBytes();
    if (readable < Short.BYTES) {
      return UNKNOWN;
    }
    int length = in.getByte(from + 1) & LENGTH;
    if (isWrong(in.getByte(from), in.getByte(from + 1), length)) {
      return WRONG;
    }
    if (readable < headBytes(in) - MASK_BYTES) {
      return UNKNOWN;
    }
    long payloadBytes = length;
    if (length == TWO_BYTES) {
      payloadBytes = in.getUnsignedShort(from + 2);
    } else if (length == EIGHT_BYTES) {
      payloadBytes = in.getLong(from + 2);
    }
    boolean isCanonical =
        length < TWO_BYTES || payloadBytes >= (length == TWO_BYTES ? TWO_BYTES : 0x1_0000);
    // Of a length that near the greatest there is, what is around it doesn't matter.
    return isCanonical ? Math.min(payloadBytes, UNKNOWN - 100) + headBytes(in) : WRONG;
  }

  /** The bytes before the payload, with the mask. */
  private static int headBytes(ByteBuf in) {
    int length = in.getByte(in.readerIndex() + 1) & LENGTH;
    int lengthBytes = length == EIGHT_BYTES ? 8 : length == TWO_BYTES ? 2 : 0;
    return Short.BYTES + lengthBytes + MASK_BYTES;
  }

  private static boolean isWrong(int first, int second, int length) {
    int opcode = first & OPCODE;
    boolean isControl = opcode >= FIRST_CONTROL;
    return (first & RESERVED) != 0
        || (second & MASKED) == 0
        || opcode > PONG
        || (!isControl && opcode > BINARY)
        || (isControl && ((first & FINAL) == 0 || length > ServerFrames.MOST_CONTROL_BYTES));
  }

  /** What is done whenever nothing more can be delivered for now. */
  private void rest(ChannelHandlerContext ctx) {
    if (delivering || ctx.isRemoved()) {
      return;
    }
    shrink(ctx);
    if (inputShutDown && !paused && !ended) {
      inputShutDown = false;
      frames.ended(ctx);
    }
  }

  /** A few bytes must not pin a large read buffer for as long as the client cares to dawdle. */
  private void shrink(ChannelHandlerContext ctx) {
    int left = actualReadableBytes();
    if (left > 0) {
      ByteBuf bytes = internalBuffer();
      if (bytes.capacity() > SPARSE_BUFFER_BYTES && bytes.capacity() / 4 > left) {
        // What is empty is replaced by what comes next.
        read(ctx, ctx.alloc().buffer(left).writeBytes(bytes));
      }
    }
  }

  /** Netty's own would read on here though nobody wants it to. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    discardSomeReadBytes();
    frames.rest();
    ctx.fireChannelReadComplete();
  }

  /** Netty's own would deliver what is held back. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ctx.fireUserEventTriggered(event);
    if (event instanceof ChannelInputShutdownEvent) {
      inputShutDown = true;
      rest(ctx);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    ended = true;
    frames.gone();
    super.channelInactive(ctx);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    ended = true;
    frames.gone();
  }
}
