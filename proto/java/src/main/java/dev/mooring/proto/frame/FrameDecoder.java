package dev.mooring.proto.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;

/**
 * Turns a connection's bytes into frames and passes each frame's body on: to a {@link FrameSink},
 * or along the pipeline as a {@link ByteBuf} that belongs to whoever receives it. Its readable
 * bytes are then the body; it may share memory with its neighbours, so it is for reading only.
 *
 * <p>A length is checked as soon as it is whole and before its body is kept. A frame that lies
 * within one read isn't copied. One that spans reads is gathered in a buffer that doubles with what
 * has come, so that nobody makes us allocate by announcing; up to four reads of equal size it is
 * copied once, and never more than twice on average.
 *
 * <p>{@link #pause()} holds frames back at once, even in the middle of a read and from within a
 * frame's delivery; what comes meanwhile is kept. The decoder doesn't touch autoread: whoever
 * pauses it also stops reading, or it keeps all that comes.
 *
 * <p>Bytes that can't be frames end the decoding: {@code exceptionCaught} gets one {@link
 * FrameException}, after the frames before it, and everything later is dropped. What else is fired:
 * {@link EndOfInput}, and {@code channelReadComplete} after each resumption that delivered a frame.
 *
 * <p>Closing the channel doesn't hold back what was read before: who closes on purpose also pauses.
 *
 * <p>One per channel; every method on its event loop.
 */
public final class FrameDecoder extends ChannelInboundHandlerAdapter {
  private static final int SMALLEST_BUFFER_BYTES = 64;

  /** A buffer that is smaller isn't worth replacing, however little of it is in use. */
  private static final int SPARSE_BUFFER_BYTES = 256;

  private final LengthPrefix prefix;
  private int maxFrameBytes;

  /** Where frames go; null for the pipeline. */
  private @Nullable FrameSink sink;

  /**
   * What has arrived and hasn't been delivered. Invariant: never empty, and, between two events
   * while neither paused nor ended, the beginning of one frame whose length is in bounds.
   */
  private @Nullable ByteBuf kept;

  /** Whether {@link #kept} is a buffer of our making, to which we may append. */
  private boolean keptIsOurs;

  /** What the frame that is being delivered lies in. It must live until that is done. */
  private @Nullable ByteBuf lent;

  private int lentIndex;
  private int lentLength;

  /** Whether {@link #lent} is nothing that we keep, and goes when the delivery is done. */
  private boolean lentIsDropped;

  private @Nullable ChannelHandlerContext context;
  private boolean paused;

  /** On the stack is a method that will deliver whatever is deliverable before it returns. */
  private boolean delivering;

  /** No byte is of interest any more: after an error, and after the channel. */
  private boolean ended;

  private boolean endedWithinFrame;
  private boolean inputShutDown;
  private long framesDelivered;

  /**
   * Of frames with a varint in front.
   *
   * @param maxFrameBytes the longest body that is accepted, in bytes; at least 0
   */
  public FrameDecoder(int maxFrameBytes) {
    this(VarintPrefix.INSTANCE, maxFrameBytes);
  }

  /**
   * @param prefix how lengths are written
   * @param maxFrameBytes the longest body that is accepted, in bytes; at least 0
   */
  public FrameDecoder(LengthPrefix prefix, int maxFrameBytes) {
    this.prefix = prefix;
    this.maxFrameBytes = requireMaximum(maxFrameBytes);
  }

  private static int requireMaximum(int maxFrameBytes) {
    if (maxFrameBytes < 0) {
      throw new IllegalArgumentException("maxFrameBytes is at least 0, not " + maxFrameBytes);
    }
    return maxFrameBytes;
  }

  /**
   * Accepts bodies of another length from the next frame on, also if that has come and is held
   * back.
   *
   * @param changed the longest body that is accepted, in bytes; at least what it was
   */
  public void raiseMaximum(int changed) {
    assert onEventLoop();
    assert changed >= maxFrameBytes : "from " + maxFrameBytes + " to " + changed;
    maxFrameBytes = requireMaximum(changed);
  }

  /** The longest body that is accepted now, in bytes. */
  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  /** Delivers to {@code sink}, and no more along the pipeline. Before the first frame. */
  public void deliverTo(FrameSink sink) {
    this.sink = sink;
  }

  /** From now on no frame is delivered, until {@link #resume()}. Pausing twice is pausing once. */
  public void pause() {
    assert onEventLoop();
    paused = true;
  }

  /**
   * Delivers what has been held back, in order, until it is used up or {@link #pause()} is called;
   * then goes on as before. Called from within a delivery it returns at once, and the delivery goes
   * on when its caller is done.
   */
  public void resume() {
    assert onEventLoop();
    paused = false;
    ChannelHandlerContext ctx = context;
    if (ctx == null || delivering) {
      return;
    }
    delivering = true;
    try {
      // Whoever pauses and resumes when a read is complete must not find itself on a stack as deep
      // as there are frames: hence the loop.
      while (deliverAll(ctx)) {
        ctx.fireChannelReadComplete();
      }
    } finally {
      delivering = false;
    }
    rest(ctx);
  }

