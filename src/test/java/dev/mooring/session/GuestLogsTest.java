package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.mooring.guest.call.GuestEnvironment.Level;
import dev.mooring.guest.log.LogBudget;
import dev.mooring.guest.log.LogLimits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class GuestLogsTest {
  private static final Logger LOG = (Logger) LoggerFactory.getLogger("dev.mooring.guest.log");

  private final List<ILoggingEvent> events = new ArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          events.add(event);
        }
      };

  private final ManualLoop loop = new ManualLoop();

  @BeforeEach
  void listen() {
    appender.start();
    LOG.setLevel(ch.qos.logback.classic.Level.INFO);
    LOG.setAdditive(false);
    LOG.addAppender(appender);
  }

  @AfterEach
  void listenNoMore() {
    LOG.detachAppender(appender);
    LOG.setAdditive(true);
    LOG.setLevel(null);
  }

  private GuestLogs logs(int linesPerSecond) {
    return new GuestLogs(loop, new LogBudget(new LogLimits(linesPerSecond, 0), 0));
  }

  private static void write(GuestLogger logger, int lines) {
    for (int i = 0; i < lines; i++) {
      if (logger.takes(Level.WARN)) {
        logger.log(Level.WARN, "line");
      }
    }
  }

  private List<String> taken() {
    var messages =
        events.stream()
            .map(
                event ->
                    event.getFormattedMessage().replaceAll(":.*", "")
                        + event.getKeyValuePairs().stream().map(p -> " " + p.value).toList())
            .toList();
    events.clear();
    return messages;
  }

  @Test
  void line_aboveTheSessionsRate_isDroppedCountedAndToldLater() {
    GuestLogs logs = logs(0);
    var logger = new GuestLogger(logs, new LogLimits(2, 0), "s", "m", "alice");
    write(logger, 7);
    assertEquals(List.of("line[ s,  m,  alice]", "line[ s,  m,  alice]"), taken());
    assertEquals(5, logs.dropped());
    loop.advance(GuestLogs.TELL_MILLIS);
    assertEquals(List.of("5 lines dropped[ s,  m,  alice]"), taken());
    loop.advance(GuestLogs.TELL_MILLIS);
    assertEquals(List.of(), taken(), "it is told once");
    assertEquals(0, loop.timerCount());
  }

  @Test
  void line_aboveAllGuestsRate_isDropped() {
    GuestLogs logs = logs(3);
    var one = new GuestLogger(logs, new LogLimits(0, 0), "1", "m", null);
    var other = new GuestLogger(logs, new LogLimits(0, 0), "2", "m", null);
    write(one, 2);
    write(other, 2);
    assertEquals(List.of("line[ 1,  m]", "line[ 1,  m]", "line[ 2,  m]"), taken());
  }

  @Test
  void line_belowTheLogsLevel_costsNothing() {
    GuestLogs logs = logs(0);
    var logger = new GuestLogger(logs, new LogLimits(1, 0), "s", "m", null);
    for (int i = 0; i < 10; i++) {
      logger.takes(Level.TRACE);
    }
    assertEquals(0, logs.dropped());
    write(logger, 1);
    assertEquals(1, taken().size());
  }

  @Test
  void end_ofASessionThatDropped_tellsAtOnceIfAnythingMayBeLogged() {
    GuestLogs logs = logs(4);
    for (int i = 0; i < 4; i++) {
      var logger = new GuestLogger(logs, new LogLimits(1, 0), "" + i, "m", null);
      write(logger, 3);
      logger.end();
    }
    assertEquals(
        List.of(
            "line[ 0,  m]", "2 lines dropped[ 0,  m]", "line[ 1,  m]", "2 lines dropped[ 1,  m]"),
        taken());
    loop.advance(10 * GuestLogs.TELL_MILLIS);
    assertEquals(List.of(), taken());
  }

  @Test
  void many_whoDropped_areToldAFewAtATime() {
    GuestLogs logs = logs(0);
    for (int i = 0; i < GuestLogs.TOLD_AT_ONCE + 2; i++) {
      write(new GuestLogger(logs, new LogLimits(1, 0), "" + i, "m", null), 2);
    }
    taken();
    loop.advance(GuestLogs.TELL_MILLIS);
    assertEquals(GuestLogs.TOLD_AT_ONCE, taken().size());
    loop.advance(GuestLogs.TELL_MILLIS);
    assertEquals(2, taken().size());
  }
}
