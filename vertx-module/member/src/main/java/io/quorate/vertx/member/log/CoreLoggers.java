package io.quorate.vertx.member.log;

import io.quorate.log.LoggerSource;
import io.vertx.core.internal.logging.LoggerFactory;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** Makes core log through the logging of Vert.x. */
public final class CoreLoggers implements LoggerSource {

  /** For the service loader. */
  public CoreLoggers() {}

  @Override
  public System.Logger logger(String name) {
    return new OfVertx(name, LoggerFactory.getLogger(name));
  }

  private record OfVertx(String name, io.vertx.core.internal.logging.Logger vertx)
      implements System.Logger {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      return switch (level) {
        case ALL, TRACE -> vertx.isTraceEnabled();
        case DEBUG -> vertx.isDebugEnabled();
        case INFO -> vertx.isInfoEnabled();
        case WARNING -> vertx.isWarnEnabled();
        case ERROR -> true;
        case OFF -> false;
      };
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (!isLoggable(level)) {
        return;
      }
      switch (level) {
        case ALL, TRACE -> vertx.trace(message, thrown);
        case DEBUG -> vertx.debug(message, thrown);
        case INFO -> vertx.info(message, thrown);
        case WARNING -> vertx.warn(message, thrown);
        case ERROR -> vertx.error(message, thrown);
        case OFF -> {}
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object @Nullable ... params) {
      if (isLoggable(level)) {
        boolean plain = format == null || params == null || params.length == 0;
        log(level, bundle, plain ? format : MessageFormat.format(format, params), (Throwable) null);
      }
    }
  }
}
