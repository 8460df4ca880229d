package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.Outgoing.PendingCall;
import dev.mooring.proto.Frames;
import dev.mooring.proto.GoldenFrame;
import dev.mooring.proto.GoldenFrame.Direction;
import dev.mooring.proto.GoldenFrames;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Call.FunctionCase;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That this library writes and reads the golden frames as everybody does. */
final class GoldenFrameVectorTest {
  /** A call's id is had by making as many calls before it. */
  private static final long HIGHEST_ID = 1_000;

  /** Never runs: what is tested here happens on the thread of the test. */
  private final EventLoop eventLoop = new DefaultEventLoop();

  @Test
  void client_everyFrameThatWeCanMean_isWrittenByteForByte() {
    var written = new EnumMap<ClientMessage.MessageCase, Integer>(ClientMessage.MessageCase.class);
    for (GoldenFrame frame : GoldenFrames.good(Direction.CLIENT)) {
      var message = (ClientMessage) frame.message();
      assertNotNull(message);
      if (!frame.canonical() || Long.compareUnsigned(message.getCall().getId(), HIGHEST_ID) > 0) {
        continue;
      }
      if (message.getOpen().hasResume() && message.getOpen().getResume().getToken().isEmpty()) {
        // A name alone means the same, so this library doesn't say it.
        continue;
      }
      ByteBuf out = Unpooled.buffer();
      switch (message.getMessageCase()) {
        case OPEN -> Frames.write(out, written(message.getOpen()));
        case CALL -> writeCall(message.getCall(), out);
        case CANCEL -> Frames.write(out, Translation.cancel(message.getCancel().getId()));
        case PING -> Frames.write(out, Translation.ping(message.getPing().getToken()));
        case CLOSE -> Frames.write(out, Translation.CLOSE);
        case ACKNOWLEDGE ->
            Frames.write(out, Translation.acknowledge(message.getAcknowledge().getReceived()));
        case MESSAGE_NOT_SET -> throw new AssertionError("an empty message is not good");
      }
      if (message.getOpen().getConfigCount() > 1) {
        // A map's entries may come in any order.
        assertEquals(frame.bytes().length, out.readableBytes(), frame.name());
      } else {
        assertArrayEquals(frame.bytes(), ByteBufUtil.getBytes(out), frame.name());
      }
      written.merge(message.getMessageCase(), 1, Integer::sum);
    }
    assertEquals(ClientMessage.MessageCase.values().length - 1, written.size(), written::toString);
    assertTrue(written.getOrDefault(ClientMessage.MessageCase.CALL, 0) >= 10, written::toString);
  }

  @Test
  void server_everyFrame_meansWhatItSays() throws Exception {
    var read = new EnumMap<ServerMessage.MessageCase, Integer>(ServerMessage.MessageCase.class);
    var reader = new ResultReader();
    for (GoldenFrame frame : GoldenFrames.good(Direction.SERVER)) {
      var message = (ServerMessage) frame.message();
      assertNotNull(message);
      byte[] wire = frame.bytes();
      ByteBuf body = Unpooled.wrappedBuffer(wire);
      body.skipBytes(wire.length - message.getSerializedSize());
      assertEquals(message.getMessageCase(), reader.read(body), frame.name());
      switch (message.getMessageCase()) {
        case OPENED -> assertOpened(message.getOpened(), reader.message().getOpened());
        case RESULT -> {
          assertEquals(message.getResult().getId(), reader.id(), frame.name());
          assertEquals(message.getResult().getSequence(), reader.sequence(), frame.name());
          CallResult result = Translation.result(reader, body);
          assertEquals(values(message.getResult().getValuesList()), result.values());
          assertArrayEquals(message.getResult().getOutput().toByteArray(), result.output());
        }
        case EVENT -> {
          assertEquals(message.getEvent().getSequence(), reader.sequence(), frame.name());
          assertArrayEquals(
              message.getEvent().getPayload().toByteArray(), Translation.bytes(reader, body));
        }
        case ERROR ->
            assertError(message.getError(), Translation.error(reader.message().getError()));
        case PONG ->
            assertEquals(message.getPong().getToken(), reader.message().getPong().getToken());
        case GO_AWAY ->
            assertEquals(
                message.getGoAway().getReason().name(),
                Translation.reason(reader.message().getGoAway()).name());
        case CLOSED ->
            assertEquals(
                message.getClosed().getReason().name(),
                Translation.reason(reader.message().getClosed()).name());
        case MESSAGE_NOT_SET -> throw new AssertionError("an empty message is not good");
      }
      read.merge(message.getMessageCase(), 1, Integer::sum);
    }
    assertEquals(ServerMessage.MessageCase.values().length - 1, read.size(), read::toString);
  }

