package dev.mooring.transport.wire.grpc;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What comes on a stream, which is read only as far as somebody reads here. */
final class StreamBytes extends InputStream {
  private static final int READ_SECONDS = 20;
  private static final byte[] END = {};

  private final LinkedBlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private volatile @Nullable Http2Headers headers;
  private volatile @Nullable Http2Headers trailers;
  private volatile @Nullable Long resetWith;
  private @Nullable Channel stream;
  private byte[] piece = {};
  private int at;

  /** What receives it. */
  ChannelInboundHandlerAdapter receiver() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object frame) {
        if (frame instanceof Http2HeadersFrame head) {
          if (headers == null) {
            headers = head.headers();
          }
          if (head.isEndStream()) {
            trailers = head.headers();
            received.add(END);
          }
        } else if (frame instanceof Http2DataFrame data) {
          if (data.content().isReadable()) {
            received.add(ByteBufUtil.getBytes(data.content()));
          }
        }
        ReferenceCountUtil.release(frame);
        if (received.isEmpty()) {
          // It was asked for bytes, and this had none.
          ctx.read();
        }
      }

      @Override
      public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame reset) {
          resetWith = reset.errorCode();
        }
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        received.add(END);
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
      }
    };
  }

  void of(Channel stream) {
    this.stream = stream;
  }

  @Nullable Http2Headers headers() {
    return headers;
  }

  @Nullable Http2Headers trailers() {
    return trailers;
  }

  @Nullable Long resetWith() {
    return resetWith;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int start, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at == piece.length) {
      piece = next();
      at = 0;
    }
    if (piece.length == 0) {
      received.add(END);
      return -1;
    }
    int count = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, into, start, count);
    at += count;
    return count;
  }

  private byte[] next() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READ_SECONDS);
    try {
      while (System.nanoTime() < end) {
        if (received.isEmpty()) {
          requireNonNull(stream).read();
        }
        byte[] next = received.poll(100, TimeUnit.MILLISECONDS);
        if (next != null) {
          return next;
        }
      }
      throw new SocketTimeoutException("nothing came");
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
