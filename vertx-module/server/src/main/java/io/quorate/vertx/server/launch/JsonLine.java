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
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/**
 * Encodes each event as one line with a JSON object with the keys of etcd's log: level, ts, caller,
 * msg, the event's own fields, error, stacktrace.
 */
final class JsonLine extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

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
    Instant time = event.getInstant();
    StringBuilder line =
        start(
            event.getLevel().toString().toLowerCase(Locale.ROOT),
            time == null ? Instant.ofEpochMilli(event.getTimeStamp()) : time,
            TextLine.shortName(event.getLoggerName()),
            String.valueOf(event.getFormattedMessage()));
    List<KeyValuePair> fields = event.getKeyValuePairs();
    if (fields != null) {
      for (KeyValuePair field : fields) {
        line.append(',');
        quote(line, field.key);
        line.append(':');
        quote(line, String.valueOf(field.value));
      }
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.append(",\"error\":");
      quote(line, TextLine.describe(failure));
      line.append(",\"stacktrace\":");
      quote(line, stack(failure));
    }
    return line.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The final line of a failed process, which is not a log event. */
  static String of(String level, Instant time, String caller, String message) {
    return start(level, time, caller, message).append('}').toString();
  }

  private static StringBuilder start(String level, Instant time, String caller, String message) {
    StringBuilder line = new StringBuilder(200);
    line.append("{\"level\":\"").append(level);
    line.append("\",\"ts\":\"");
    TIME.formatTo(time, line);
    line.append("\",\"caller\":");
    quote(line, caller);
    line.append(",\"msg\":");
    quote(line, message);
    return line;
  }

  private static String stack(IThrowableProxy failure) {
    StringBuilder text = new StringBuilder();
    StackTraceElementProxy[] frames = failure.getStackTraceElementProxyArray();
    if (frames != null) {
      for (StackTraceElementProxy frame : frames) {
        text.append(text.isEmpty() ? "" : "\n").append(frame.getSTEAsString());
      }
    }
    return text.toString();
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
