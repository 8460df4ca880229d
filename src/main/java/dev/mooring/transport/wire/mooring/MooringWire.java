package dev.mooring.transport.wire.mooring;

import dev.mooring.proto.FrameDecoder;
import dev.mooring.proto.Frames;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.wire.ChannelPeer;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.ProtocolDetector;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;

/**
 * Mooring's own protocol: protobuf messages, each behind its length.
 *
 * <p>Any thread.
 */
public final class MooringWire implements Wire {
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
  public ByteBuf refusal(ByteBufAllocator allocator, Problem problem) {
    ByteBuf error = allocator.buffer();
    Frames.write(error, Messages.error(0, problem));
    return error;
  }

  @Override
  public OnLoop on(LoopContext loop) {
    var scratch = new MessageReader.Scratch();
    return (channel, admission, config) -> add(channel, admission, config, loop, scratch);
  }

  /** Bytes become frames, so that nothing behind ever sees part of one; then messages. */
  private static void add(
      Channel channel,
      ConnectionAdmission admission,
      TransportConfig config,
      LoopContext loop,
      MessageReader.Scratch scratch) {
    // A stranger's first message can't have to be as long as a session's may be.
    var decoder = new FrameDecoder(Math.min(config.frameBytes(), loop.sessions().openBytes()));
    var peer =
        new ChannelPeer(
            channel,
            admission,
            new FrameInput(decoder, channel.pipeline(), config.frameBytes()),
            new ProtobufEncoder(config.frameBytes()),
            config,
            loop.held(),
            loop.spare());
    var connection = new Connection(loop, peer, config);
    decoder.deliverTo(new MessageReader(connection, scratch));
    channel.pipeline().addLast("frames", decoder).addLast("connection", connection);
  }
}
