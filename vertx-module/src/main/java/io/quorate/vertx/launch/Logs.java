package io.quorate.vertx.launch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.quorate.vertx.QuorateOptions;
import io.quorate.vertx.QuorateOptions.LogFormat;
import io.quorate.vertx.QuorateOptions.LogLevel;
import org.slf4j.LoggerFactory;

/**
 * Sends the log to standard error, one line an event.
 *
 * <p>In the fat jar this is Logback's configurator, so that no file is looked for and no XML
 * parsed; {@link #apply} then sets what the options say.
 */
public final class Logs extends ContextAwareBase implements Configurator {

  /** For the service loader. */
  public Logs() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    install(context, LogLevel.INFO, LogFormat.TEXT);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Replaces whatever was configured before. */
  static void apply(QuorateOptions options) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      install(context, options.logLevel(), options.logFormat());
    }
  }

  private static void install(LoggerContext context, LogLevel level, LogFormat format) {
    Encoder<ILoggingEvent> encoder = format == LogFormat.JSON ? new JsonLine() : new TextLine();
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(level(level));
    root.addAppender(appender);
    // What these say at lower levels is about themselves.
    context.getLogger("io.netty").setLevel(Level.WARN);
    context.getLogger("java.lang.ProcessBuilder").setLevel(Level.WARN);
    // A stack trace an attempt to reach a member that is down, ten times a second.
    context
        .getLogger("io.vertx.core.eventbus.impl.clustered.ClusteredEventBus")
        .setLevel(Level.ERROR);
  }

  private static Level level(LogLevel level) {
    return switch (level) {
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR, PANIC, FATAL -> Level.ERROR;
    };
  }
}
