package io.quorate.vertx.server.launch;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/** {@code 2026-11-22T16:00:00.123Z INFO member : text}; a failure follows on the same line. */
final class TextLine extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final int MAX_CAUSES = 8;
  private static final int MAX_FRAMES = 6;

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    String level = event.getLevel().toString();
    line.append(' ').append(level).append(" ".repeat(Math.max(1, 6 - level.length())));
    line.append(shortName(event.getLoggerName())).append(" : ");
    appendOnOneLine(line, event.getFormattedMessage());
    List<KeyValuePair> fields = event.getKeyValuePairs();
    if (fields != null) {
      for (KeyValuePair field : fields) {
        appendOnOneLine(line.append(' '), field.key + "=" + field.value);
      }
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.append(" (");
      appendOnOneLine(line, describe(failure));
      line.append(')');
      frames(line, failure);
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The last part of a logger's name. */
  static String shortName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }

  /** The failure and its causes, outermost first. */
  static String describe(IThrowableProxy failure) {
    StringBuilder text = new StringBuilder();
    @Nullable IThrowableProxy current = failure;
    for (int i = 0; current != null && i < MAX_CAUSES; i++) {
      text.append(i == 0 ? "" : ", caused by ").append(shortName(current.getClassName()));
      if (current.getMessage() != null) {
        text.append(": ").append(current.getMessage());
      }
      current = current.getCause();
    }
    return text.toString();
  }

  private static void frames(StringBuilder line, IThrowableProxy failure) {
    StackTraceElementProxy[] frames = failure.getStackTraceElementProxyArray();
    for (int i = 0; frames != null && i < Math.min(MAX_FRAMES, frames.length); i++) {
      line.append(' ').append(frames[i].getSTEAsString());
    }
  }

  private static void appendOnOneLine(StringBuilder line, @Nullable String text) {
    String given = String.valueOf(text);
    for (int i = 0; i < given.length(); i++) {
      char c = given.charAt(i);
      // Control characters in foreign text must not be able to forge a line or move the cursor.
      line.append(c < ' ' || c == 0x7f ? ' ' : c);
    }
  }
}
