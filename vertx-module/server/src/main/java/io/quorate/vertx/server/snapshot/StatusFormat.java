package io.quorate.vertx.server.snapshot;

import io.quorate.snapshot.SnapshotStatus;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How a status is shown: as etcdutl does. */
enum StatusFormat {
  SIMPLE(status -> List.of(String.join(", ", row(status)))),
  JSON(status -> List.of(json(status))),
  FIELDS(
      status ->
          List.of(
              "\"Hash\" : " + Integer.toUnsignedString(status.hash()),
              "\"Revision\" : " + status.revision(),
              "\"Keys\" : " + status.totalKeys(),
              "\"Size\" : " + status.totalBytes(),
              "\"Version\" : " + status.version())),
  TABLE(status -> table(row(status)));

  private static final List<String> HEADER =
      List.of("HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION");

  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private final Function<SnapshotStatus, List<String>> lines;

  StatusFormat(Function<SnapshotStatus, List<String>> lines) {
    this.lines = lines;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  List<String> lines(SnapshotStatus status) {
    return lines.apply(status);
  }

  private static List<String> row(SnapshotStatus status) {
    return List.of(
        Integer.toHexString(status.hash()),
        Long.toString(status.revision()),
        Long.toString(status.totalKeys()),
        size(status.totalBytes()),
        status.version());
  }

  private static String json(SnapshotStatus status) {
    return new JsonObject()
        .put("hash", Integer.toUnsignedLong(status.hash()))
        .put("revision", status.revision())
        .put("totalKey", status.totalKeys())
        .put("totalSize", status.totalBytes())
        .put("version", status.version())
        .encode();
  }

  /** With two digits at least, and steps of 1000. */
  static String size(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1_000 && unit < UNITS.length - 1) {
      value /= 1_000;
      unit++;
    }
    double rounded = Math.floor(value * 10 + 0.5) / 10;
    String format = bytes < 10 || rounded >= 10 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, rounded, UNITS[unit]);
  }

  private static List<String> table(List<String> row) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      widths.add(Math.max(HEADER.get(i).length(), row.get(i).length()));
    }
    List<String> header = new ArrayList<>();
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      int missing = widths.get(i) - HEADER.get(i).length();
      String title = " ".repeat(missing / 2) + HEADER.get(i);
      header.add(title + " ".repeat(missing - missing / 2));
      cells.add(" ".repeat(widths.get(i) - row.get(i).length()) + row.get(i));
    }
    return List.of(
        line("┌", "┬", "┐", widths),
        "│ " + String.join(" │ ", header) + " │",
        line("├", "┼", "┤", widths),
        "│ " + String.join(" │ ", cells) + " │",
        line("└", "┴", "┘", widths));
  }

  private static String line(String left, String middle, String right, List<Integer> widths) {
    return widths.stream()
        .map(width -> "─".repeat(width + 2))
        .collect(Collectors.joining(middle, left, right));
  }
}
