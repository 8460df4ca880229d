package dev.mooring.transport.wire.mooring;

import dev.mooring.proto.Frames;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.proto.frame.LengthPrefix;
import dev.mooring.proto.frame.VarintPrefix;
import dev.mooring.session.MessageEncoder;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.FramedWire;
import dev.mooring.transport.wire.ProtocolDetector;
import io.netty.buffer.ByteBuf;
import java.util.function.Function;

/**
 * Mooring's own protocol: protobuf messages, each behind its length.
 *
 * <p>Any thread.
 */
public final class MooringWire implements FramedWire {
  @Override
  public String alpn() {
    return "mooring/1";
  }

  @Override
  public String inWords() {
    return "protobuf messages, each behind its length";
  }

  @Override
  public Recognition recognise(ByteBuf first) {
    return switch (new ProtocolDetector().look(first.slice())) {
      case FRAMES -> Recognition.YES;
      case PERHAPS_TEXT, PERHAPS_TLS -> Recognition.PERHAPS;
      case HTTP, HTTP2, TEXT, TLS -> Recognition.NO;
    };
  }

  @Override
  public LengthPrefix prefix() {
    return VarintPrefix.INSTANCE;
  }

  @Override
  public MessageEncoder encoder(int frameBytes) {
    return new ProtobufEncoder(Frames.VARINT, frameBytes);
  }

  @Override
  public Function<Connection, FrameSink> readers() {
    var scratch = new MessageReader.Scratch();
    return connection -> new MessageReader(connection, scratch);
  }
}
