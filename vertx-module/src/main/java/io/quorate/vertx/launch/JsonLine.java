package io.quorate.vertx.launch;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** One JSON object a line, with the keys of etcd's log: level, ts, caller, msg, error. */
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
    StringBuilder line = new StringBuilder(200);
    line.append("{\"level\":\"").append(event.getLevel().toString().toLowerCase(Locale.ROOT));
    line.append("\",\"ts\":\"");
    Instant time = event.getInstant();
    TIME.formatTo(time == null ? Instant.ofEpochMilli(event.getTimeStamp()) : time, line);
    line.append("\",\"caller\":");
    quote(line, TextLine.shortName(event.getLoggerName()));
    line.append(",\"msg\":");
    quote(line, String.valueOf(event.getFormattedMessage()));
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.append(",\"error\":");
      quote(line, TextLine.describe(failure));
      line.append(",\"stacktrace\":");
      quote(line, stack(failure));
    }
    return line.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
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