  private static ClientMessage written(Open open) {
    String authToken = open.getAuthToken().isEmpty() ? null : open.getAuthToken();
    if (!open.getResume().getToken().isEmpty()) {
      var token = SessionToken.of(open.getResume().getToken().toByteArray());
      return Translation.resume(
          authToken, new OpenOptions.Resume(token, open.getResume().getReceived()));
    }
    OpenOptions options =
        OpenOptions.module(open.getModule())
            .withConfig(open.getConfigMap())
            .withAuthToken(authToken)
            .withKeep(open.hasKeep() ? keep(open.getKeep()) : null);
    return Translation.open(
        open.hasLimits() ? options.withLimits(limits(open.getLimits())) : options);
  }

  private static Keep keep(dev.mooring.proto.v1.Keep keep) {
    return new Keep(
        Duration.ofMillis(keep.getTtlMs()),
        Keep.Durability.valueOf(keep.getDurability().name()),
        keep.getName().isEmpty() ? null : keep.getName(),
        Keep.NamePolicy.valueOf(keep.getNamePolicy().name()));
  }

  private static SessionLimits limits(Limits limits) {
    return new SessionLimits(
        limits.getMemoryBytes(),
        Duration.ofMillis(limits.getCallTimeoutMs()),
        limits.getOutputBytes(),
        limits.getEventsPerCall(),
        limits.getQueuedCalls(),
        limits.getQueuedBytes(),
        limits.getFrameBytes());
  }

  private void writeCall(Call call, ByteBuf out) {
    var options = OpenOptions.module("m").withInFlight(new OpenOptions.InFlight(1 << 16, 1 << 20));
    var loop = new Loop(eventLoop, eventLoop);
    var dialer =
        new Dialer(
            loop,
            new LocalAddress("nowhere"),
            Wire.MOORING,
            new Wire.Peer("nowhere", false, 1),
            Bootstrap::new);
    var session = new Session(loop, options, dialer, _ -> {});
    var unanswered = new Unanswered(session.window(), 0, 0);
    ByteBuf before = Unpooled.buffer();
    for (long id = 1; id < call.getId(); id++) {
      unanswered.send(new PendingCall(session, CallRequest.of("f"), -1), before);
    }
    boolean byName = call.getFunctionCase() == FunctionCase.NAME;
    CallRequest request =
        CallRequest.of(call.getName())
            .withArguments(values(call.getArgumentsList()))
            .withInput(call.getInput().toByteArray());
    request = request.withTraceparent(call.getTraceparent());
    if (call.getTimeoutMs() != 0) {
      request = request.withTimeout(Duration.ofMillis(call.getTimeoutMs()));
    }
    unanswered.send(new PendingCall(session, request, byName ? -1 : call.getIndex()), out);
  }

  private static List<Value> values(List<dev.mooring.proto.v1.Value> values) {
    var list = new ArrayList<Value>();
    for (var value : values) {
      list.add(
          switch (value.getValueCase()) {
            case I32 -> Value.i32(value.getI32());
            case I64 -> Value.i64(value.getI64());
            case F32 -> Value.f32(value.getF32());
            case F64 -> Value.f64(value.getF64());
            case VALUE_NOT_SET -> throw new AssertionError("a value without a type is not good");
          });
    }
    return list;
  }

  private static void assertOpened(Opened expected, Opened read) throws ProtocolViolation {
    var exports = Translation.exports(read);
    assertEquals(
        expected.getExportsList().stream().map(Export::getName).toList(),
        exports.stream().map(ExportedFunction::name).toList());
    for (int i = 0; i < exports.size(); i++) {
      Export export = expected.getExports(i);
      assertEquals(i, exports.get(i).index());
      assertEquals(
          Map.of(true, names(export.getParametersList()), false, names(export.getResultsList())),
          Map.of(true, names(exports.get(i).parameters()), false, names(exports.get(i).results())));
    }
    assertEquals(limits(expected.getLimits()), Translation.limits(read.getLimits()));
    if (expected.hasKept()) {
      assertKept(expected.getKept(), read.getKept());
    }
  }

  private static void assertKept(Kept expected, Kept read) throws ProtocolViolation {
    Keep keep = Translation.keep(read);
    String name = keep.name();
    assertEquals(expected.getTtlMs(), keep.ttl().toMillis());
    assertEquals(expected.getDurability().name(), keep.durability().name());
    assertEquals(expected.getName(), name == null ? "" : name);
    assertArrayEquals(expected.getToken().toByteArray(), Translation.token(read).bytes());
  }

  private static List<String> names(List<? extends Enum<?>> types) {
    return types.stream().map(Enum::name).toList();
  }

  private static void assertError(Error expected, MooringException read) {
    assertEquals(expected.getCode().name(), read.code().name());
    assertEquals(expected.getId(), read.callId());
    assertEquals(expected.getRetryable(), read.retryable());
    assertEquals(expected.getCode() + ": " + expected.getMessage(), read.getMessage());
    TrapKind trap = read.trap();
    assertEquals(expected.getTrap().name(), trap == null ? "TRAP_KIND_UNSPECIFIED" : trap.name());
  }
}
