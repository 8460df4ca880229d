package dev.mooring.client;

import static dev.mooring.client.CloseReason.CLIENT_CLOSED;

import dev.mooring.error.ErrorText;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.frame.FrameException;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.GoAway;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Future;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach the server, and the connection that comes of it: what is said first, what
 * the server says, and how it ends, each told to the {@link Session} above.
 *
 * <pre>
 *   CONNECTING ──connected──> OPENING ──Opened──> OPEN
 *        │                       │                 │
 *        └───────────────────────┴── end(how) ─────┘
 *                                    v
 *                                  CLOSED
 * </pre>
 *
 * <p>On the session's event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = System.getLogger(Connection.class.getPackageName());

  private enum State {
    CONNECTING,
    OPENING,
    OPEN,
    CLOSED
  }

  private final Session session;
  private final Loop loop;
  private final ResultReader reader = new ResultReader();
  private final SilenceCheck silence = new SilenceCheck();
  private State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable Future<?> openTimer;
  private @Nullable Future<?> silenceTimer;

  /** Whose it is, which is told of all that happens. */
  Connection(Session session) {
    this.session = session;
    this.loop = session.loop();
  }

  /** Starts the clock: it ends unless the session is open in time. */
  void start() {
    openTimer = loop.schedule(this::openTimedOut, timeouts().open());
  }

  private OpenOptions.Timeouts timeouts() {
    return session.options().timeouts();
  }

  // ---- the channel ----

  /** Whether another attempt to connect makes sense. */
  boolean isConnecting() {
    assert loop.isHere();
    return state == State.CONNECTING;
  }

  /** A channel that may become ours is about to connect: giving up closes it. */
  void connecting(Channel attempt) {
    assert loop.isHere();
    channel = attempt;
  }

  /** There will be no channel. */
  void notConnected(MooringException why) {
    end(new SessionEnd.Failed(why));
  }

  /**
   * A channel was connected; asks for the session. If that was given up meanwhile, the channel is
   * closed.
   */
  void connected(Channel channel) {
    assert loop.isHere();
    if (state != State.CONNECTING) {
      var _ = channel.close();
      return;
    }
    this.channel = channel;
    channel.pipeline().addLast(this);
    state(State.OPENING, "connected to " + channel.remoteAddress());
    if (!channel.isActive()) {
      end(lost("the server closed the connection at once", null));
      return;
    }
    write(session.greeting());
  }

  /** Writes what the outbox holds, as far as the channel takes it. */
  void write(Outbox outbox, Outbox.Encoder encoder) {
    if (state == State.OPEN && channel != null) {
      outbox.drainTo(channel, encoder);
    }
  }

  /** Writes one message at once. */
  void write(ClientMessage message) {
    if (channel != null) {
      var _ = channel.writeAndFlush(Frames.encode(channel.alloc(), message), channel.voidPromise());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var body = (ByteBuf) message;
    try {
      if (state != State.CLOSED) {
        silence.heard();
        receive(body);
      }
    } catch (ProtocolViolation | MessageException e) {
      violated(e);
    } finally {
      body.release();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      session.writable();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(lost("the connection ended without a goodbye", null));
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    switch (cause) {
      case FrameException e -> violated(e);
      case IOException e -> end(lost("the connection broke: " + ErrorText.of(e), e));
      case DecoderException e when e.getCause() instanceof SSLException tls ->
          end(lost("TLS broke: " + ErrorText.of(tls), tls));
      case DecoderException e -> violated(e);
      default -> {
        LOG.log(Level.ERROR, "a defect of this client ends " + this, cause);
        end(lost("this client failed, through a defect of its own: " + ErrorText.of(cause), cause));
      }
    }
  }

  // ---- reading ----

  private void receive(ByteBuf body) throws ProtocolViolation, MessageException {
    var kind = reader.read(body);
    if (state == State.OPENING) {
      switch (kind) {
        case OPENED -> {
          // First, so that the session may write.
          opened();
          session.opened(reader.message().getOpened());
        }
        case ERROR -> refused(reader.message().getError());
        case CLOSED -> closedBeforeOpened(Translation.reason(reader.message().getClosed()));
        default -> throw new ProtocolViolation("%s came before OPENED".formatted(kind));
      }
      return;
    }
    int bytes = body.readableBytes();
    switch (kind) {
      case RESULT -> {
        // Read first: a call that is taken must be completed.
        CallResult result = Translation.result(reader, body);
        session.succeeded(reader.id(), result, reader.sequence(), bytes);
      }
      case EVENT -> session.event(Translation.bytes(reader, body), reader.sequence(), bytes);
      case ERROR -> failed(reader.message().getError(), bytes);
      case PONG -> session.pong(reader.message().getPong().getToken());
      case GO_AWAY -> goAway(reader.message().getGoAway());
      case CLOSED -> end(session.closed(Translation.reason(reader.message().getClosed())));
      case OPENED -> throw new ProtocolViolation("the session was opened a second time");
      case MESSAGE_NOT_SET ->
          throw new ProtocolViolation("a message came that version 1 doesn't have");
    }
  }

  private void opened() {
    state(State.OPEN, "the server opened a session");
    Loop.cancel(openTimer);
    silenceTimer = loop.repeat(this::lookForSilence, SilenceCheck.period(timeouts().silence()));
  }

  private void refused(Error error) throws ProtocolViolation {
    if (error.getId() != 0) {
      throw new ProtocolViolation("an error answers call %d, before any".formatted(error.getId()));
    }
    end(new SessionEnd.Failed(Translation.error(error)));
  }

  private void failed(Error error, int bytes) throws ProtocolViolation {
    MooringException problem = Translation.error(error);
    if (error.getId() == 0) {
      end(new SessionEnd.Failed(problem));
    } else {
      session.failed(error.getId(), problem, error.getSequence(), bytes);
    }
  }

  private void closedBeforeOpened(CloseReason reason) throws ProtocolViolation {
    if (reason != CLIENT_CLOSED) {
      throw new ProtocolViolation("CLOSED came before OPENED, and not because this side ended");
    }
    end(Session.CUT_SHORT);
  }

  private void goAway(GoAway message) {
    session.goAway(Translation.reason(message), message.getLastId(), message.getMessage());
  }

  // ---- time, and the end ----

  private void openTimedOut() {
    String waited = "within " + timeouts().open().toMillis() + " ms";
    if (state == State.CONNECTING) {
      end(failed(ErrorCode.CONNECT_FAILED, "there was no connection " + waited));
    } else if (state == State.OPENING) {
      end(failed(ErrorCode.OPEN_TIMEOUT, "the server didn't open the session " + waited));
    }
  }

  private void lookForSilence() {
    switch (silence.look(session.isOwed())) {
      case FINE -> {}
      case ASK -> session.askForSign();
      case LOST -> end(lost("the server fell silent, with answers due", null));
    }
  }

  private void violated(Exception problem) {
    end(
        new SessionEnd.Failed(
            MooringException.local(
                ErrorCode.PROTOCOL_VIOLATION,
                "the server doesn't keep to the protocol: " + problem.getMessage(),
                false,
                problem)));
  }

  /** That it was lost. */
  static SessionEnd lost(String why, @Nullable Throwable cause) {
    return new SessionEnd.Failed(
        new MooringException(ErrorCode.CONNECTION_LOST, why, false, false, null, 0, cause));
  }

  private static SessionEnd failed(ErrorCode code, String why) {
    return new SessionEnd.Failed(MooringException.local(code, why, true));
  }

  /** It has ended; says so to the session, if that hasn't ended it itself. */
  private void end(SessionEnd how) {
    if (close(how.toString())) {
      session.disconnected(how);
    }
  }

  /**
   * Closes it, without a word to either side.
   *
   * @return false if it was closed before
   */
  boolean close(String why) {
    assert loop.isHere();
    if (state == State.CLOSED) {
      return false;
    }
    state(State.CLOSED, why);
    Loop.cancel(openTimer);
    Loop.cancel(silenceTimer);
    if (channel != null) {
      var _ = channel.close();
    }
    return true;
  }

  private void state(State next, String reason) {
    LOG.log(Level.DEBUG, "{0}: connection {1} -> {2}: {3}", this, state, next, reason);
    state = next;
  }

  /** For the log. */
  @Override
  public String toString() {
    return session.toString();
  }
}
