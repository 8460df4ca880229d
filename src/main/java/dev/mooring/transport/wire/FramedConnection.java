package dev.mooring.transport.wire;

import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.proto.frame.LengthPrefix;
import dev.mooring.session.MessageEncoder;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopContext;
import io.netty.channel.Channel;
import java.util.function.Function;

/**
 * Makes a connection of a channel whose messages come as frames, each behind its length.
 *
 * <p>Event loop only.
 */
public final class FramedConnection {
  private FramedConnection() {}

  /**
   * Adds to the end of a channel's pipeline: bytes become frames, so that nothing behind ever sees
   * part of one; then messages, for a {@link Connection}.
   *
   * @param config what the connection is kept by
   * @param prefix how lengths are written that come in
   * @param encoder the connection's own
   * @param readers makes what reads its frames
   */
  public static void addTo(
      Channel channel,
      ConnectionAdmission admission,
      TransportConfig config,
      LoopContext loop,
      LengthPrefix prefix,
      MessageEncoder encoder,
      Function<Connection, FrameSink> readers) {
    // A stranger's first message can't have to be as long as a session's may be.
    int firstBytes = Math.min(config.frameBytes(), loop.sessions().openBytes());
    var decoder = new FrameDecoder(prefix, firstBytes);
    var peer =
        new ChannelPeer(
            channel,
            admission,
            new FrameInput(decoder, channel.pipeline(), config.frameBytes()),
            encoder,
            config,
            loop.held(),
            loop.spare());
    var connection = new Connection(loop, peer, config);
    decoder.deliverTo(readers.apply(connection));
    channel.pipeline().addLast("frames", decoder).addLast("connection", connection);
  }
}
