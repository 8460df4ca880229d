package dev.mooring.transport.wire;

import dev.mooring.session.OutboundBuffer;
import dev.mooring.transport.loop.ByteTotal;
import dev.mooring.transport.loop.SpareBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Where messages for one client gather, and what is known of those that have been written to its
 * channel. What of them has not left is found out by what every kind of channel says of itself: not
 * every kind has a buffer of Netty's that could be asked.
 *
 * <p>Event loop only.
 */
final class ChannelOutbound implements OutboundBuffer {
  private static final int FIRST_BUFFER_BYTES = 256;

  /** What gathers may become more, and then its buffer grows. */
  private static final int MOST_EXPECTED_BYTES = 64 * 1024;

  /**
   * Much is written in pieces of this many bytes, so that it is seen how far a slow client has got
   * with it.
   */
  static final int PIECE_BYTES = 8 * 1024;

  private final Channel channel;
  private final SpareBuffer spare;
  private final int fullBytes;
  private final ByteTotal.Holding held;
  private @Nullable ByteBuf out;
  private long bytesOut;

  /** How much the next flush will have, if it is like the last. */
  private int expectedBytes = FIRST_BUFFER_BYTES;

  /**
   * Nothing has been said yet.
   *
   * @param fullBytes how much may gather until it should be sent
   * @param held the server's account of what waits here
   */
  ChannelOutbound(Channel channel, SpareBuffer spare, int fullBytes, ByteTotal.Holding held) {
    this.channel = channel;
    this.spare = spare;
    this.fullBytes = fullBytes;
    this.held = held;
  }

  /**
   * What messages gather in. While the last ones still wait to be written, a buffer no larger than
   * what it is for: the spare one would stay here, too, for each few bytes that are flushed.
   */
  @Override
  public ByteBuf buffer() {
    if (out == null) {
      boolean waits = held.bytes() > 0;
      out =
          waits || expectedBytes > SpareBuffer.BYTES
              ? channel.alloc().buffer(expectedBytes)
              : spare.take(expectedBytes);
    }
    return out;
  }

  @Override
  public void flush() {
    if (out != null) {
      expectedBytes = Math.clamp(out.readableBytes(), FIRST_BUFFER_BYTES, MOST_EXPECTED_BYTES);
      write(out, channel.voidPromise());
    }
  }

  /** Sends what has gathered, and says when it has left. */
  ChannelFuture flushAll() {
    return write(buffer(), channel.newPromise());
  }

  private ChannelFuture write(ByteBuf written, ChannelPromise left) {
    out = null;
    bytesOut += written.readableBytes();
    if (written.readableBytes() > PIECE_BYTES) {
      writePieces(written, left);
    } else {
      channel.writeAndFlush(written, left);
    }
    spare.giveBack(written);
    measure();
    return left;
  }

  private void writePieces(ByteBuf written, ChannelPromise left) {
    while (written.readableBytes() > PIECE_BYTES) {
      channel.write(written.readRetainedSlice(PIECE_BYTES), channel.voidPromise());
    }
    channel.writeAndFlush(written, left);
  }

  /** Brings up to date what the server's total says of what waits to be written here. */
  void measure() {
    held.set(unsentBytes());
  }

  /**
   * What was written and the operating system hasn't taken for the client, in bytes. A channel says
   * how far it is from either of its water marks, depending on which one it will pass next.
   */
  long unsentBytes() {
    long room = channel.bytesBeforeUnwritable();
    if (room > 0) {
      return channel.config().getWriteBufferHighWaterMark() + 1L - room;
    }
    long excess = channel.bytesBeforeWritable();
    boolean isOpen = excess > 0 && excess < Long.MAX_VALUE;
    return isOpen ? channel.config().getWriteBufferLowWaterMark() - 1L + excess : 0;
  }

  /** What waits to be written, as last measured, and what gathers for the next flush. */
  long heldBytes() {
    return held.bytes() + gatheredBytes();
  }

  private int gatheredBytes() {
    return out == null ? 0 : out.readableBytes();
  }

  @Override
  public boolean isFull() {
    return gatheredBytes() >= fullBytes;
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable() && !isFull();
  }

  /** Bytes of the messages that were written. */
  long bytesOut() {
    return bytesOut;
  }

  /** Gives up what was not flushed. */
  void release() {
    if (out != null) {
      ByteBuf unsent = out;
      out = null;
      unsent.release();
      spare.giveBack(unsent);
    }
  }
}
