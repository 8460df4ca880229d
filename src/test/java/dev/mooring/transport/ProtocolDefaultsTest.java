package dev.mooring.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.Invocation;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That the tables of PROTOCOL.md say what this server does. */
final class ProtocolDefaultsTest {
  private static final Path DOCUMENT = Path.of("..", "proto", "PROTOCOL.md");
  private static final Pattern ERROR =
      Pattern.compile(
          "^\\| (\\d{3}) \\| `([A-Z_]+)` \\| .* \\| (yes|no) \\| [^|]+ \\|$", Pattern.MULTILINE);
  private static final int PAGE_BYTES = 65_536;

  private final String document;

  ProtocolDefaultsTest() throws IOException {
    document = Files.readString(DOCUMENT);
  }

  @Test
  void errors_retryableColumn_isWhatTheServerSends() {
    var told = new TreeMap<String, String>();
    Matcher row = ERROR.matcher(document);
    while (row.find()) {
      told.put(row.group(2), row.group(3));
    }
    var ours = new TreeMap<String, String>();
    for (ErrorCode code : ErrorCode.values()) {
      ours.put(code.name(), code.retryable() ? "yes" : "no");
    }
    assertEquals(ours, told);
  }

  @Test
  void limits_defaultColumn_isWhatTheServerHas() {
    var told = new HashMap<String, String>();
    int from = document.indexOf("\n## Limits\n");
    for (String line :
        document.substring(from, document.indexOf("\n## Versions\n", from)).lines().toList()) {
      String[] cells = line.split(" *\\| *", -1);
      if (cells.length == 6) {
        told.put(cells[1], cells[2]);
      }
    }
    SessionLimits session = SessionLimits.DEFAULTS;
    TransportConfig transport = TransportConfig.DEFAULTS;
    var ours = new LinkedHashMap<String, String>();
    ours.put("a frame to the server", size(transport.frameBytes()));
    ours.put("a frame before `Opened`", size(session.openBytes()));
    ours.put(
        "arguments in a call, entries in a configuration, to be read at all",
        number(dev.mooring.proto.Messages.MAX_CLIENT_ELEMENTS));
    ours.put("configuration", session.configEntries() + " keys, " + size(session.configBytes()));
    ours.put("until `Open`", session.firstMessageMillis() / 1_000 + " s");
    ours.put(
        "a call's running time",
        "%d ms, at most %d s"
            .formatted(session.callTimeoutMillis(), session.maxCallTimeoutMillis() / 1_000));
    ours.put(
        "the guest's memory", size(session.memoryBytes()) + ", in pages of " + size(PAGE_BYTES));
    ours.put("a call's output; its events together", size(session.outputBytes()) + " each");
    ours.put("a call's events", number(session.eventsPerCall()));
    ours.put("timers set at a time", number(session.timers()));
    ours.put("timers set and cleared in a call", number(Invocation.MAX_TIMER_CHANGES));
    ours.put("calls that wait", number(session.queuedCalls()));
    ours.put("bytes that wait", size(session.queuedBytes()));
    ours.put(
        "what the client hasn't read", size(transport.writeHighBytes()) + ", beside TCP's buffers");
    ours.put("an error's message", size(Problem.MAX_MESSAGE_BYTES));
    ours.put(
        "from the last message to the end of the connection",
        transport.lingerMillis() / 1_000
            + " s, and "
            + transport.limits().writeStallMillis() / 1_000
            + " s for each MiB that waits before it");
    for (Map.Entry<String, String> limit : ours.entrySet()) {
      assertEquals(limit.getValue(), told.get(limit.getKey()), limit.getKey());
    }
  }

  private static String number(int value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String size(long bytes) {
    return bytes >= 1 << 20 ? (bytes >> 20) + " MiB" : (bytes >> 10) + " KiB";
  }
}
