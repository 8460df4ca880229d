package dev.mooring.transport.wire.websocket;

import dev.mooring.session.EndReason;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.wire.ChannelPeer;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.ProtocolDetector;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.mooring.MessageReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;

/**
 * Mooring's messages over WebSocket. All HTTP/1 is this wire's, so that it can say what it wants.
 *
 * <p>Any thread.
 */
public final class WebSocketWire implements Wire {
  @Override
  public String alpn() {
    return "http/1.1";
  }

  @Override
  public String inWords() {
    return "a WebSocket at GET " + Handshake.PATH + ", sub-protocol " + Handshake.PROTOCOL;
  }

  @Override
  public Recognition recognise(ByteBuf first) {
    return switch (new ProtocolDetector().look(first.slice())) {
      case HTTP -> Recognition.YES;
      case PERHAPS_TEXT -> Recognition.PERHAPS;
      case FRAMES, PERHAPS_TLS, HTTP2, TEXT, TLS -> Recognition.NO;
    };
  }

  @Override
  public ByteBuf refusal(ByteBufAllocator allocator, Problem problem) {
    ByteBuf word = allocator.buffer();
    new WebSocketEncoder(0).lastWord(word, new EndReason.Failed(problem));
    return word;
  }

  @Override
  public OnLoop on(LoopContext loop) {
    var scratch = new MessageReader.Scratch();
    return (channel, admission, config) -> add(channel, admission, config, loop, scratch);
  }

  /** HTTP until the handshake is done; then frames, which become messages. */
  private static void add(
      Channel channel,
      ConnectionAdmission admission,
      TransportConfig config,
      LoopContext loop,
      MessageReader.Scratch scratch) {
    // A stranger's first message can't have to be as long as a session's may be.
    int firstBytes = Math.min(config.frameBytes(), loop.sessions().openBytes());
    var input = new MessageAssembler(channel.pipeline(), firstBytes, config.frameBytes());
    var encoder = new WebSocketEncoder(config.frameBytes());
    var peer =
        new ChannelPeer(channel, admission, input, encoder, config, loop.held(), loop.spare());
    var connection = new Connection(loop, peer, config);
    input.deliverTo(new MessageReader(connection, scratch), connection::mayPing, peer.outbound());
    HandshakeHandler.addTo(
        channel.pipeline(), admission, config.listener().origins(), encoder, peer.outbound());
    channel.pipeline().addLast("frames", input.reader()).addLast("connection", connection);
  }
}
