package io.quorate.codec;

import java.lang.reflect.RecordComponent;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Any record as text with its whole contents, arrays included: equal iff the text is. */
final class RecordText {
  private RecordText() {}

  static String of(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
    if (value instanceof List<?> list) {
      StringJoiner joined = new StringJoiner(",", "[", "]");
      list.forEach(each -> joined.add(of(each)));
      return joined.toString();
    }
    if (value instanceof String text) {
      return '"' + text + '"';
    }
    if (value instanceof Record parts) {
      StringJoiner joined = new StringJoiner(",", parts.getClass().getName() + "(", ")");
      for (RecordComponent component : parts.getClass().getRecordComponents()) {
        joined.add(component.getName() + "=" + of(part(parts, component)));
      }
      return joined.toString();
    }
    return String.valueOf(value);
  }

  private static @Nullable Object part(Record parts, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(parts);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
