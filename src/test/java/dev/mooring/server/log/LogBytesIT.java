package dev.mooring.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.server.LogConfig;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Guests whose words take more in the log than in their memory: what is bounded is what is written,
 * as each of the log's formats writes it.
 */
final class LogBytesIT {
  private static final int BYTES_PER_SECOND = 64 << 10;
  private static final int LINE_BYTES = 8 << 10;
  private static final LogLimits LIMITED = new LogLimits(0, BYTES_PER_SECOND);
  private static final LogLimits UNLIMITED = new LogLimits(0, 0);
  private static final int LONG_CALLS = 30;
  private static final int SHORT_CALLS = 2_000;

  private static final List<Logger> LOGGERS =
      List.of(
          (Logger) LoggerFactory.getLogger("dev.mooring.guest.log"),
          (Logger) LoggerFactory.getLogger("dev.mooring.session.Session"));

  /** What guests say, by what it is. */
  private static final Map<String, byte[]> WORDS = words();

  /** How they say it: a function of the guest's, and its arguments. */
  private static final List<List<Integer>> WAYS = List.of(List.of(), List.of(1), List.of(2));

  @TempDir Path modules;

  private final AtomicLong lines = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong longestBytes = new AtomicLong();

  private static Map<String, byte[]> words() {
    var words = new LinkedHashMap<String, byte[]>();
    words.put("letters", repeated('x'));
    words.put("not UTF-8", repeated(0xFF));
    words.put("controls", repeated(0x01, 0x1B, 0x7F, 'a'));
    words.put("quotes", repeated('"'));
    words.put("backslashes", repeated('\\'));
    words.put("slashes", repeated('/'));
    words.put("control characters of two bytes", repeated(0xC2, 0x9B));
    words.put("lines in a line", repeated('a', 0xE2, 0x80, 0xA8));
    words.put("characters of two bytes", repeated(0xC3, 0xBC));
    words.put("characters of four bytes", repeated(0xF0, 0x9F, 0x98, 0x80));
    words.put("controls of four bytes", repeated('a', 0xF3, 0xA0, 0x80, 0x81));
    words.put("halves of a pair", repeated(0xED, 0xA0, 0x80));
    words.put("tabs and newlines", repeated('\t', 'x', '\r', 'y', '\n'));
    words.put("a letter", new byte[] {'x'});
    return words;
  }

