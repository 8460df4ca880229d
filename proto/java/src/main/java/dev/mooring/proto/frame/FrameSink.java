package dev.mooring.proto.frame;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/**
 * Takes a connection's frames straight from its {@link FrameDecoder}, which then makes no object
 * for any of them. Event loop only.
 */
@FunctionalInterface
public interface FrameSink {
  /**
   * A frame's body: {@code length} bytes of {@code bytes} from {@code index} on. The buffer is
   * borrowed, and holds what came before and after too; whoever keeps the body retains it. What
   * this throws is the decoder's to pass on, as an exception of the pipeline.
   */
  void frame(ChannelHandlerContext ctx, ByteBuf bytes, int index, int length);
}
