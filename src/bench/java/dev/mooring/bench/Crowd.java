package dev.mooring.bench;

import dev.mooring.proto.CallWriter;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.ServerMessage.MessageCase;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Many clients on one event loop, as small as clients can be: a channel each, with a handler of two
 * numbers. They open their sessions, and call each twice in a random order, a bounded number of
 * answers outstanding.
 *
 * <p>Made and asked by one thread; all else runs on the clients' event loop.
 */
final class Crowd {
  /** Sessions that may be opening, or calls that may be waiting for their answers, at a time. */
  private static final int OUTSTANDING = 256;

  private static final long[] NO_VALUES = {};
  private static final byte[] NO_TYPES = {};
  private static final int PROTOCOL_VERSION = 1;

  private final Bootstrap bootstrap;
  private final LocalAddress server;
  private final Client[] clients;
  private final RandomOrder order;
  private final byte[] openFrame;
  private final ResultReader reader = new ResultReader();
  private final ByteBuf payload = Unpooled.buffer(Payload.BYTES);
  private final AtomicLong done = new AtomicLong();
  private CompletableFuture<Void> finished = new CompletableFuture<>();
  private int next;

  Crowd(EventLoopGroup loop, LocalAddress server, RandomOrder order, String module) {
    this.server = server;
    this.order = order;
    this.clients = new Client[order.calls() / 2];
    this.bootstrap = new Bootstrap().group(loop).channel(LocalChannel.class);
    ByteBuf frame = Unpooled.buffer();
    Frames.write(
        frame,
        ClientMessage.newBuilder()
            .setOpen(Open.newBuilder().setProtocolVersion(PROTOCOL_VERSION).setModule(module))
            .build());
    openFrame = new byte[frame.readableBytes()];
    frame.readBytes(openFrame);
  }

  /** One whose clients, made by somebody else, say nothing when they are connected. */
  static Crowd silent(EventLoopGroup loop, LocalAddress server, RandomOrder order) {
    var crowd = new Crowd(loop, server, order, "");
    crowd.finished.complete(null);
    return crowd;
  }

  /** How far it is with what it does. Any thread. */
  long done() {
    return done.get();
  }

  /** Opens all sessions. */
  CompletableFuture<Void> open(EventLoopGroup loop) {
    return begin(loop, this::openNext);
  }

  /** Calls each session twice. */
  CompletableFuture<Void> call(EventLoopGroup loop) {
    return begin(loop, this::callNext);
  }

  private CompletableFuture<Void> begin(EventLoopGroup loop, Runnable step) {
    var result = new CompletableFuture<Void>();
    loop.next()
        .execute(
            () -> {
              finished = result;
              next = 0;
              done.set(0);
              for (int i = 0; i < OUTSTANDING; i++) {
                step.run();
              }
            });
    return result;
  }

  private void openNext() {
    if (next == clients.length) {
      return;
    }
    var client = new Client(this, next);
    clients[next++] = client;
    bootstrap
        .clone()
        .handler(client)
        .connect(server, addressOf(client.number))
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                fail("client " + client.number + " can't connect: " + connected.cause());
              }
            });
  }

  /** Netty names a local channel after its identity hash, and of so many some have the same. */
  static LocalAddress addressOf(int client) {
    return new LocalAddress("client-" + client);
  }

  private void callNext() {
    if (next == order.calls()) {
      return;
    }
    Client client = clients[order.session(next++)];
    Channel channel = client.channel();
    ByteBuf frame = channel.alloc().heapBuffer(128);
    if (client.sent++ == 0) {
      Payload.write(payload, client.number);
      CallWriter.writeCall(frame, 1, "echo", NO_VALUES, NO_TYPES, 0, payload, 0, "");
    } else {
      CallWriter.writeCall(frame, 2, "inc", NO_VALUES, NO_TYPES, 0, Unpooled.EMPTY_BUFFER, 0, "");
    }
    channel.writeAndFlush(frame, channel.voidPromise());
  }

  private void received(Client client, ByteBuf bytes) throws MessageException {
    while (bytes.isReadable()) {
      int length = readLength(bytes);
      if (length > bytes.readableBytes()) {
        throw wrong(client, "got a part of a frame, which the local transport never makes");
      }
      answer(client, bytes.readSlice(length));
    }
  }

  private static int readLength(ByteBuf bytes) {
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.readByte();
      length |= (next & 0x7F) << shift;
      if (next >= 0) {
        return length;
      }
    }
  }

  private void answer(Client client, ByteBuf body) throws MessageException {
    MessageCase kind = reader.read(body);
    if (kind == MessageCase.OPENED && client.sent == 0) {
      advance(clients.length, this::openNext);
      return;
    }
    if (kind != MessageCase.RESULT) {
      throw wrong(client, kind == MessageCase.EVENT ? "sent an event" : "sent " + reader.message());
    }
    if (reader.id() != ++client.answered) {
      throw wrong(client, "answered call " + reader.id() + " out of turn");
    }
    if (client.answered == 2) {
      if (reader.values()[0] != 2) {
        throw wrong(client, "counted " + reader.values()[0] + " calls instead of 2");
      }
    } else if (!Payload.is(body, reader.bytesIndex(), reader.bytesLength(), client.number)) {
      throw wrong(client, "answered what it was not sent");
    }
    advance(order.calls(), this::callNext);
  }

  private static Wrong wrong(Client client, String what) {
    return new Wrong("session " + client.number + " " + what);
  }

  private void advance(long all, Runnable step) {
    if (done.incrementAndGet() == all) {
      finished.complete(null);
    } else {
      step.run();
    }
  }

  private void fail(String why) {
    finished.completeExceptionally(new Wrong(why));
  }

  /** One client's end of its channel. */
  static final class Client extends ChannelInboundHandlerAdapter {
    private final Crowd crowd;
    private final int number;
    private byte sent;
    private byte answered;
    private @Nullable Channel channel;

    Client(Crowd crowd, int number) {
      this.crowd = crowd;
      this.number = number;
    }

    private Channel channel() {
      Channel own = channel;
      if (own == null) {
        throw new IllegalStateException("client " + number + " is not connected");
      }
      return own;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channel = context.channel();
      if (!crowd.finished.isDone()) {
        context.writeAndFlush(Unpooled.wrappedBuffer(crowd.openFrame), context.voidPromise());
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      ByteBuf bytes = (ByteBuf) message;
      try {
        crowd.received(this, bytes);
      } finally {
        bytes.release();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      crowd.fail("the server closed session " + number);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      crowd.fail(cause instanceof Wrong ? String.valueOf(cause.getMessage()) : cause.toString());
    }
  }
}
