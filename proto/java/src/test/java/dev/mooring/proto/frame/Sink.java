package dev.mooring.proto.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The end of a pipeline under test: notes all that arrives, and releases it. */
public final class Sink extends ChannelInboundHandlerAdapter {
  public final List<byte[]> bodies = new ArrayList<>();
  public final List<Throwable> problems = new ArrayList<>();
  final List<Object> events = new ArrayList<>();
  int readCompletes;

  /** How many deliveries were on the stack at once, at most. */
  int deepest;

  /** The last frame, released: for its identity only. */
  @Nullable ByteBuf lastDelivered;

  public Consumer<ByteBuf> onFrame = body -> {};
  Runnable onReadComplete = () -> {};

  private int depth;

  public FrameException onlyFrameException() {
    assertEquals(1, problems.size(), problems::toString);
    return assertInstanceOf(FrameException.class, problems.getFirst());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var body = (ByteBuf) message;
    deepest = Math.max(deepest, ++depth);
    try {
      bodies.add(ByteBufUtil.getBytes(body));
      lastDelivered = body;
      onFrame.accept(body);
    } finally {
      depth--;
      body.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readCompletes++;
    deepest = Math.max(deepest, ++depth);
    try {
      onReadComplete.run();
    } finally {
      depth--;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    events.add(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
    problems.add(problem);
  }
}
