package dev.mooring.server.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Hears what only a defect of the server's would have it log. */
public final class LoggedDefects extends UnsynchronizedAppenderBase<ILoggingEvent> {
  public final List<String> told = Collections.synchronizedList(new ArrayList<>());

  public void attach() {
    start();
    root().addAppender(this);
  }

  public void detach() {
    root().detachAppender(this);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  }

  @Override
  protected void append(ILoggingEvent event) {
    // Netty says there, as a warning, that nobody wanted an exception.
    boolean isUnwanted = event.getLoggerName().endsWith("DefaultChannelPipeline");
    if (isUnwanted || event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      told.add(event.toString());
    }
  }
}
