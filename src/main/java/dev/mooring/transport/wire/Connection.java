package dev.mooring.transport.wire;

import dev.mooring.error.ErrorText;
import dev.mooring.rate.Rate;
import dev.mooring.rate.RateLimiter;
import dev.mooring.session.CallRequest;
import dev.mooring.session.Conversation;
import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.OpenRequest;
import dev.mooring.session.PauseReason;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.Refusal;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopContext;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection, whatever its wire: the last handler of its pipeline. Its wire reads
 * messages and says here what they are; what becomes of the channel goes to the conversation.
 *
 * <p>Event loop only.
 */
public final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private final LoopContext loop;
  private final ChannelPeer peer;
  private final TransportConfig config;
  private final RateLimiter pings;
  private final RateLimiter cancels;
  private @Nullable Conversation conversation;
  private @Nullable ConnectionTimeouts timeouts;

  public Connection(LoopContext loop, ChannelPeer peer, TransportConfig config) {
    this.loop = loop;
    this.peer = peer;
    this.config = config;
    long now = System.nanoTime();
    this.pings = new RateLimiter(Rate.perSecond(config.listener().limits().pingsPerSecond()), now);
    this.cancels =
        new RateLimiter(Rate.perSecond(config.listener().limits().cancelsPerSecond()), now);
  }

  /** What is said here, once the connection was let in. */
  @Nullable Conversation conversation() {
    return conversation;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    Refusal refusal = peer.admission().refusal();
    if (refusal == null) {
      conversation = loop.sessions().connect(peer);
      peer.serves(conversation);
    }
    timeouts = new ConnectionTimeouts(peer, conversation, config, loop.sweep().nanoTime());
    loop.sweep().add(timeouts);
    if (refusal != null) {
      peer.pause(PauseReason.DRAINING);
      peer.end(new EndReason.Failed(refusal.problem()));
    }
    ctx.fireChannelActive();
  }

  /**
   * Counts a message that came.
   *
   * @param bytes how long it was
   * @return whether anybody wants to know what it says
   */
  public boolean receive(int bytes) {
    if (conversation == null || peer.hasEnded()) {
      return false;
    }
    peer.received(bytes);
    return true;
  }

  /** A {@code Call}. */
  public void call(CallRequest call) {
    if (conversation != null) {
      conversation.call(call);
    }
  }

  /** An {@code Open}. */
  public void open(OpenRequest open) {
    if (conversation == null) {
      return;
    }
    if (conversation.awaitsOpen() && peer.admission().failsTooOften()) {
      peer.admission().turnedAway(RejectReason.FAILED_OPENS);
      fail(
          ErrorCode.RATE_EXCEEDED,
          "more sessions failed to open from your address than may; try again later");
    } else {
      conversation.open(open);
    }
  }

  /** A {@code Cancel}. */
  public void cancel(long callId) {
    if (conversation != null && isWithin(cancels, RejectReason.CANCEL_FLOOD, "cancels")) {
      conversation.cancel(callId);
    }
  }

  /** A {@code Ping}. */
  public void ping(long token) {
    if (conversation != null && isWithin(pings, RejectReason.PING_FLOOD, "pings")) {
      conversation.ping(token);
    }
  }

  /**
   * Counts a ping of the wire's own, or an answer to one, below any message.
   *
   * @return whether anybody may go on so
   */
  public boolean mayPing() {
    return conversation != null
        && !peer.hasEnded()
        && isWithin(pings, RejectReason.PING_FLOOD, "pings");
  }

  private boolean isWithin(RateLimiter limiter, RejectReason flood, String messages) {
    if (limiter.tryTake(1, System.nanoTime())) {
      return true;
    }
    peer.admission().turnedAway(flood);
    fail(ErrorCode.RATE_EXCEEDED, "more " + messages + " came in a second than may");
    return false;
  }

  /** An {@code Acknowledge}. */
  public void acknowledge(long received) {
    if (conversation != null) {
      conversation.acknowledge(received);
    }
  }

  /** A {@code Close}. */
  public void closeRequested() {
    if (conversation != null) {
      conversation.closeRequested();
    }
  }

  /** What came is no message, or none that may come: the connection ends. */
  public void malformed(String what) {
    fail(ErrorCode.MALFORMED_MESSAGE, what);
  }

  private void fail(ErrorCode code, String message) {
    if (conversation != null) {
      conversation.fail(new Problem(code, message));
    }
  }

  /** What still comes when the wire's input has gone, as nothing of it is of interest. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (conversation != null && !peer.hasEnded()) {
      conversation.flush();
    }
    peer.measureInbound();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    peer.measureOutbound();
    if (ctx.channel().isWritable()) {
      peer.resume(PauseReason.OUTBOUND);
      if (conversation != null) {
        conversation.writable();
      }
    } else {
      peer.pause(PauseReason.OUTBOUND);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (peer.input().isEnd(event)) {
      inputEnded(ctx);
    } else if (event instanceof ChannelInputShutdownEvent && peer.hasEnded()) {
      ctx.close();
    }
    ctx.fireUserEventTriggered(event);
  }

  private void inputEnded(ChannelHandlerContext ctx) {
    if (peer.hasEnded() || conversation == null) {
      ctx.close();
    } else if (peer.input().hasPartial()) {
      fail(ErrorCode.MALFORMED_FRAME, "the client's side ended in the middle of a frame");
    } else {
      conversation.inputEnded();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    try {
      if (conversation != null) {
        conversation.disconnected();
      }
    } finally {
      letGo();
    }
    ctx.fireChannelInactive();
  }

  /** Whatever came of the conversation, the connection is counted nowhere any more. */
  private void letGo() {
    peer.admission().leave();
    if (timeouts != null) {
      loop.sweep().remove(timeouts);
      timeouts = null;
    }
    peer.release();
    peer.measureOutbound();
    peer.measureInbound();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (conversation == null || peer.hasEnded()) {
      ctx.close();
      return;
    }
    Problem problem = peer.input().problemOf(cause);
    if (problem != null) {
      conversation.fail(problem);
    } else if (cause instanceof IOException) {
      LOG.atDebug()
          .addKeyValue("session", conversation.name())
          .log("connection lost: {}", ErrorText.of(cause));
      ctx.close();
    } else {
      conversation.crashed(cause);
    }
  }
}
