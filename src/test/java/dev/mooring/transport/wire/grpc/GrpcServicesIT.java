package dev.mooring.transport.wire.grpc;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.StreamClient;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How streams begin and end that are not as they should be, and many of them at once. */
final class GrpcServicesIT extends GrpcServerFixture {
  private Http2Headers answer(Consumer<Http2Headers> change) throws Exception {
    try (var client = new Http2Client(server.address(), 0, null)) {
      Http2Headers headers = GrpcLine.headers(GrpcMethods.SESSION);
      change.accept(headers);
      GrpcLine line = GrpcLine.open(client, headers);
      line.in().readAllBytes();
      return requireNonNull(line.trailers());
    }
  }

  private void assertRefused(String status, Consumer<Http2Headers> change) throws Exception {
    Http2Headers answer = answer(change);
    assertEquals("200", answer.status().toString());
    assertEquals(status, answer.get("grpc-status").toString());
    assertEquals("identity", answer.get("grpc-accept-encoding").toString());
  }

  @Test
  void request_thatCannotBe_isRefusedInGrpcsWords() throws Exception {
    assertRefused("12", headers -> headers.path("/mooring.v1.Mooring/None"));
    assertRefused("12", headers -> headers.add("grpc-encoding", "gzip"));
    assertRefused("13", headers -> headers.remove("te"));
    assertRefused("13", headers -> headers.add("grpc-timeout", "soon"));
  }

  @Test
  void request_thatIsNotGrpc_isRefusedInHttpsWords() throws Exception {
    assertEquals(
        "415", answer(headers -> headers.set("content-type", "text/html")).status().toString());
    assertEquals(
        "415",
        answer(headers -> headers.set("content-type", "application/grpc+json"))
            .status()
            .toString());
    assertEquals("405", answer(headers -> headers.method("GET")).status().toString());
  }

  @Test
  void contentType_ofProtobuf_isServed() throws Exception {
    for (String type : List.of("application/grpc+proto", "application/grpc;charset=utf-8")) {
      try (var client = new Http2Client(server.address(), 0, null)) {
        Http2Headers headers = GrpcLine.headers(GrpcMethods.SESSION).set("content-type", type);
        GrpcLine line = GrpcLine.open(client, headers);
        line.halfClose();
        line.in().readAllBytes();
        assertEquals("0", line.status());
        assertNull(line.resetWith());
      }
    }
  }

  @Test
  void message_thatIsCompressed_isInternal() throws Exception {
    try (var client = new Http2Client(server.address(), 0, null)) {
      GrpcLine line = GrpcLine.session(client);
      line.write(new byte[] {1, 0, 0, 0, 1, 0});
      line.in().readAllBytes();
      assertEquals("13", line.status());
    }
  }

  @Test
  void deadline_thatIsOver_endsTheStreamAndItsSession() throws Exception {
    try (var client = new Http2Client(server.address(), 0, null)) {
      Http2Headers headers = GrpcLine.headers(GrpcMethods.SESSION).add("grpc-timeout", "300m");
      GrpcLine line = GrpcLine.open(client, headers);
      line.write(new GrpcFormat().open("conformance"));
      line.in().readAllBytes();
      assertEquals("4", line.status());
      assertEventually(() -> server.sessions() == 0, "its session has ended");
      assertEquals(1, server.counts().endings("DISCONNECTED"));
    }
  }

  @Test
  void streams_twoThousandOnOneConnection_areEachASession() throws Exception {
    serve(AdmissionLimits.DEFAULTS, SessionLimits.DEFAULTS);
    int count = 2_000;
    var format = new GrpcFormat();
    try (var connection = new Http2Client(server.address(), 0, null)) {
      var clients = new ArrayList<StreamClient>();
      var lines = new ArrayList<GrpcLine>();
      for (int i = 0; i < count; i++) {
        GrpcLine line = GrpcLine.session(connection);
        var client = new StreamClient(format, line);
        client.open("conformance");
        client.call(1, "add", new byte[0], (long) i);
        client.flush();
        clients.add(client);
        lines.add(line);
      }
      for (int i = 0; i < count; i++) {
        assertEquals(new Heard.Opened(), clients.get(i).read());
        assertEquals(new Heard.Result(1, List.of((long) i), ""), clients.get(i).read());
      }
      assertEquals(count, server.sessions());
      assertEquals(count, server.connections());
      for (GrpcLine line : lines) {
        line.halfClose();
      }
      for (int i = 0; i < count; i++) {
        assertEquals(new Heard.Closed("CLIENT_CLOSED"), clients.get(i).read());
        assertEquals(new Heard.End(), clients.get(i).read());
        assertEquals("0", lines.get(i).status());
      }
      assertEquals(1, server.connections());
    }
  }
}
