package dev.mooring.client;

import static dev.mooring.client.CloseReason.CLIENT_CLOSED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.mooring.client.Outgoing.CancelCall;
import dev.mooring.client.Outgoing.Goodbye;
import dev.mooring.client.Outgoing.PendingCall;
import dev.mooring.client.Outgoing.PendingPing;
import dev.mooring.error.ErrorText;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.frame.FrameException;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.Opened;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection and its session, from the first attempt to connect to the end.
 *
 * <pre>
 *   CONNECTING ──connected──> OPENING ──Opened──> OPEN ──Close written──> CLOSING
 *        │                       │                  │                        │
 *        └───────────────────────┴──── end(how) ────┴────────────────────────┘
 *                                         v
 *                                       CLOSED
 * </pre>
 *
 * <p>The part above the line may be used by any thread, and touches nothing but the outbox and what
 * is volatile or atomic. The rest belongs to the event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  static final int MAX_PINGS = 64;

  /** How much longer than the close timeout a thread waits for an event loop to notice it. */
  private static final Duration STUCK_LOOP = Duration.ofSeconds(1);

  private static final Logger LOG = System.getLogger(Connection.class.getPackageName());

  /**
   * The server heard the end of what this side says, which it takes for a goodbye; but this side
   * hasn't ended, or has said more than the server heard.
   */
  private static final SessionEnd CUT_SHORT =
      lost("the server heard an end that this side didn't send: something between them did", null);

  private enum State {
    CONNECTING,
    OPENING,
    OPEN,
    CLOSING,
    CLOSED
  }

  private final Loop loop;
  private final OpenOptions options;
  private final Consumer<Connection> whenEnded;
  private final CallWindow window;
  private final Outbox outbox;
  private final CompletableFuture<MooringSession> opening = new CompletableFuture<>();
  private final CompletableFuture<SessionEnd> ended = new CompletableFuture<>();
  private final AtomicBoolean closeRequested = new AtomicBoolean();

  /** Why no call is taken any more; null while they are. */
  private volatile @Nullable MooringException refusal;

  // What follows is the event loop's.

  private State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable MooringSession session;
  private @Nullable Unanswered unanswered;
  private final ResultReader reader = new ResultReader();
  private final SilenceCheck silence = new SilenceCheck();
  private @Nullable Future<?> openTimer;
  private @Nullable Future<?> closeTimer;
  private @Nullable Future<?> silenceTimer;

  /**
   * @param whenEnded is told once, on the event loop
   */
  Connection(Loop loop, OpenOptions options, Consumer<Connection> whenEnded) {
    this.loop = loop;
    this.options = options;
    this.whenEnded = whenEnded;
    this.window = new CallWindow(options.inFlight());
    this.outbox = new Outbox(loop, this::drain);
  }

  /** Starts the clock. Cancelling the future that it returns gives up. */
  CompletableFuture<MooringSession> start() {
    loop.execute(() -> openTimer = loop.schedule(this::openTimedOut, options.timeouts().open()));
    var _ =
        opening.whenComplete(
            (_, _) -> {
              if (opening.isCancelled()) {
                abort(ErrorCode.SESSION_CLOSED, "opening the session was given up");
              }
            });
    return opening;
  }

  Loop loop() {
    return loop;
  }

  OpenOptions options() {
    return options;
  }

  CallWindow window() {
    return window;
  }

  /** Why no call is taken any more; null while they are. Once it is set it stays set. */
  @Nullable MooringException refusal() {
    return refusal;
  }

  /** Queues something to be written. Whatever happens next, it is written or failed. */
  void submit(Outgoing outgoing) {
    outbox.add(outgoing);
  }

  CompletableFuture<SessionEnd> closeAsync() {
    if (closeRequested.compareAndSet(false, true)) {
      if (refusal == null) {
        refusal = MooringException.local(ErrorCode.SESSION_CLOSED, "the session was closed", false);
      }
      window.close();
      submit(Goodbye.GOODBYE);
      loop.execute(
          () -> {
            if (state != State.CLOSED) {
              closeTimer = loop.schedule(this::closeTimedOut, options.timeouts().close());
            }
          });
    }
    return ended();
  }

  /** Closes the session if there is one; otherwise gives up opening it. */
  void closeOrGiveUp() {
    loop.execute(
        () -> {
          if (session == null) {
            end(failed(ErrorCode.SESSION_CLOSED, "the client was closed", false));
          } else {
            var _ = closeAsync();
          }
        });
  }

  /** A copy: whoever gets it can't complete ours. */
  CompletableFuture<SessionEnd> ended() {
    return ended.copy();
  }

  /**
   * Waits until the session has ended, which closing it has begun; if its event loop doesn't turn,
   * not for ever. Not on an event loop.
   */
  void awaitEnd() {
    try {
      var _ = ended.get(options.timeouts().close().plus(STUCK_LOOP).toMillis(), MILLISECONDS);
    } catch (InterruptedException e) {
      abort(ErrorCode.SESSION_CLOSED, "the thread that closed the session was interrupted");
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      LOG.log(Level.WARNING, "{0} has not ended: does a listener block its event loop?", this);
    } catch (ExecutionException e) {
      throw new AssertionError("a session ends one way or the other", e);
    }
  }

  /** Ends the session at once, without a goodbye. */
  void abort(ErrorCode code, String why) {
    abort(MooringException.local(code, why, false));
  }

  /** As {@link #abort(ErrorCode, String)}. */
  void abort(MooringException why) {
    loop.execute(() -> end(new SessionEnd.Failed(why)));
  }

  // ---- the event loop: writing ----

  /** Writes what the outbox holds, as far as the channel takes it. */
  private void drain() {
    if (state == State.CLOSED) {
      failOutbox();
    } else if (channel != null && session != null) {
      outbox.drainTo(channel, this::encode);
    }
  }

  private void encode(Outgoing outgoing, ByteBuf out) {
    if (state != State.OPEN) {
      refuse(outgoing);
      return;
    }
    switch (outgoing) {
      case PendingCall call -> unanswered().send(call, out);
      case CancelCall(PendingCall call) -> unanswered().cancel(call, out);
      case PendingPing ping -> unanswered().send(ping, out);
      case Goodbye _ -> {
        Frames.write(out, Translation.CLOSE);
        state(State.CLOSING, "this side asked");
      }
    }
  }

  private void failOutbox() {
    Outgoing next;
    while ((next = outbox.poll()) != null) {
      refuse(next);
    }
  }

  private void refuse(Outgoing outgoing) {
    if (outgoing instanceof PendingCall call) {
      call.settle(window);
    }
    outgoing.fail(reasonToRefuse());
  }

  private MooringException reasonToRefuse() {
    MooringException refused = refusal;
    if (refused == null) {
      throw new AssertionError("there is no reason to refuse anything in state " + state);
    }
    return refused;
  }

  // ---- the event loop: the channel ----

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

  /**
   * A channel was connected; asks for the session. If the session was given up meanwhile, the
   * channel is closed.
   */
  void connected(Channel channel) {
    assert loop.isHere();
    if (state != State.CONNECTING) {
      var _ = channel.close();
      return;
    }
    channel.pipeline().addLast(this);
    state(State.OPENING, "connected to " + channel.remoteAddress());
    if (!channel.isActive()) {
      end(lost("the server closed the connection at once", null));
      return;
    }
    var _ =
        channel.writeAndFlush(
            Frames.encode(channel.alloc(), Translation.open(options)), channel.voidPromise());
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
      // Not at once: this may be said in the middle of a flush of ours.
      outbox.scheduleDrain();
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
      default -> {
        LOG.log(Level.ERROR, "a defect of this client ends " + this, cause);
        end(lost("this client failed, through a defect of its own: " + ErrorText.of(cause), cause));
      }
    }
  }

  // ---- the event loop: reading ----

  private void receive(ByteBuf body) throws ProtocolViolation, MessageException {
    var kind = reader.read(body);
    if (state == State.OPENING) {
      switch (kind) {
        case OPENED -> opened(reader.message().getOpened());
        case ERROR -> failed(reader.message().getError());
        case CLOSED -> closedBeforeOpened(Translation.reason(reader.message().getClosed()));
        default -> throw new ProtocolViolation("%s came before OPENED".formatted(kind));
      }
      return;
    }
    switch (kind) {
      case RESULT -> {
        // Read first: a call that is taken must be completed.
        CallResult result = Translation.result(reader, body);
        unanswered().take(reader.id()).complete(result);
      }
      case EVENT -> event(Translation.bytes(reader, body));
      case ERROR -> failed(reader.message().getError());
      case PONG -> unanswered().pong(reader.message().getPong().getToken());
      case GO_AWAY -> goAway(reader.message().getGoAway());
      case CLOSED -> closed(Translation.reason(reader.message().getClosed()));
      case OPENED -> throw new ProtocolViolation("the session was opened a second time");
      case MESSAGE_NOT_SET ->
          throw new ProtocolViolation("a message came that version 1 doesn't have");
    }
  }

  private void opened(Opened opened) throws ProtocolViolation {
    var session = new MooringSession(this, opened);
    this.session = session;
    unanswered = new Unanswered(window, session.limits().frameBytes());
    state(State.OPEN, "the server opened session " + session.id());
    Loop.cancel(openTimer);
    silenceTimer =
        loop.repeat(this::lookForSilence, SilenceCheck.period(options.timeouts().silence()));
    if (!opening.complete(session)) {
      // Nobody waits for it: its future was completed by somebody else, say by orTimeout.
      abort(ErrorCode.SESSION_CLOSED, "nobody waited for the session any more");
    }
  }

  private void event(byte[] payload) {
    MooringSession session = openSession();
    try {
      options.listener().onEvent(session, payload);
    } catch (Throwable e) {
      listenerFailed("onEvent", e);
    }
  }

  private void failed(Error error) throws ProtocolViolation {
    MooringException problem = Translation.error(error);
    if (error.getId() == 0) {
      end(new SessionEnd.Failed(problem));
    } else if (state == State.OPENING) {
      throw new ProtocolViolation("an error answers call %d, before any".formatted(error.getId()));
    } else {
      unanswered().take(error.getId()).fail(problem);
    }
  }

  private void closedBeforeOpened(CloseReason reason) throws ProtocolViolation {
    if (reason != CLIENT_CLOSED) {
      throw new ProtocolViolation("CLOSED came before OPENED, and not because this side ended");
    }
    end(CUT_SHORT);
  }

  private void closed(CloseReason reason) throws ProtocolViolation {
    boolean isCutShort = state != State.CLOSING || !unanswered().isServed();
    if (reason == CLIENT_CLOSED && isCutShort) {
      end(CUT_SHORT);
    } else if (unanswered().isServed()) {
      end(new SessionEnd.Closed(reason));
    } else {
      throw new ProtocolViolation("the server said goodbye before it had answered every call");
    }
  }

  private void goAway(GoAway message) {
    GoAwayReason reason = Translation.reason(message);
    MooringException refused =
        MooringException.local(
            ErrorCode.CALL_REFUSED,
            "the server ends this session (%s: %s)".formatted(reason, message.getMessage()),
            true);
    unanswered().goAway(message.getLastId(), refused);
    if (refusal == null) {
      refusal = refused;
    }
    window.close();
    LOG.log(Level.DEBUG, "{0}: the server goes away: {1}", this, reason);
    try {
      options.listener().onGoAway(openSession(), reason, message.getMessage());
    } catch (Throwable e) {
      listenerFailed("onGoAway", e);
    }
  }

  private Unanswered unanswered() {
    if (unanswered == null) {
      throw new AssertionError("there is no session in state " + state);
    }
    return unanswered;
  }

  private MooringSession openSession() {
    MooringSession session = this.session;
    if (session == null) {
      throw new AssertionError("there is no session in state " + state);
    }
    return session;
  }

  // ---- the event loop: time, and the end ----

  private void openTimedOut() {
    String waited = "within " + options.timeouts().open().toMillis() + " ms";
    if (state == State.CONNECTING) {
      end(failed(ErrorCode.CONNECT_FAILED, "there was no connection " + waited, true));
    } else if (state == State.OPENING) {
      end(failed(ErrorCode.OPEN_TIMEOUT, "the server didn't open the session " + waited, true));
    }
  }

  private void closeTimedOut() {
    end(
        failed(
            ErrorCode.CONNECTION_LOST,
            "the server said no goodbye within %d ms"
                .formatted(options.timeouts().close().toMillis()),
            false));
  }

  private void lookForSilence() {
    switch (silence.look(!unanswered().isEmpty())) {
      case FINE -> {}
      case ASK -> submit(new PendingPing());
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

  private static SessionEnd lost(String why, @Nullable Throwable cause) {
    return new SessionEnd.Failed(
        new MooringException(ErrorCode.CONNECTION_LOST, why, false, false, null, 0, cause));
  }

  private static SessionEnd failed(ErrorCode code, String why, boolean retryable) {
    return new SessionEnd.Failed(MooringException.local(code, why, retryable));
  }

  /**
   * The one way to the end. Everybody who waits for something is told why; after an end in good
   * order that is what refused calls before it.
   */
  private void end(SessionEnd how) {
    assert loop.isHere();
    if (state == State.CLOSED) {
      return;
    }
    MooringException why = how instanceof SessionEnd.Failed(var error) ? error : refusal;
    if (why == null) {
      why = MooringException.local(ErrorCode.SESSION_CLOSED, "the server closed the session", true);
    }
    state(State.CLOSED, why.toString());
    refusal = why;
    Loop.cancel(openTimer);
    Loop.cancel(closeTimer);
    Loop.cancel(silenceTimer);
    if (channel != null) {
      var _ = channel.close();
    }
    window.close();
    if (unanswered != null) {
      unanswered.failAll(why);
    }
    failOutbox();
    opening.completeExceptionally(why);
    tellEnd(how);
    whenEnded.accept(this);
    ended.complete(how);
  }

  private void tellEnd(SessionEnd how) {
    MooringSession session = this.session;
    if (session != null) {
      try {
        options.listener().onClosed(session, how);
      } catch (Throwable e) {
        listenerFailed("onClosed", e);
      }
    }
  }

  private void state(State next, String reason) {
    LOG.log(Level.DEBUG, "{0}: {1} -> {2}: {3}", this, state, next, reason);
    state = next;
  }

  private void listenerFailed(String method, Throwable failure) {
    LOG.log(Level.WARNING, method + " of the listener of " + this + " failed", failure);
  }

  /** For the log. */
  @Override
  public String toString() {
    MooringSession session = this.session;
    return session == null ? options.module() : options.module() + "/" + session.id();
  }
}
