package dev.mooring.trace;

import static dev.mooring.server.testing.Eventually.assertEventually;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A collector: it takes spans over OTLP, by HTTP and protobuf, and keeps them. */
final class OtlpReceiver implements AutoCloseable {
  private static final int OK = 200;

  private final HttpServer server;
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private volatile @Nullable Resource resource;

  OtlpReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      var request = ExportTraceServiceRequest.parseFrom(exchange.getRequestBody());
      for (var ofResource : request.getResourceSpansList()) {
        resource = ofResource.getResource();
        ofResource.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
      }
      byte[] answer = ExportTraceServiceResponse.getDefaultInstance().toByteArray();
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(OK, answer.length == 0 ? -1 : answer.length);
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The spans of a trace, as soon as there are so many. */
  List<Span> spans(String traceId, int count) throws InterruptedException {
    assertEventually(() -> of(traceId).size() >= count, count + " spans have come");
    return of(traceId);
  }

  private List<Span> of(String traceId) {
    return spans.stream().filter(span -> hex(span.getTraceId()).equals(traceId)).toList();
  }

  /** How many have come, of all traces. */
  int count() {
    return spans.size();
  }

  /** What whoever sent the last says of itself, by key. */
  String about(String key) {
    Resource known = resource;
    return known == null
        ? ""
        : known.getAttributesList().stream()
            .filter(attribute -> attribute.getKey().equals(key))
            .map(attribute -> attribute.getValue().getStringValue())
            .findFirst()
            .orElse("");
  }

  static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
