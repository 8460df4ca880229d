package dev.mooring.transport.wire;

import dev.mooring.proto.frame.FrameSink;
import dev.mooring.proto.frame.LengthPrefix;
import dev.mooring.session.EndReason;
import dev.mooring.session.MessageEncoder;
import dev.mooring.session.Problem;
import dev.mooring.transport.loop.LoopContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Function;

/**
 * A wire whose messages are frames, each behind its length. It says how lengths are written, how
 * messages are, and how they are read; what is done with that on a channel is the same for all.
 *
 * <p>Any thread, but for what reads and encodes, which is a connection's.
 */
public interface FramedWire extends Wire {
  /** How a message's length is written in front of it. */
  LengthPrefix prefix();

  /**
   * What one connection's messages are written with, lengths and all.
   *
   * @param frameBytes how long a message to the server may be, which its client may want to know
   */
  MessageEncoder encoder(int frameBytes);

  /**
   * What reads one connection's frames and says to the connection what they are. It is to begin
   * with {@link Connection#receive}. Asked for once on each event loop, whose connections may share
   * what they read into.
   */
  Function<Connection, FrameSink> readers();

  @Override
  default ByteBuf refusal(ByteBufAllocator allocator, Problem problem) {
    ByteBuf word = allocator.buffer();
    encoder(0).lastWord(word, new EndReason.Failed(problem));
    return word;
  }

  @Override
  default OnLoop on(LoopContext loop) {
    Function<Connection, FrameSink> readers = readers();
    return (channel, admission, config) ->
        FramedConnection.addTo(
            channel, admission, config, loop, prefix(), encoder(config.frameBytes()), readers);
  }
}
