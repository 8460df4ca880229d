package dev.mooring.transport.wire.mooring;

import dev.mooring.guest.intake.ValueType;
import dev.mooring.proto.Frames;
import dev.mooring.proto.ResultWriter;
import dev.mooring.proto.frame.Framing;
import dev.mooring.session.EndReason;
import dev.mooring.session.GoAwayReason;
import dev.mooring.session.MessageEncoder;
import dev.mooring.session.OpenedSession;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Messages of Mooring's own protocol: protobuf, with in front of each what its wire has there.
 *
 * <p>Event loop only; one connection's.
 */
public class ProtobufEncoder implements MessageEncoder {
  private static final byte[] NO_TYPES = {};

  private final Framing framing;
  private final int frameBytes;
  private byte[] types = NO_TYPES;

  /** An encoder whose clients are told that a message may be so long. */
  public ProtobufEncoder(Framing framing, int frameBytes) {
    this.framing = framing;
    this.frameBytes = frameBytes;
  }

  @Override
  public void opened(ByteBuf out, OpenedSession opened) {
    Frames.write(out, framing, Messages.opened(opened, frameBytes));
  }

  @Override
  public void result(
      ByteBuf out,
      long sequence,
      long id,
      List<ValueType> resultTypes,
      long[] values,
      ByteBuf output) {
    int count = resultTypes.size();
    if (types.length < count) {
      types = new byte[count];
    }
    for (int i = 0; i < count; i++) {
      types[i] = Messages.number(resultTypes.get(i));
    }
    ResultWriter.writeResult(out, framing, id, values, types, count, output, sequence);
  }

  @Override
  public void error(ByteBuf out, long sequence, long id, Problem problem) {
    Frames.write(out, framing, Messages.error(sequence, id, problem));
  }

  @Override
  public void event(ByteBuf out, long sequence, ByteBuf bytes, int index, int length) {
    ResultWriter.writeEvent(out, framing, bytes, index, length, sequence);
  }

  @Override
  public void pong(ByteBuf out, long token) {
    ResultWriter.writePong(out, framing, token);
  }

  @Override
  public void goAway(ByteBuf out, long lastId, GoAwayReason reason, String message) {
    Frames.write(out, framing, Messages.goAway(lastId, reason, message));
  }

  @Override
  public void lastWord(ByteBuf out, EndReason ending) {
    switch (ending) {
      case EndReason.Failed(Problem problem) ->
          Frames.write(out, framing, Messages.error(0, 0, problem));
      case EndReason.ClientClosed closed -> Frames.write(out, framing, Messages.closed(ending));
      case EndReason.Detached detached -> Frames.write(out, framing, Messages.closed(ending));
      case EndReason.GoneAway gone -> Frames.write(out, framing, Messages.closed(ending));
      case EndReason.Disconnected gone -> {}
    }
  }
}
