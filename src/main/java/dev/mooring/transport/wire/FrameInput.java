package dev.mooring.transport.wire;

import dev.mooring.proto.frame.EndOfInput;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.FrameException;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;

/**
 * What comes in as frames, each behind its length.
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
    String what = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case MALFORMED_LENGTH -> new Problem(ErrorCode.MALFORMED_FRAME, what);
      case FRAME_TOO_LARGE -> {
        boolean mayBeLongerLater = decoder.maxFrameBytes() < frameBytes;
        yield new Problem(
            ErrorCode.FRAME_TOO_LARGE,
            mayBeLongerLater ? what + " until the session is open" : what);
      }
    };
  }

  @Override
  public void drop() {
    if (pipeline.context(decoder) != null) {
      pipeline.remove(decoder);
    }
  }
}
