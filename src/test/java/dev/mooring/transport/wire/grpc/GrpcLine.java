package dev.mooring.transport.wire.grpc;

import dev.mooring.transport.wire.Line;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A gRPC stream, on a connection that may have others. What isn't read waits at the server. */
final class GrpcLine implements Line {
  private final StreamBytes bytes;
  private final Http2StreamChannel stream;
  private final Http2Client client;

  private GrpcLine(Http2Client client, Http2StreamChannel stream, StreamBytes bytes) {
    this.client = client;
    this.stream = stream;
    this.bytes = bytes;
  }

  /** Headers of a call. */
  static Http2Headers headers(String path) {
    return new DefaultHttp2Headers()
        .method("POST")
        .scheme("http")
        .authority("test")
        .path(path)
        .add("content-type", "application/grpc")
        .add("te", "trailers");
  }

  /** A stream for a session. */
  static GrpcLine session(Http2Client client) {
    return open(client, headers("/mooring.v1.Mooring/Session"));
  }

  /** A stream that begins so. */
  static GrpcLine open(Http2Client client, Http2Headers headers) {
    var bytes = new StreamBytes();
    Http2StreamChannel stream = client.newStream(bytes);
    bytes.of(stream);
    stream.writeAndFlush(new DefaultHttp2HeadersFrame(headers)).syncUninterruptibly();
    return new GrpcLine(client, stream, bytes);
  }

  /** The headers that ended it, once all was read; null if it ended otherwise. */
  @Nullable Http2Headers trailers() {
    return bytes.trailers();
  }

  /** HTTP/2's number of why the server reset it; null if it didn't. */
  @Nullable Long resetWith() {
    return bytes.resetWith();
  }

  /** Its status in words, once it has ended: the number, and the message if there is one. */
  String status() {
    Http2Headers trailers = bytes.trailers();
    return trailers == null ? "none" : trailers.get("grpc-status").toString();
  }

  @Override
  public InputStream in() {
    return bytes;
  }

  @Override
  public void write(byte[] written) {
    stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(written)));
  }

  /** Ends the stream at once, and not its connection. */
  void cancel() {
    stream.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL)).syncUninterruptibly();
  }

  @Override
  public void halfClose() {
    stream.writeAndFlush(new DefaultHttp2DataFrame(true));
  }

  @Override
  public void reset() {
    client.reset();
  }

  @Override
  public void close() {
    client.close();
  }
}
