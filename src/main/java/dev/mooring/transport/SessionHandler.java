package dev.mooring.transport;

import dev.mooring.proto.CallReader;
import dev.mooring.proto.EndOfInput;
import dev.mooring.proto.FrameDecoder;
import dev.mooring.proto.FrameException;
import dev.mooring.proto.FrameSink;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.v1.Call.FunctionCase;
import dev.mooring.proto.v1.Open;
import dev.mooring.session.CallRequest;
import dev.mooring.session.Ending;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.PauseReason;
import dev.mooring.session.Problem;
import dev.mooring.session.Session;
import dev.mooring.text.ErrorText;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a connection's messages and hands them to its session. Frames come straight from the
 * decoder, all else along the pipeline.
 *
 * <p>Event loop only.
 */
final class SessionHandler extends ChannelInboundHandlerAdapter implements FrameSink {
  private static final Logger LOG = LoggerFactory.getLogger(SessionHandler.class);

  private final LoopContext loop;
  private final ChannelPeer peer;
  private final FrameDecoder decoder;
  private final TransportConfig config;
  private final Allowance pings;
  private final Allowance cancels;
  private @Nullable Session session;
  private @Nullable Patience patience;

  SessionHandler(LoopContext loop, ChannelPeer peer, FrameDecoder decoder, TransportConfig config) {
    this.loop = loop;
    this.peer = peer;
    this.decoder = decoder;
    this.config = config;
    long now = System.nanoTime();
    this.pings = new Allowance(config.door().limits().pingsPerSecond(), now);
    this.cancels = new Allowance(config.door().limits().cancelsPerSecond(), now);
    decoder.deliverTo(this);
  }

  /** The connection's session, once it is there. */
  @Nullable Session session() {
    return session;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    Refusal refusal = peer.visitor().refusal();
    if (refusal == null) {
      session = loop.sessions().connect(peer);
      peer.serves(session);
    }
    patience = new Patience(peer, decoder, session, config, loop.upkeep().nanoTime());
    loop.upkeep().add(patience);
    if (refusal != null) {
      loop.sessions().refused(refusal.problem().code());
      peer.pause(PauseReason.DRAINING);
      peer.end(new Ending.Failed(refusal.problem()));
    }
    ctx.fireChannelActive();
  }

  @Override
  public void frame(ChannelHandlerContext ctx, ByteBuf bytes, int index, int length) {
    if (session != null && !peer.hasEnded()) {
      read(session, bytes, index, length);
    }
  }

  /** What still comes when the decoder has gone, as nothing of it is of interest. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  private void read(Session session, ByteBuf bytes, int index, int length) {
    peer.received(length);
    try {
      CallReader reader = loop.reader();
      switch (reader.read(bytes, index, length)) {
        case CALL -> session.call(callRequest(reader, bytes));
        case OPEN -> open(session, reader.message().getOpen());
        case CANCEL -> {
          if (isWithin(cancels, session, DoorReason.CANCEL_FLOOD, "cancels")) {
            session.cancel(reader.message().getCancel().getId());
          }
        }
        case PING -> {
          if (isWithin(pings, session, DoorReason.PING_FLOOD, "pings")) {
            session.ping(reader.message().getPing().getToken());
          }
        }
        case CLOSE -> session.closeRequested();
        case MESSAGE_NOT_SET ->
            session.fail(
                malformed("a ClientMessage that holds none of open, call, cancel, ping and close"));
      }
    } catch (MessageException e) {
      session.fail(malformed(e.getMessage()));
    }
  }

  private void open(Session session, Open open) {
    if (session.awaitsOpen() && peer.visitor().failsTooOften()) {
      peer.visitor().turnedAway(DoorReason.FAILED_OPENS);
      session.fail(
          new Problem(
              ErrorCode.RATE_EXCEEDED,
              "more sessions failed to open from your address than may; try again later"));
    } else {
      session.open(Messages.openRequest(open));
    }
  }

  private boolean isWithin(
      Allowance allowance, Session session, DoorReason flood, String messages) {
    if (allowance.take()) {
      return true;
    }
    peer.visitor().turnedAway(flood);
    session.fail(
        new Problem(ErrorCode.RATE_EXCEEDED, "more " + messages + " came in a second than may"));
    return false;
  }

  private static Problem malformed(@Nullable String message) {
    return new Problem(ErrorCode.MALFORMED_MESSAGE, String.valueOf(message));
  }

  private Problem noFrame(FrameException e) {
    var code = ErrorCode.valueOf(e.code().name());
    boolean mayBeLongerLater = decoder.maxFrameBytes() < config.frameBytes();
    return new Problem(
        code,
        code == ErrorCode.FRAME_TOO_LARGE && mayBeLongerLater
            ? e.getMessage() + " until the session is open"
            : String.valueOf(e.getMessage()));
  }

  private CallRequest callRequest(CallReader reader, ByteBuf bytes) {
    CallRequest request = loop.request();
    FunctionCase function = reader.function();
    request.begin(
        reader.id(),
        function == FunctionCase.NAME ? reader.functionName() : null,
        function == FunctionCase.INDEX
            ? Integer.toUnsignedLong(reader.functionIndex())
            : CallRequest.NO_INDEX,
        reader.timeoutMs());
    request.input(bytes, reader.inputIndex(), reader.inputLength());
    for (int i = 0; i < reader.valueCount(); i++) {
      request.addArgument(Messages.type(reader.types()[i]), reader.values()[i]);
    }
    return request;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!peer.hasEnded()) {
      peer.flush();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    peer.measureOutbound();
    if (ctx.channel().isWritable()) {
      peer.resume(PauseReason.OUTBOUND);
      if (session != null) {
        session.writable();
      }
    } else {
      peer.pause(PauseReason.OUTBOUND);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof EndOfInput end) {
      inputEnded(ctx, end);
    } else if (event instanceof ChannelInputShutdownEvent && peer.hasEnded()) {
      ctx.close();
    }
    ctx.fireUserEventTriggered(event);
  }

  private void inputEnded(ChannelHandlerContext ctx, EndOfInput end) {
    if (peer.hasEnded() || session == null) {
      ctx.close();
      return;
    }
    switch (end) {
      case BETWEEN_FRAMES -> session.closeRequested();
      case WITHIN_FRAME ->
          session.fail(
              new Problem(
                  ErrorCode.MALFORMED_FRAME, "the client's side ended in the middle of a frame"));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    try {
      if (session != null) {
        session.disconnected();
      }
    } finally {
      letGo();
    }
    ctx.fireChannelInactive();
  }

  /** Whatever came of the session, the connection is counted nowhere any more. */
  private void letGo() {
    peer.visitor().leave();
    if (patience != null) {
      loop.upkeep().remove(patience);
      patience = null;
    }
    peer.release();
    peer.measureOutbound();
    peer.measureInbound();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (session == null || peer.hasEnded()) {
      ctx.close();
      return;
    }
    switch (cause) {
      case FrameException e -> session.fail(noFrame(e));
      case IOException e -> {
        LOG.atDebug()
            .addKeyValue("session", session.id())
            .log("connection lost: {}", ErrorText.of(e));
        ctx.close();
      }
      default -> {
        session.crashed(cause);
      }
    }
  }
}
