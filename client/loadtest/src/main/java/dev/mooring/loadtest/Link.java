package dev.mooring.loadtest;

import dev.mooring.error.ErrorText;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.frame.FrameException;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Opened;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.HdrHistogram.SingleWriterRecorder;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link Caller}, from the attempt to its end.
 *
 * <pre>
 *   CONNECTING ──> OPENING ──Opened──> OPEN ──Close sent, or GoAway──> LEAVING ──> ENDED
 * </pre>
 *
 * <p>One event loop. After the session is open, sending and receiving a call allocates nothing of
 * ours.
 */
final class Link extends ChannelInboundHandlerAdapter {
  /** How long a server may take to say goodbye. */
  private static final long LEAVE_TIMEOUT_NS = 2 * Ticks.SECOND;

  private static final ClientMessage GOODBYE =
      ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build();

  private enum State {
    CONNECTING,
    OPENING,
    OPEN,
    LEAVING,
    ENDED
  }

  private final Caller caller;
  private final LoadLoop loop;
  private final CallRing calls;
  private final CallSender sender;
  private final boolean timed;
  private State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable CallMix mix;

  /** When the attempt to connect began. */
  private final long startedNs = Ticks.now();

  /** When what we wait for, in OPENING and LEAVING, takes too long. */
  private long deadlineNs;

  /** When the bytes that are being looked at were read. */
  private long readNs;

  private long oldestId = 1;

  /** Whether the time until the first answer says something: the first call was made at once. */
  private boolean awaitsFirst;

  private boolean answeredInThisRead;

  /** Of a kept session; null of any other. */
  private @Nullable Acknowledgements acknowledgements;

  private boolean acknowledgedInThisRead;

  /** Whether we asked for the end: nothing that we say is read any more. */
  private boolean saidGoodbye;

  /**
   * @param timed whether opening it belongs to what is measured
   */
  Link(Caller caller, boolean timed) {
    this.timed = timed;
    this.caller = caller;
    this.loop = caller.loop;
    this.calls = caller.calls;
    this.sender = new CallSender(loop, calls);
  }

  boolean isOpen() {
    return state == State.OPEN && !sender.isSpent();
  }

