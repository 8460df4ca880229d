package dev.mooring.transport.wire.mooring;

import dev.mooring.proto.EndOfInput;
import dev.mooring.proto.FrameDecoder;
import dev.mooring.proto.FrameException;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.wire.InboundMessages;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;

/**
 * What comes in as frames of Mooring's own protocol.
 *
 * @param decoder one of the pipeline's handlers
 * @param frameBytes how long a frame may be once there is a session
 */
public record FrameInput(FrameDecoder decoder, ChannelPipeline pipeline, int frameBytes)
    implements InboundMessages {
  @Override
  public void pause() {
    decoder.pause();
  }

  @Override
  public void resume() {
    decoder.resume();
  }

  @Override
  public void raiseMaximum(int bytes) {
    decoder.raiseMaximum(bytes);
  }

  @Override
  public long bufferedBytes() {
    return decoder.bufferedBytes();
  }

  @Override
  public long delivered() {
    return decoder.framesDelivered();
  }

  @Override
  public boolean hasPartial() {
    return decoder.hasPartialFrame();
  }

  @Override
  public boolean isEnd(Object event) {
    return event instanceof EndOfInput;
  }

  @Override
  public @Nullable Problem problemOf(Throwable failure) {
    if (!(failure instanceof FrameException e)) {
      return null;
    }
    var code = ErrorCode.valueOf(e.code().name());
    boolean mayBeLongerLater = decoder.maxFrameBytes() < frameBytes;
    return new Problem(
        code,
        code == ErrorCode.FRAME_TOO_LARGE && mayBeLongerLater
            ? e.getMessage() + " until the session is open"
            : String.valueOf(e.getMessage()));
  }

  @Override
  public void drop() {
    if (pipeline.context(decoder) != null) {
      pipeline.remove(decoder);
    }
  }
}
