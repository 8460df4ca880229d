package dev.mooring.transport.wire.json;

import dev.mooring.guest.intake.ValueType;
import dev.mooring.session.EndReason;
import dev.mooring.session.GoAwayReason;
import dev.mooring.session.MessageEncoder;
import dev.mooring.session.OpenedSession;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Messages as {@link JsonWire} has them. */
final class JsonEncoder implements MessageEncoder {
  /** Writes a message: its members' keys and values, in turn. */
  static void write(ByteBuf out, Object... members) {
    var json = new StringBuilder("{");
    for (int i = 0; i < members.length; i++) {
      String text = members[i].toString().replaceAll("[\"\\\\\\x00-\\x1f]", "?");
      json.append('"').append(text).append(i % 2 == 0 ? "\":" : "\",");
    }
    json.setCharAt(json.length() - 1, '}');
    ByteBufUtil.writeAscii(out, "%08x".formatted(ByteBufUtil.utf8Bytes(json)));
    ByteBufUtil.writeUtf8(out, json);
  }

  private static String base64(ByteBuf bytes, int index, int length) {
    return Base64.getEncoder().encodeToString(ByteBufUtil.getBytes(bytes, index, length));
  }

  @Override
  public void opened(ByteBuf out, OpenedSession opened) {
    write(out, "type", "opened", "session", opened.sessionId(), "module", opened.moduleDigest());
  }

  @Override
  public void result(
      ByteBuf out, long sequence, long id, List<ValueType> types, long[] bits, ByteBuf output) {
    String values = Arrays.toString(Arrays.copyOf(bits, types.size()));
    String bytes = base64(output, output.readerIndex(), output.readableBytes());
    write(out, "type", "result", "number", id, "values", values, "bytes", bytes);
  }

  @Override
  public void error(ByteBuf out, long sequence, long id, Problem problem) {
    write(out, "type", "error", "number", id, "code", problem.code(), "text", problem.message());
  }

  @Override
  public void event(ByteBuf out, long sequence, ByteBuf bytes, int index, int length) {
    write(out, "type", "event", "bytes", base64(bytes, index, length));
  }

  @Override
  public void pong(ByteBuf out, long token) {
    write(out, "type", "pong", "number", token);
  }

  @Override
  public void goAway(ByteBuf out, long lastId, GoAwayReason reason, String message) {
    write(out, "type", "goAway", "number", lastId, "reason", reason, "text", message);
  }

  @Override
  public void lastWord(ByteBuf out, EndReason ending) {
    switch (ending) {
      case EndReason.Failed(Problem problem) -> error(out, 0, 0, problem);
      case EndReason.Disconnected gone -> {}
      default -> write(out, "type", "closed", "reason", ending.name());
    }
  }
}
