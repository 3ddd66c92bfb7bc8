package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class LogLineTest {
  private static final Instant TIME = Instant.parse("2026-11-22T16:00:00.123456Z");

  @Test
  void aTextLineHasTimeLevelLoggerAndMessage() {
    assertThat(text(event(Level.INFO, "ready", null)))
        .isEqualTo("2026-11-22T16:00:00.123Z INFO  member : ready\n");
    assertThat(text(event(Level.ERROR, "broken", null)))
        .isEqualTo("2026-11-22T16:00:00.123Z ERROR member : broken\n");
  }

  @Test
  void aTextEventIsAlwaysOneLine() {
    Exception failure = new IllegalStateException("a\nb", new RuntimeException("c\u001b[2J"));
    String line = text(event(Level.WARN, "x\r\n2026 forged", failure));
    assertThat(line.strip().lines()).hasSize(1);
    assertThat(line)
        .contains("x  2026 forged")
        .contains("(IllegalStateException: a b, caused by RuntimeException: c [2J)")
        .contains("LogLineTest.java");
  }

  @Test
  void aJsonLineHasTheKeysOfEtcdsLog() {
    JsonObject json = json(event(Level.WARN, "say \"\u0001\\ü\n\"", null));
    assertThat(json.fieldNames()).containsExactly("level", "ts", "caller", "msg");
    assertThat(json.getString("level")).isEqualTo("warn");
    assertThat(json.getString("ts")).isEqualTo("2026-11-22T16:00:00.123456Z");
    assertThat(json.getString("caller")).isEqualTo("member");
    assertThat(json.getString("msg")).isEqualTo("say \"\u0001\\ü\n\"");
  }

  @Test
  void aJsonLineContainsTheException() {
    JsonObject json = json(event(Level.ERROR, "m", new IllegalStateException("why")));
    assertThat(json.getString("error")).isEqualTo("IllegalStateException: why");
    assertThat(json.getString("stacktrace")).contains("LogLineTest");
  }

  @Test
  void fieldsOfAnEventAreFieldsOfTheJsonLine() {
    LoggingEvent event = (LoggingEvent) event(Level.INFO, "m", null);
    event.addKeyValuePair(new KeyValuePair("peer", "b\nc"));
    assertThat(json(event).getString("peer")).isEqualTo("b\nc");
    assertThat(text(event)).endsWith("member : m peer=b c\n");
  }

  @Test
  void printedOutputBecomesLogEvents() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger logger = context.getLogger("stderr");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    try (ErrorLines printed = new ErrorLines(System.err)) {
      printed.println("WARNING: one");
      printed.print("two, in ");
      printed.print("parts ü\nthree\n\n");
      new IllegalStateException("a\nb", new RuntimeException("why")).printStackTrace(printed);
      printed.println("after");
      printed.println("x".repeat(40_000));
    } finally {
      logger.detachAppender(lines);
      logger.setAdditive(true);
    }
    assertThat(lines.list.subList(0, 5))
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "WARNING: one", "two, in parts ü", "three", "a stack trace was printed", "after");
    assertThat(lines.list.get(3).getThrowableProxy().getMessage()).isEqualTo("a\nb");
    assertThat(lines.list).hasSize(8); // an endless line is cut
  }

  @Test
  void terminalsAreRecognizedByTheirDevice() {
    assertThat(List.of("/dev/pts/0", "/dev/tty1", "/dev/ttyS0", "/dev/console"))
        .allMatch(Terminal::isDevice);
    assertThat(List.of("/dev/null", "pipe:[4711]", "/tmp/log", "socket:[1]"))
        .noneMatch(Terminal::isDevice);
  }

  private static ILoggingEvent event(Level level, String message, @Nullable Throwable failure) {
    Logger logger = new LoggerContext().getLogger("io.quorate.vertx.member");
    LoggingEvent event =
        new LoggingEvent("ignored", logger, level, message, failure, new Object[0]);
    event.setInstant(TIME);
    return event;
  }

  private static String text(ILoggingEvent event) {
    return new String(new TextLine().encode(event), StandardCharsets.UTF_8);
  }

  private static JsonObject json(ILoggingEvent event) {
    String line = new String(new JsonLine().encode(event), StandardCharsets.UTF_8);
    assertThat(line.strip().lines()).hasSize(1);
    return new JsonObject(line);
  }
}
