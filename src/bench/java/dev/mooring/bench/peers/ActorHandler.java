package dev.mooring.bench.peers;

import dev.mooring.proto.frame.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Each connection's instance is an actor: it lives on a thread of its own, which takes messages
 * from a bounded queue and completes a future for each. The event loop reads, and stops reading
 * while the queue is full.
 */
final class ActorHandler extends PeerHandler {
  /** Messages that may wait for the actor. */
  static final int QUEUED_MESSAGES = 8;

  private static final int FIRST_BUFFER_BYTES = 128;

  private final PeerSession session;
  private final Thread.Builder threads;
  private final ArrayBlockingQueue<Message> queue = new ArrayBlockingQueue<>(QUEUED_MESSAGES);
  private Thread actor = Thread.currentThread();

  /** Whether the event loop waits for room; set by it, and unset by it. */
  private volatile boolean waitsForRoom;

  /** What the event loop is to send, and whether it has been told so. */
  private final ConcurrentLinkedQueue<ByteBuf> answers = new ConcurrentLinkedQueue<>();

  private final AtomicBoolean sends = new AtomicBoolean();

  private volatile boolean ended;
  private volatile boolean closed;

  /** What the actor is asked, and where it puts the answer. */
  private record Message(ByteBuf frame, CompletableFuture<ByteBuf> answer) {}

  ActorHandler(FrameDecoder decoder, PeerSession session, Thread.Builder threads) {
    super(decoder);
    this.session = session;
    this.threads = threads;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    actor = threads.start(() -> act(channel));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel channel = ctx.channel();
    var answer = new CompletableFuture<ByteBuf>();
    answer.thenAccept(out -> send(channel, out));
    queue.add(new Message((ByteBuf) message, answer)); // There is room, or nothing would be read.
    if (queue.remainingCapacity() == 0) {
      waitsForRoom = true;
      full(channel);
      roomIfAny(channel); // The actor may have made some before it could know that we wait.
    }
  }

  private void roomIfAny(Channel channel) {
    if (waitsForRoom && queue.size() <= QUEUED_MESSAGES / 2) {
      waitsForRoom = false;
      roomy(channel);
    }
  }

  /** The actor's life. */
  private void act(Channel channel) {
    try {
      while (!closed) {
        Message message = queue.take();
        if (waitsForRoom && queue.size() == QUEUED_MESSAGES / 2) {
          channel.eventLoop().execute(() -> roomIfAny(channel));
        }
        message.answer.complete(answer(channel, message.frame));
      }
    } catch (InterruptedException e) {
      // The connection is gone.
    } finally {
      closed = true;
      channel.close(); // Whatever ended the actor: nobody else answers.
      Message message;
      while ((message = queue.poll()) != null) {
        message.frame.release();
      }
    }
  }

  private ByteBuf answer(Channel channel, ByteBuf frame) {
    ByteBuf out = channel.alloc().buffer(FIRST_BUFFER_BYTES);
    try {
      session.answer(frame, out);
      return out;
    } finally {
      frame.release();
    }
  }

  /** On the actor's thread: wakes the event loop, unless that has yet to take former answers. */
  private void send(Channel channel, ByteBuf out) {
    ended = session.hasEnded();
    answers.add(out);
    if (sends.compareAndSet(false, true)) {
      channel.eventLoop().execute(() -> sendAnswers(channel));
    }
  }

  private void sendAnswers(Channel channel) {
    sends.set(false); // What comes from now on wakes us again.
    boolean last = ended;
    ByteBuf out;
    while ((out = answers.poll()) != null) {
      channel.write(out, channel.voidPromise());
    }
    if (last) {
      sendLast(channel, Unpooled.EMPTY_BUFFER);
    } else {
      channel.flush();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed = true;
    actor.interrupt();
  }
}