  /** Whether frames are being held back. */
  public boolean isPaused() {
    return paused;
  }

  /**
   * Whether the frame that would be delivered next has begun to arrive and isn't whole. A frame
   * that is whole but held back doesn't count: that it waits isn't the peer's doing. After the
   * channel has gone inactive, whether that was within a frame.
   */
  public boolean hasPartialFrame() {
    return ended ? endedWithinFrame : missingBytes() > 0;
  }

  /** Bytes that have arrived and haven't been delivered. */
  public int bufferedBytes() {
    return kept == null ? 0 : kept.readableBytes();
  }

  /**
   * How many frames have been delivered. If it stands still while {@link #hasPartialFrame()}, it is
   * the same frame that is partial.
   */
  public long framesDelivered() {
    return framesDelivered;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** What wasn't delivered is dropped: whoever comes next in the pipeline wouldn't know it. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    end();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
    } else if (ended || !bytes.isReadable()) {
      bytes.release();
    } else if (paused || delivering) {
      keep(ctx, bytes);
    } else {
      read(ctx, bytes);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ctx.fireUserEventTriggered(event);
    if (event instanceof ChannelInputShutdownEvent) {
      inputShutDown = true;
      if (!delivering) {
        rest(ctx);
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
    ctx.fireChannelInactive();
  }

  /** Takes {@code bytes} and delivers the frames that are whole with them. */
  private void read(ChannelHandlerContext ctx, ByteBuf bytes) {
    delivering = true;
    try {
      if (kept == null) {
        kept = bytes;
        keptIsOurs = false;
      } else if (complete(ctx, bytes)) {
        deliver(ctx);
      }
      deliverAll(ctx);
    } finally {
      delivering = false;
    }
    rest(ctx);
  }

  /**
   * Copies from {@code bytes} what the kept beginning of a frame lacks, and no more: what follows
   * that frame need not be copied, and becomes what is kept.
   *
   * @return whether a frame is whole now, and taken
   */
  private boolean complete(ChannelHandlerContext ctx, ByteBuf bytes) {
    boolean released = true;
    try {
      long missing;
      while (bytes.isReadable() && (missing = missingBytes()) > 0) {
        append(ctx, bytes, (int) Math.min(missing, bytes.readableBytes()));
      }
      boolean whole = take();
      if (bytes.isReadable()) {
        // All that was kept went into the frame, or take() would have thrown.
        assert whole && kept == null;
        kept = bytes;
        keptIsOurs = false;
        released = false;
      }
      return whole;
    } catch (FrameException e) {
      fail(ctx, e);
      return false;
    } finally {
      if (released) {
        bytes.release();
      }
    }
  }

  /** Holds {@code bytes} back, behind what is held back already. */
  private void keep(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (kept == null) {
      kept = bytes;
      keptIsOurs = false;
    } else {
      try {
        append(ctx, bytes, bytes.readableBytes());
      } finally {
        bytes.release();
      }
    }
    if (!delivering) {
      rest(ctx);
    }
  }

  /** Delivers frames until there is none, or a pause, or an error; says whether it did any. */
  private boolean deliverAll(ChannelHandlerContext ctx) {
    long before = framesDelivered;
    try {
      while (!paused && take()) {
        deliver(ctx);
      }
    } catch (FrameException e) {
      fail(ctx, e);
    }
    return framesDelivered != before;
  }

  /** Delivers the frame that was taken. */
  private void deliver(ChannelHandlerContext ctx) {
    ByteBuf bytes = lent;
    if (bytes == null) {
      throw new IllegalStateException("no frame was taken");
    }
    framesDelivered++;
    try {
      if (sink != null) {
        deliver(ctx, sink, bytes);
      } else {
        ctx.fireChannelRead(lentBody(bytes));
      }
    } finally {
      lent = null;
      if (lentIsDropped) {
        bytes.release();
      }
    }
  }

  /**
   * What a sink throws is for the pipeline to hear, as of a handler; the next frame still comes.
   */
  private void deliver(ChannelHandlerContext ctx, FrameSink sink, ByteBuf bytes) {
    try {
      sink.frame(ctx, bytes, lentIndex, lentLength);
    } catch (Throwable e) {
      ctx.fireExceptionCaught(e);
    }
  }

  /** The frame that is lent, as a buffer to give away. */
  private ByteBuf lentBody(ByteBuf bytes) {
    if (lentLength == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    if (lentIsDropped) {
      // The last of its buffer, often the only one: no slice needed.
      lentIsDropped = false;
      return bytes.setIndex(lentIndex, lentIndex + lentLength);
    }
    return bytes.retainedSlice(lentIndex, lentLength);
  }

  /** Takes the body of the next frame out of what is kept, if it is whole. */
  private boolean take() throws FrameException {
    ByteBuf bytes = kept;
    if (bytes == null) {
      return false;
    }
    long head = prefix.peek(bytes);
    if (head == LengthPrefix.INCOMPLETE) {
      return false;
    }
    if (head < 0) {
      throw new FrameException(FrameException.Kind.MALFORMED_LENGTH, prefix.problem(bytes));
    }
    int length = (int) head;
    if (length > maxFrameBytes) {
      throw new FrameException(
          FrameException.Kind.FRAME_TOO_LARGE,
          "a frame of " + length + " bytes came; a frame here is at most " + maxFrameBytes);
    }
    int lengthBytes = (int) (head >>> Integer.SIZE);
    if (bytes.readableBytes() - lengthBytes < length) {
      return false;
    }
    lent = bytes;
    lentIndex = bytes.readerIndex() + lengthBytes;
    lentLength = length;
    bytes.skipBytes(lengthBytes + length);
    lentIsDropped = !bytes.isReadable();
    if (lentIsDropped) {
      kept = null;
    }
    return true;
  }

  /**
   * Lets go of a buffer that was kept, or will when the frame has been delivered that lies in it.
   */
  @SuppressWarnings("ReferenceEquality") // Which buffer, not what it holds.
  private void drop(ByteBuf bytes) {
    if (bytes == lent) {
      lentIsDropped = true;
    } else {
      bytes.release();
    }
  }

  /**
   * How many bytes must still come for the next frame, at least: 0 when it is whole or can't be
   * one.
   */
  private long missingBytes() {
    ByteBuf bytes = kept;
    if (bytes == null) {
      return 0;
    }
    long frameBytes = frameBytes(bytes);
    return frameBytes == 0 ? 1 : Math.max(0, frameBytes - bytes.readableBytes());
  }

  /**
   * The bytes of the frame at the head of {@code bytes}, its length included: 0 when that isn't
   * known yet, negative when it can't be a frame.
   */
  private long frameBytes(ByteBuf bytes) {
    long head = prefix.peek(bytes);
    if (head < 0) {
      return head == LengthPrefix.INCOMPLETE ? 0 : -1;
    }
    int length = (int) head;
    return length > maxFrameBytes ? -1 : (head >>> Integer.SIZE) + length;
  }

  private void append(ChannelHandlerContext ctx, ByteBuf source, int count) {
    ByteBuf bytes = kept;
    if (bytes == null || !keptIsOurs || bytes.writableBytes() < count) {
      bytes = move(ctx, count);
    }
    bytes.writeBytes(source, count);
  }

  /**
   * Moves what is kept into a buffer of ours with room for {@code more} bytes: for twice of what it
   * then holds, but no more than the frame needs. The announced length only ever lowers it.
   */
  private ByteBuf move(ChannelHandlerContext ctx, int more) {
    ByteBuf old = kept;
    if (old == null) {
      throw new IllegalStateException("nothing is kept");
    }
    int needed = Math.addExact(old.readableBytes(), more);
    long capacity = Math.clamp(2L * needed, SMALLEST_BUFFER_BYTES, Integer.MAX_VALUE);
    long frameBytes = frameBytes(old);
    if (frameBytes >= needed) {
      capacity = Math.min(capacity, frameBytes);
    }
    ByteBuf moved = ctx.alloc().buffer((int) capacity);
    moved.writeBytes(old);
    drop(old);
    kept = moved;
    keptIsOurs = true;
    return moved;
  }

  /** What is done whenever nothing more can be delivered for now. */
  private void rest(ChannelHandlerContext ctx) {
    ByteBuf bytes = kept;
    // A few bytes must not pin a large read buffer for as long as the peer cares to dawdle.
    if (bytes != null
        && bytes.capacity() > SPARSE_BUFFER_BYTES
        && bytes.capacity() / 4 > bytes.readableBytes()) {
      move(ctx, 0);
    }
    assert invariant();
    if (inputShutDown && !paused && !ended) {
      inputShutDown = false;
      ctx.fireUserEventTriggered(
          hasPartialFrame() ? EndOfInput.WITHIN_FRAME : EndOfInput.BETWEEN_FRAMES);
    }
  }

  private boolean invariant() {
    ByteBuf bytes = kept;
    return bytes == null || (bytes.isReadable() && !ended && (paused || missingBytes() > 0));
  }

  private void fail(ChannelHandlerContext ctx, FrameException problem) {
    end();
    ctx.fireExceptionCaught(problem);
  }

  private void end() {
    if (ended) {
      return;
    }
    endedWithinFrame = missingBytes() > 0;
    ended = true;
    ByteBuf bytes = kept;
    if (bytes != null) {
      kept = null;
      drop(bytes);
    }
  }

  private boolean onEventLoop() {
    return context == null || context.executor().inEventLoop();
  }
}