  /** Notes when bytes came and how many, before anything is made of them. */
  private final class Stamp extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      readNs = Ticks.now();
      loop.recorders().bytesReceived.add(((ByteBuf) message).readableBytes());
      ctx.fireChannelRead(message);
    }
  }

  // ---- opening ----

  void connect() {
    loop.network()
        .connect(loop.eventLoop(), caller.server, caller.source)
        .addListener((ChannelFuture done) -> connected(done));
  }

  private void connected(ChannelFuture done) {
    loop.dialing().attemptEnded();
    if (!done.isSuccess()) {
      String why = ErrorText.of(done.cause());
      end("CONNECT_FAILED", "cannot connect: " + why);
      return;
    }
    Channel connected = done.channel();
    channel = connected;
    if (state == State.ENDED) {
      connected.close();
      return;
    }
    long now = Ticks.now();
    record(loop.recorders().connect, now);
    state = State.OPENING;
    deadlineNs = now + loop.plan().schedule().open().toNanos();
    connected.pipeline().addLast(new Stamp());
    loop.network().addWire(connected, caller.server);
    loop.network()
        .greet(connected, caller.server)
        .addListener((Future<Channel> greeted) -> greeted(greeted));
  }

  private void greeted(Future<Channel> done) {
    if (!done.isSuccess()) {
      end("CONNECT_FAILED", "cannot connect: " + ErrorText.of(done.cause()));
      return;
    }
    Channel greeted = done.getNow();
    channel = greeted;
    if (state == State.ENDED) {
      greeted.close();
      return;
    }
    greeted.pipeline().addLast(this);
    write(greeted, Frames.encode(greeted.alloc(), loop.opening()));
    greeted.flush();
  }

  private void opened(Opened opened, long now) {
    try {
      CallMix bound = loop.bind(opened);
      if (loop.plan().target().durability() != null) {
        if (!opened.hasKept()) {
          violated("a session was to be kept, and isn't");
          return;
        }
        acknowledgements = new Acknowledgements();
        sender.narrow(KeptWindow.of(opened, loop, bound));
      }
      mix = bound;
    } catch (LoadFailure e) {
      loop.fail(e);
      end("REFUSED", String.valueOf(e.getMessage()));
      return;
    }
    record(loop.recorders().open, now);
    loop.recorders().opened.add(1);
    loop.recorders().openNow.add(1);
    state = State.OPEN;
    awaitsFirst = loop.isGenerating();
    caller.opened();
    if (loop.isFinishing()) {
      leave(now);
    } else {
      pump(now);
    }
  }

  private void record(SingleWriterRecorder recorder, long now) {
    if (timed) {
      Recorders.record(recorder, now - startedNs);
    }
  }

  // ---- sending ----

  /** Sends what may be sent; a connection that has carried all that it should, ends. */
  void pump(long now) {
    Channel to = channel;
    CallMix bound = mix;
    if (state == State.OPEN && to != null && bound != null) {
      boolean sent = sender.send(to, bound, now);
      if (!sent && sender.isSpent() && calls.inFlight() == 0) {
        leave(now);
      }
    }
  }

  private void write(Channel to, ByteBuf out) {
    loop.recorders().bytesSent.add(out.readableBytes());
    to.write(out, to.voidPromise());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      // Not at once: this may be said in the middle of a flush of ours.
      loop.touch(caller);
    }
  }

  // ---- receiving ----

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var body = (ByteBuf) message;
    try {
      if (state != State.ENDED) {
        receive(body);
      }
    } catch (MessageException e) {
      violated(String.valueOf(e.getMessage()));
    } finally {
      body.release();
    }
  }

  private void receive(ByteBuf body) throws MessageException {
    ResultReader reader = loop.reader();
    switch (reader.read(body)) {
      case RESULT -> {
        said(reader.sequence(), body);
        answered(reader.id());
      }
      case EVENT -> {
        said(reader.sequence(), body);
        loop.recorders().events.add(1);
      }
      case ERROR -> {
        Error error = reader.message().getError();
        if (error.getId() != 0) {
          said(error.getSequence(), body);
        }
        failed(error);
      }
      case OPENED -> {
        if (state == State.OPENING) {
          opened(reader.message().getOpened(), readNs);
        } else {
          violated("the session was opened a second time");
        }
      }
      case GO_AWAY -> {
        if (state == State.OPEN) {
          loop.recorders().openNow.add(-1);
          state = State.LEAVING;
          deadlineNs = readNs + loop.callTimeoutNs() + LEAVE_TIMEOUT_NS;
        }
      }
      case CLOSED ->
          end(state == State.LEAVING ? null : "CONNECTION_LOST", "the server closed the session");
      case PONG -> {}
      case MESSAGE_NOT_SET -> violated("a message came that version 1 doesn't have");
    }
  }

  /** A session said something that, if it is kept, it keeps until it hears that it has come. */
  private void said(long sequence, ByteBuf body) {
    Acknowledgements kept = acknowledgements;
    Channel to = channel;
    if (kept == null || to == null) {
      return;
    }
    if (sequence != kept.expected()) {
      violated("a message has the sequence %d, expected %d".formatted(sequence, kept.expected()));
    } else if (kept.come(body.readableBytes()) && !saidGoodbye) {
      write(to, Frames.encode(to.alloc(), kept.next()));
      acknowledgedInThisRead = true;
    }
  }

  private void answered(long id) {
    if (isExpected(id)) {
      if (!calls.oldestIsGivenUp()) {
        loop.tally().answered(calls.oldestIntendedNs(), calls.oldestSentNs(), readNs);
      }
      removeOldest();
    }
  }

  private void failed(Error error) {
    String code = error.getCode().name();
    if (error.getId() == 0) {
      if (state == State.OPENING && !error.getRetryable() && !loop.hasOpened()) {
        loop.fail(
            new LoadFailure(
                LoadFailure.Kind.REFUSED,
                "the server refuses to open the session: " + code + ": " + error.getMessage()));
      }
      end(code, error.getMessage());
    } else if (isExpected(error.getId())) {
      if (!calls.oldestIsGivenUp()) {
        loop.tally().failed(calls.oldestIntendedNs(), code, error.getMessage());
      }
      removeOldest();
    }
  }

  private boolean isExpected(long id) {
    if (calls.inFlight() > 0 && id == oldestId) {
      return true;
    }
    violated("an answer to call " + id + " came, expected that to call " + oldestId);
    return false;
  }

  private void removeOldest() {
    if (awaitsFirst) {
      awaitsFirst = false;
      record(loop.recorders().firstReply, readNs);
    }
    calls.remove();
    oldestId++;
    answeredInThisRead = true;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (answeredInThisRead) {
      answeredInThisRead = false;
      pump(Ticks.now());
    }
    if (acknowledgedInThisRead) {
      acknowledgedInThisRead = false;
      ctx.flush();
    }
  }

  // ---- ending ----

  /** What takes too long ends the connection. */
  void look(long now) {
    if (state == State.OPENING && now >= deadlineNs) {
      end(
          "OPEN_TIMEOUT",
          "the server didn't open the session within %d ms"
              .formatted(loop.plan().schedule().open().toMillis()));
    } else if (state == State.LEAVING && now >= deadlineNs) {
      end("CLOSE_TIMEOUT", "the server said no goodbye");
    }
  }

  /** Asks for a good end: what was sent is answered first. */
  void leave(long now) {
    Channel open = channel;
    if (open == null || state == State.OPENING) {
      cut();
    } else if (state == State.OPEN) {
      loop.recorders().openNow.add(-1);
      state = State.LEAVING;
      deadlineNs = now + LEAVE_TIMEOUT_NS;
      saidGoodbye = true;
      write(open, Frames.encode(open.alloc(), GOODBYE));
      open.flush();
    }
  }

  void cut() {
    end(null, "this client cut the connection");
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("CONNECTION_LOST", "the connection ended without a goodbye");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof FrameException) {
      violated(String.valueOf(cause.getMessage()));
    } else if (cause instanceof DecoderException && cause.getCause() instanceof SSLException e) {
      end("TLS_FAILED", ErrorText.of(e));
    } else if (cause instanceof IOException) {
      end("CONNECTION_LOST", "the connection broke: " + ErrorText.of(cause));
    } else {
      loop.fail(
          new LoadFailure(
              LoadFailure.Kind.REFUSED,
              "this client failed, through a defect of its own: " + ErrorText.of(cause),
              cause));
    }
  }

  private void violated(String problem) {
    end("PROTOCOL_VIOLATION", "the server doesn't keep to the protocol: " + problem);
  }

  private void end(@Nullable String code, String message) {
    if (state == State.ENDED) {
      return;
    }
    if (state == State.OPEN) {
      loop.recorders().openNow.add(-1);
    }
    boolean lostCalls = calls.inFlight() > 0;
    state = State.ENDED;
    if (channel != null) {
      channel.close();
    }
    if (code != null && !lostCalls) {
      // Otherwise it is counted once for each call that it cost.
      loop.connectionFailed(code, message);
    }
    caller.ended(this, code, message);
  }
}
