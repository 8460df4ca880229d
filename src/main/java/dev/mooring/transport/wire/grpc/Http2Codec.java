package dev.mooring.transport.wire.grpc;

import dev.mooring.transport.config.AdmissionLimits;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;

/** Netty's HTTP/2 with our bounds. */
final class Http2Codec extends Http2FrameCodecBuilder {
  /**
   * How much may come on one stream that isn't read. The connection's own window holds nothing
   * back: streams that aren't read would use it up for those that are.
   */
  static final int WINDOW_BYTES = 64 * 1024;

  /** How long a request's headers may be, together and unpacked. */
  static final int HEADER_LIST_BYTES = 8 * 1024;

  /** When so much of a window is used up it is made whole again. */
  private static final float WINDOW_UPDATE_RATIO = 0.5f;

  /** Answers to pings, settings and the like that may wait for a client that doesn't read. */
  private static final int QUEUED_CONTROL_FRAMES = 1_000;

  /** In a row, after which the client has nothing to say. */
  private static final int EMPTY_DATA_FRAMES = 10;

  private Http2Codec(AdmissionLimits limits) {
    var connection = new DefaultHttp2Connection(true);
    connection
        .local()
        .flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
    connection(connection);
    initialSettings(
        Http2Settings.defaultSettings()
            .maxConcurrentStreams(limits.streams())
            .initialWindowSize(WINDOW_BYTES)
            .maxHeaderListSize(HEADER_LIST_BYTES));
    decoderEnforceMaxConsecutiveEmptyDataFrames(EMPTY_DATA_FRAMES);
    // A reset is how gRPC cancels.
    decoderEnforceMaxRstFramesPerWindow(limits.cancelsPerSecond(), 1);
    encoderEnforceMaxQueuedControlFrames(QUEUED_CONTROL_FRAMES);
    decoupleCloseAndGoAway(true);
  }

  static Http2FrameCodec of(AdmissionLimits limits) {
    return new Http2Codec(limits).build();
  }
}
