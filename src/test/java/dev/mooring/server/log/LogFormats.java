package dev.mooring.server.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.spi.AppenderAttachable;
import java.nio.file.Path;
import java.util.Iterator;
import org.slf4j.Logger;

/** What the log's configurations make of an event. */
final class LogFormats {
  static final String SERVER = "main/dist/conf/logback.xml";

  private LogFormats() {}

  /**
   * What writes events as a configuration has it, until the context is stopped.
   *
   * @param format what {@code MOORING_LOG_FORMAT} says
   */
  static Encoder<ILoggingEvent> encoder(LoggerContext context, String file, String format)
      throws JoranException {
    context.putProperty("MOORING_LOG_FORMAT", format);
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Path.of(file).toFile());
    return writer(context.getLogger(Logger.ROOT_LOGGER_NAME)).getEncoder();
  }

  /** The appender that writes; it may be behind a queue. */
  @SuppressWarnings("unchecked")
  private static OutputStreamAppender<ILoggingEvent> writer(
      AppenderAttachable<ILoggingEvent> attachable) {
    Iterator<Appender<ILoggingEvent>> appenders = attachable.iteratorForAppenders();
    Appender<ILoggingEvent> first = appenders.next();
    return first instanceof OutputStreamAppender<ILoggingEvent> writer
        ? writer
        : writer((AppenderAttachable<ILoggingEvent>) first);
  }
}
