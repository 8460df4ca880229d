package dev.mooring.transport.wire.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class CloseCodeTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| (1\\d{3}) \\| (.*) \\|$", Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("`([A-Z_]+)`");
  private static final String ALL_OTHERS = "all 2xx that aren't elsewhere here";

  @Test
  void codes_ofErrors_areThoseOfTheDocument() throws IOException {
    var told = new TreeMap<String, Integer>();
    int forOthers = 0;
    var row = ROW.matcher(Files.readString(Path.of("..", "proto", "PROTOCOL.md")));
    while (row.find()) {
      int code = Integer.parseInt(row.group(1));
      forOthers = row.group(2).contains(ALL_OTHERS) ? code : forOthers;
      NAME.matcher(row.group(2)).results().forEach(name -> told.put(name.group(1), code));
    }
    var ours = new TreeMap<String, Integer>();
    for (ErrorCode code : ErrorCode.values()) {
      if (code.scope() != ErrorCode.Scope.CALL) {
        ours.put(code.name(), CloseCode.of(code));
        if (code.scope() == ErrorCode.Scope.OPENING) {
          told.putIfAbsent(code.name(), forOthers);
        }
      }
    }
    ours.put("CLIENT_CLOSED", CloseCode.of(new EndReason.ClientClosed()));
    ours.put("DETACHED", CloseCode.of(new EndReason.Detached()));
    ours.put("GONE_AWAY", CloseCode.of(new EndReason.GoneAway()));
    assertEquals(told, ours);
  }

  @Test
  void codes_all_mayBeSent() {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.scope() != ErrorCode.Scope.CALL) {
        assertTrue(WebSocketCloseStatus.isValidStatusCode(CloseCode.of(code)), code::name);
      }
    }
  }

  @Test
  void reason_long_endsWithAWholeCharacterThatFits() throws IOException {
    for (String padding : new String[] {"", "a", "aa", "aaa"}) {
      var problem =
          new Problem(ErrorCode.MALFORMED_FRAME, padding + "\u20AC\uD83D\uDE00".repeat(99));
      byte[] reason = CloseCode.reason(new EndReason.Failed(problem));
      assertTrue(reason.length <= 123 && reason.length > 119, () -> reason.length + " bytes");
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(reason)).toString();
      assertTrue(text.startsWith("MALFORMED_FRAME: " + padding + "\u20AC"), text);
    }
  }

  @Test
  void reason_short_isAllThereIsToSay() {
    var problem = new Problem(ErrorCode.NOT_OPEN, "no");
    assertEquals(
        "NOT_OPEN: no",
        new String(CloseCode.reason(new EndReason.Failed(problem)), StandardCharsets.UTF_8));
    assertEquals(
        "GONE_AWAY",
        new String(CloseCode.reason(new EndReason.GoneAway()), StandardCharsets.UTF_8));
  }
}
