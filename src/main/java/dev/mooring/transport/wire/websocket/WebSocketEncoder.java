package dev.mooring.transport.wire.websocket;

import dev.mooring.session.EndReason;
import dev.mooring.transport.wire.mooring.ProtobufEncoder;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Messages as frames, and the close behind the last; before there are frames, an answer of HTTP's.
 *
 * <p>Event loop only; one connection's.
 */
final class WebSocketEncoder extends ProtobufEncoder {
  private boolean isUpgraded;
  private @Nullable HttpAnswer refusal;
  private boolean headOnly;

  /** An encoder whose clients are told that a message may be so long. */
  WebSocketEncoder(int frameBytes) {
    super(ServerFrames.BINARY, frameBytes);
  }

  /** The client has been told that frames follow. */
  void upgraded() {
    isUpgraded = true;
  }

  /** What the last word is to be, as there will be no frames. */
  void refuse(HttpAnswer answer, boolean headOnly) {
    this.refusal = answer;
    this.headOnly = headOnly;
  }

  @Override
  public void lastWord(ByteBuf out, EndReason ending) {
    if (ending instanceof EndReason.Disconnected) {
      return;
    }
    if (isUpgraded) {
      super.lastWord(out, ending);
      ServerFrames.writeClose(out, CloseCode.of(ending), CloseCode.reason(ending));
    } else {
      HttpAnswer answer = refusal == null ? HttpAnswer.of(ending) : refusal;
      answer.write(out, headOnly);
    }
  }
}
