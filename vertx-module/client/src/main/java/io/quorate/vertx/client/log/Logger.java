package io.quorate.vertx.client.log;

import io.vertx.core.internal.logging.LoggerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Logs through the framework that Vert.x has found in the application: slf4j, Log4j or
 * java.util.logging. A framework of Quorate's own would log only in applications that use the same
 * one in the same version. Any thread.
 *
 * <p>In messages, each <code>{}</code> stands for one argument. If the last argument is a {@link
 * Throwable} and no <code>{}</code> is left for it, it is logged with its stack trace.
 */
public final class Logger {
  private static final String PLACE = "{}";

  private final io.vertx.core.internal.logging.Logger vertx;

  private Logger(io.vertx.core.internal.logging.Logger vertx) {
    this.vertx = vertx;
  }

  /** The logger with the name of a class. */
  public static Logger getLogger(Class<?> type) {
    return new Logger(LoggerFactory.getLogger(type.getName()));
  }

  /** Details, for the search for faults. */
  public void debug(String message, @Nullable Object... arguments) {
    if (vertx.isDebugEnabled()) {
      vertx.debug(text(message, arguments), stack(message, arguments));
    }
  }

  /** Rare and expected events. */
  public void info(String message, @Nullable Object... arguments) {
    if (vertx.isInfoEnabled()) {
      vertx.info(text(message, arguments), stack(message, arguments));
    }
  }

  /** Events that an operator may have to look into. */
  public void warn(String message, @Nullable Object... arguments) {
    if (vertx.isWarnEnabled()) {
      vertx.warn(text(message, arguments), stack(message, arguments));
    }
  }

  /** Faults. */
  public void error(String message, @Nullable Object... arguments) {
    vertx.error(text(message, arguments), stack(message, arguments));
  }

  static String text(String message, @Nullable Object... arguments) {
    StringBuilder text = new StringBuilder(message.length() + 16 * arguments.length);
    int from = 0;
    for (Object argument : arguments) {
      int place = message.indexOf(PLACE, from);
      if (place < 0) {
        break;
      }
      text.append(message, from, place).append(argument);
      from = place + PLACE.length();
    }
    return text.append(message, from, message.length()).toString();
  }

  static @Nullable Throwable stack(String message, @Nullable Object... arguments) {
    if (arguments.length == 0
        || !(arguments[arguments.length - 1] instanceof Throwable last)
        || places(message) >= arguments.length) {
      return null;
    }
    return last;
  }

  private static int places(String message) {
    int places = 0;
    for (int at = message.indexOf(PLACE); at >= 0; at = message.indexOf(PLACE, at + 2)) {
      places++;
    }
    return places;
  }
}
