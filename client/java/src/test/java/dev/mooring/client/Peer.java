package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.mooring.proto.Frames;
import dev.mooring.proto.Messages;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Pong;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of one connection. What the client sends waits here until a test asks for it, or
 * goes to an answering function on the event loop.
 */
final class Peer extends ChannelInboundHandlerAdapter {
  static final int PATIENCE_SECONDS = 20;

  /** Of every kept session. */
  static final ByteString TOKEN = ByteString.copyFromUtf8("0123456789abcdef".repeat(2));

  private final Channel channel;
  private final Consumer<Peer> script;
  private final BlockingQueue<ClientMessage> received = new LinkedBlockingQueue<>();
  private final CountDownLatch inactive = new CountDownLatch(1);
  private volatile @Nullable Consumer<ClientMessage> answering;

  Peer(Channel channel, Consumer<Peer> script) {
    this.channel = channel;
    this.script = script;
  }

  /** From now on, messages go to the function, on the event loop. */
  void answering(Consumer<ClientMessage> answering) {
    this.answering = answering;
  }

  /** Messages stay unread from now on, or are read again. */
  void reading(boolean reading) {
    channel.config().setAutoRead(reading);
  }

  ClientMessage next() throws InterruptedException {
    ClientMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("the client sent nothing");
    }
    return message;
  }

  ClientMessage next(ClientMessage.MessageCase kind) throws InterruptedException {
    ClientMessage message = next();
    assertEquals(kind, message.getMessageCase(), message::toString);
    return message;
  }

  Call nextCall() throws InterruptedException {
    return next(ClientMessage.MessageCase.CALL).getCall();
  }

  /** Nothing has come that wasn't asked for. */
  void expectNothing() {
    assertEquals(0, received.size(), received::toString);
  }

  /** Takes the client's {@code Open} and grants it: functions {@code add} and {@code echo}. */
  Peer open() throws InterruptedException {
    next(ClientMessage.MessageCase.OPEN);
    send(opened());
    return this;
  }

  /**
   * A script that is a server: opens, echoes input as output and arguments as values, answers
   * pings, and says goodbye. It never opens the module {@code never}.
   */
  void reply() {
    answering(
        message -> {
          switch (message.getMessageCase()) {
            case OPEN -> {
              if (!message.getOpen().getModule().equals("never")) {
                write(opened());
              }
            }
            case CALL -> {
              Call call = message.getCall();
              write(
                  ServerMessage.newBuilder()
                      .setResult(
                          Result.newBuilder()
                              .setId(call.getId())
                              .addAllValues(call.getArgumentsList())
                              .setOutput(call.getInput()))
                      .build());
            }
            case PING -> write(pong(message.getPing().getToken()));
            case CLOSE -> write(closed(dev.mooring.proto.v1.CloseReason.CLIENT_CLOSED));
            default -> throw new AssertionError("not in this script: " + message);
          }
        });
  }

  /** Takes the client's {@code Open} and grants it a new session that is kept. */
  Peer openKept() throws InterruptedException {
    next(ClientMessage.MessageCase.OPEN);
    send(opened(kept()));
    return this;
  }

  /** Goes on with the session after a call; what the client asked with. */
  Resume resume(long committedId, ServerMessage... again) throws InterruptedException {
    Resume asked = next(ClientMessage.MessageCase.OPEN).getOpen().getResume();
    var messages = new ArrayList<ServerMessage>();
    messages.add(opened(kept().setResumed(true).setCommittedId(committedId)));
    messages.addAll(List.of(again));
    send(messages.toArray(ServerMessage[]::new));
    return asked;
  }

  void awaitInactive() throws InterruptedException {
    if (!inactive.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the client didn't close the connection");
    }
  }

  /** Sends them at once, in one piece. */
  void send(ServerMessage... messages) {
    ByteBuf out = channel.alloc().buffer();
    for (ServerMessage message : messages) {
      Frames.write(out, message);
    }
    var _ = channel.writeAndFlush(out);
  }

  /** Sends it with what else answers the same read. */
  private void write(ServerMessage message) {
    var _ = channel.write(Frames.encode(channel.alloc(), message));
  }

  void sendBytes(byte... bytes) {
    var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }

  /** Ends the connection without a word. */
  void cut() {
    channel.close().syncUninterruptibly();
  }

  static ServerMessage opened() {
    return opened(grant());
  }

  static ServerMessage opened(Kept.Builder kept) {
    return opened(grant().setKept(kept));
  }

  static Kept.Builder kept() {
    return Kept.newBuilder()
        .setToken(TOKEN)
        .setTtlMs(300_000)
        .setUnacknowledgedMessages(1_024)
        .setUnacknowledgedBytes(1 << 20);
  }

  private static Opened.Builder grant() {
    return Opened.newBuilder()
        .setSessionId("s-1")
        .setModuleDigest("sha256:" + "0".repeat(64))
        .setServer("fake/1")
        .addExports(
            Export.newBuilder()
                .setName("add")
                .addParameters(ValueType.I64)
                .addResults(ValueType.I64))
        .addExports(Export.newBuilder().setName("echo"))
        .setLimits(
            Limits.newBuilder()
                .setMemoryBytes(1 << 20)
                .setCallTimeoutMs(1_000)
                .setOutputBytes(-1)
                .setFrameBytes(64 << 20));
  }

  static ServerMessage opened(Opened.Builder opened) {
    return ServerMessage.newBuilder().setOpened(opened).build();
  }

  static ServerMessage result(long id, Value... values) {
    var result = Result.newBuilder().setId(id);
    for (Value value : values) {
      result.addValues(value);
    }
    return ServerMessage.newBuilder().setResult(result).build();
  }

  static ServerMessage output(long id, ByteString output) {
    return ServerMessage.newBuilder()
        .setResult(Result.newBuilder().setId(id).setOutput(output))
        .build();
  }

  static ServerMessage error(long id, ErrorCode code, String message) {
    return error(Error.newBuilder().setId(id).setCode(code).setMessage(message));
  }

  static ServerMessage error(Error.Builder error) {
    return ServerMessage.newBuilder().setError(error).build();
  }

  static ServerMessage event(String payload) {
    return ServerMessage.newBuilder()
        .setEvent(Event.newBuilder().setPayload(ByteString.copyFromUtf8(payload)))
        .build();
  }

  /** The message as the kept session's so manieth. */
  static ServerMessage sequenced(long sequence, ServerMessage message) {
    var numbered = message.toBuilder();
    switch (message.getMessageCase()) {
      case RESULT -> numbered.getResultBuilder().setSequence(sequence);
      case ERROR -> numbered.getErrorBuilder().setSequence(sequence);
      case EVENT -> numbered.getEventBuilder().setSequence(sequence);
      default -> throw new AssertionError("has no sequence: " + message);
    }
    return numbered.build();
  }

  static ServerMessage pong(long token) {
    return ServerMessage.newBuilder().setPong(Pong.newBuilder().setToken(token)).build();
  }

  static ServerMessage goAway(long lastId) {
    return ServerMessage.newBuilder()
        .setGoAway(
            GoAway.newBuilder()
                .setReason(GoAwayReason.SERVER_SHUTDOWN)
                .setLastId(lastId)
                .setMessage("restarting"))
        .build();
  }

  static ServerMessage closed(dev.mooring.proto.v1.CloseReason reason) {
    return ServerMessage.newBuilder().setClosed(Closed.newBuilder().setReason(reason)).build();
  }

  static Value i64(long value) {
    return Value.newBuilder().setI64(value).build();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    script.accept(this);
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object body) throws Exception {
    var bytes = (ByteBuf) body;
    try {
      ClientMessage message = Messages.parseClient(bytes);
      Consumer<ClientMessage> answering = this.answering;
      if (answering == null) {
        received.add(message);
      } else {
        answering.accept(message);
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    inactive.countDown();
    ctx.fireChannelInactive();
  }
}
