package dev.mooring.transport.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A connection within the process, which carries buffers and no bytes. */
public final class LocalLine implements Line {
  private static final int READ_SECONDS = 20;
  private static final byte[] END = {};

  private static final EventLoopGroup CLIENTS =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory(LocalLine.class, true), LocalIoHandler.newFactory());

  private final LinkedBlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private final Channel channel;
  private final InputStream in = new Received();

  /** Connects. */
  public LocalLine(SocketAddress server) {
    channel =
        new Bootstrap()
            .group(CLIENTS)
            .channel(LocalChannel.class)
            .handler(
                new SimpleChannelInboundHandler<ByteBuf>() {
                  @Override
                  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
                    received.add(ByteBufUtil.getBytes(bytes));
                  }

                  @Override
                  public void channelInactive(ChannelHandlerContext ctx) {
                    received.add(END);
                  }
                })
            .connect(server)
            .syncUninterruptibly()
            .channel();
  }

  private final class Received extends InputStream {
    private byte[] piece = {};
    private int at;

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int start, int length) throws IOException {
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
      try {
        byte[] next = received.poll(READ_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
          throw new SocketTimeoutException("nothing came");
        }
        return next;
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public void write(byte[] bytes) {
    channel.writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }

  @Override
  public void halfClose() {
    throw new UnsupportedOperationException("both sides end together");
  }

  @Override
  public void reset() {
    close();
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
  }
}
