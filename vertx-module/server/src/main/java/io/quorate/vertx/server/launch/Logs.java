package io.quorate.vertx.server.launch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.FileNames;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.QuorateOptions.LogFormat;
import io.quorate.vertx.member.options.QuorateOptions.LogLevel;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Configures logging: to standard error unless the options say otherwise, one line for each event,
 * as JSON unless standard error is a terminal.
 *
 * <p>The fat jar registers this class as Logback's configurator, so that Logback neither searches
 * for a file nor parses XML; {@link #apply} then applies the options.
 */
public final class Logs extends ContextAwareBase implements Configurator {

  /**
   * Null until {@link #redirectStandardError} is called: then the current {@code System.err} is
   * used.
   */
  private static volatile @Nullable PrintStream standardError;

  /** For the service loader. */
  public Logs() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    install(context, new QuorateOptions());
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Replaces any earlier configuration.
   *
   * @throws ConfigurationException if a file of {@code --log-outputs} cannot be written to
   */
  static void apply(QuorateOptions options) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      install(context, options);
    }
  }

  /**
   * Makes everything printed to standard error, and exceptions that end a thread, go through the
   * log. To be called once, by the program's main class.
   *
   * @return the original standard error
   */
  static PrintStream redirectStandardError() {
    PrintStream original = System.err;
    standardError = original;
    System.setErr(new ErrorLines(original));
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) ->
            LoggerFactory.getLogger(Logs.class)
                .error("thread {} has ended: {}", thread.getName(), failure.toString(), failure));
    return original;
  }

  /** The format for {@code asked}: JSON or TEXT. */
  static LogFormat formatOf(LogFormat asked) {
    if (asked != LogFormat.AUTO) {
      return asked;
    }
    return Terminal.isStandardError() ? LogFormat.TEXT : LogFormat.JSON;
  }

  private static void install(LoggerContext context, QuorateOptions options) {
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(level(options.getLogLevel()));
    for (String output : options.getLogOutputs()) {
      root.addAppender(appender(context, output, options.getLogFormat()));
    }
    // Lower levels of these loggers are about their internals.
    context.getLogger("io.netty").setLevel(Level.WARN);
    context.getLogger("java.lang.ProcessBuilder").setLevel(Level.WARN);
    // It would log a stack trace for each failed connect to a member that is down, ten times a
    // second.
    context
        .getLogger("io.vertx.core.eventbus.impl.clustered.ClusteredEventBus")
        .setLevel(Level.ERROR);
  }

  private static OutputStreamAppender<ILoggingEvent> appender(
      LoggerContext context, String output, LogFormat format) {
    boolean toStandardError = output.equals("default") || output.equals("stderr");
    boolean isJson =
        format == LogFormat.AUTO && !toStandardError || formatOf(format) == LogFormat.JSON;
    Encoder<ILoggingEvent> encoder = isJson ? new JsonLine() : new TextLine();
    encoder.setContext(context);
    encoder.start();
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setName(output);
    appender.setEncoder(encoder);
    appender.setOutputStream(
        toStandardError
            ? new StandardError()
            : output.equals("stdout") ? new StandardOutput() : file(output));
    appender.start();
    return appender;
  }

  /** Closed when the configuration is replaced. */
  private static OutputStream file(String name) {
    try {
      return Files.newOutputStream(
          FileNames.path(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException(
          Options.LOG_OUTPUTS.name(), name, "cannot be written to (" + e + ")");
    }
  }

  /** Standard output; never closed. */
  private static final class StandardOutput extends OutputStream {
    @Override
    public void write(int b) {
      System.out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      System.out.write(bytes, offset, length);
    }

    @Override
    public void flush() {
      System.out.flush();
    }
  }

  /** Standard error; never closed. */
  private static final class StandardError extends OutputStream {
    private static PrintStream stream() {
      PrintStream taken = standardError;
      return taken == null ? System.err : taken;
    }

    @Override
    public void write(int b) {
      stream().write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      stream().write(bytes, offset, length);
    }

    @Override
    public void flush() {
      stream().flush();
    }
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