  private static byte[] repeated(int... pattern) {
    byte[] all = new byte[LINE_BYTES];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) pattern[i % pattern.length];
    }
    return all;
  }

  private ServerConfig config(LogLimits session, LogLimits all) {
    return ServerConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
        .withTransport(TransportConfig.DEFAULTS.withEventLoops(1))
        .withLog(new LogConfig(all, 0))
        .withSession(SessionLimits.DEFAULTS.withCallTimeouts(10_000, 10_000).withLog(session));
  }

  /** Takes what is logged, as long as the body runs, and counts what is written of it. */
  private void counting(String format, Body body) throws Exception {
    var context = new LoggerContext();
    Encoder<ILoggingEvent> encoder = LogFormats.encoder(context, LogFormats.SERVER, format);
    var counter =
        new AppenderBase<ILoggingEvent>() {
          @Override
          protected void append(ILoggingEvent event) {
            byte[] line = encoder.encode(event);
            lines.incrementAndGet();
            bytes.addAndGet(line.length);
            longestBytes.accumulateAndGet(line.length, Math::max);
          }
        };
    counter.start();
    for (Logger logger : LOGGERS) {
      logger.setAdditive(false);
      logger.addAppender(counter);
      logger.setLevel(Level.INFO);
    }
    try {
      body.run();
    } finally {
      for (Logger logger : LOGGERS) {
        logger.detachAppender(counter);
        logger.setAdditive(true);
        logger.setLevel(null);
      }
      context.stop();
    }
  }

  private interface Body {
    void run() throws Exception;
  }

  private static int calls(byte[] words) {
    return words.length == 1 ? SHORT_CALLS : LONG_CALLS;
  }

  private static void say(RawClient client, byte[] words, List<Integer> way, int times) {
    for (int i = 0; i < times; i++) {
      var message =
          way.isEmpty()
              ? client.sendCall("log", words)
              : client.sendCall("write", words, RawClient.i32(way.getFirst()));
      assertTrue(client.receive().hasResult(), "call " + message);
    }
  }

  /** All that was written since the start is what may be, and a line more; and not much less. */
  private void assertBounded(String what, long startNanos, long dropped) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    long most = (long) (BYTES_PER_SECOND * (1 + seconds)) + LINE_BYTES;
    assertTrue(bytes.get() <= most, what + ": " + bytes + " bytes, at most " + most);
    assertTrue(bytes.get() >= BYTES_PER_SECOND / 3, what + ": " + bytes + " bytes");
    assertTrue(longestBytes.get() <= LINE_BYTES, what + ": a line of " + longestBytes);
    assertTrue(dropped > 0, what + ": nothing was dropped of " + lines + " lines");
    bytes.set(0);
    lines.set(0);
    longestBytes.set(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "JSON"})
  void session_logsWhatGrowsInTheLog_writesNoMoreThanItMay(String format) throws Exception {
    try (var server = MooringServer.start(config(LIMITED, UNLIMITED))) {
      counting(
          format,
          () -> {
            for (List<Integer> way : WAYS) {
              for (Map.Entry<String, byte[]> words : WORDS.entrySet()) {
                sayAlone(server, words, way);
              }
            }
          });
    }
  }

  private void sayAlone(MooringServer server, Map.Entry<String, byte[]> words, List<Integer> way) {
    try (var client = new RawClient(server.address())) {
      client.open("wordy");
      long start = System.nanoTime();
      long droppedBefore = server.counts().logLinesDropped();
      say(client, words.getValue(), way, calls(words.getValue()));
      long dropped = server.counts().logLinesDropped() - droppedBefore;
      assertBounded(words.getKey() + " " + way, start, dropped);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "JSON"})
  void timers_failWithWhatGrowsInTheLog_writeNoMoreThanTheGuestMay(String format) throws Exception {
    try (var server = MooringServer.start(config(LIMITED, UNLIMITED))) {
      counting(
          format,
          () -> {
            for (String what : List.of("letters", "not UTF-8", "controls", "quotes")) {
              failLater(server, what);
            }
          });
    }
  }

  private void failLater(MooringServer server, String what) throws Exception {
    byte[] words = Objects.requireNonNull(WORDS.get(what));
    try (var client = new RawClient(server.address())) {
      client.open("wordy");
      long start = System.nanoTime();
      long droppedBefore = server.counts().logLinesDropped();
      for (int i = 0; i < calls(words); i++) {
        long failed = lines.get() + server.counts().logLinesDropped();
        client.sendCall("fail_later", words);
        client.receive();
        Eventually.assertEventually(
            () -> lines.get() + server.counts().logLinesDropped() > failed, "the timer failed");
      }
      assertBounded(what, start, server.counts().logLinesDropped() - droppedBefore);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "JSON"})
  void sessions_logWhatGrowsInTheLog_writeNoMoreThanAllMay(String format) throws Exception {
    try (var server = MooringServer.start(config(UNLIMITED, LIMITED))) {
      counting(
          format,
          () -> {
            var clients = new ArrayList<RawClient>();
            try {
              for (int i = 0; i < 3; i++) {
                clients.add(new RawClient(server.address()));
                clients.getLast().open("wordy");
              }
              long start = System.nanoTime();
              for (byte[] words : WORDS.values()) {
                for (RawClient client : clients) {
                  say(client, words, WAYS.getFirst(), 3);
                }
              }
              assertBounded("all", start, server.counts().logLinesDropped());
            } finally {
              clients.forEach(RawClient::close);
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "JSON"})
  void line_anyWords_isOneLineOfAtMost8KiB(String format) throws Exception {
    try (var server = MooringServer.start(config(UNLIMITED, UNLIMITED));
        var client = new RawClient(server.address())) {
      counting(
          format,
          () -> {
            client.open("wordy");
            for (byte[] words : WORDS.values()) {
              byte[] twice = ByteBuffer.allocate(2 * words.length).put(words).put(words).array();
              say(client, twice, WAYS.getFirst(), 1);
            }
          });
      assertEquals(WORDS.size(), lines.get());
      assertTrue(longestBytes.get() <= LINE_BYTES, longestBytes + " bytes");
      assertTrue(longestBytes.get() >= LINE_BYTES * 9 / 10, longestBytes + " bytes");
    }
  }
}
