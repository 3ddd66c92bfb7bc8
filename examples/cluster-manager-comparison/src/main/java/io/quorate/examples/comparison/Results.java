package io.quorate.examples.comparison;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder with one JSON file a manager, in which there is one object a run. */
final class Results {
  private static final String ENDING = ".json";
  private static final String RUNS = "runs";
  private static final String FIGURES = "figures";
  private static final String FAILURE = "failure";

  private final Path folder;

  Results(Path folder) {
    this.folder = folder;
  }

  /**
   * Adds a run to those that are there.
   *
   * @return the file
   */
  Path add(String manager, JsonObject conditions, List<Measured> figures) {
    JsonObject run = conditions.copy();
    JsonObject byKey = new JsonObject();
    figures.forEach(measured -> byKey.put(measured.figure().key(), measured.json()));
    run.put(FIGURES, byKey);
    Path file = folder.resolve(manager + ENDING);
    try {
      Files.createDirectories(folder);
      JsonObject all =
          Files.exists(file)
              ? new JsonObject(Files.readString(file))
              : new JsonObject().put("manager", manager).put(RUNS, new JsonArray());
      all.getJsonArray(RUNS).add(run);
      return Files.writeString(file, all.encodePrettily() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A row a figure, a column a manager; the median of its runs. A figure that one run has not,
   * because something was wrong, is none; what was wrong is below the table.
   */
  String table() {
    Map<String, JsonArray> managers = read();
    StringBuilder table = new StringBuilder("| |");
    managers.keySet().forEach(manager -> table.append(' ').append(manager).append(" |"));
    table.append("\n| --- |").append(" ---: |".repeat(managers.size())).append('\n');
    for (Figure figure : Figure.values()) {
      table.append("| ").append(figure.title()).append(" |");
      managers.values().forEach(runs -> table.append(' ').append(cell(runs, figure)).append(" |"));
      table.append('\n');
    }
    table.append("| runs |");
    managers.values().forEach(runs -> table.append(' ').append(runs.size()).append(" |"));
    table.append('\n');
    managers.forEach((manager, runs) -> appendFailures(table, manager, runs));
    return table.toString();
  }

  private static void appendFailures(StringBuilder table, String manager, JsonArray runs) {
    for (Figure figure : Figure.values()) {
      for (JsonObject measured : measured(runs, figure)) {
        String failure = measured.getString(FAILURE);
        if (failure != null) {
          table.append("\n").append(manager).append(", ").append(figure.title());
          table.append(": ").append(failure).append('\n');
        }
      }
    }
  }

  private Map<String, JsonArray> read() {
    if (!Files.isDirectory(folder)) {
      throw new ComparisonFailure("there are no results in " + folder);
    }
    Map<String, JsonArray> managers = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(ENDING)).toList()) {
        JsonObject all = new JsonObject(Files.readString(file));
        managers.put(all.getString("manager"), all.getJsonArray(RUNS));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return managers;
  }

  private static String cell(JsonArray runs, Figure figure) {
    List<JsonObject> all = measured(runs, figure);
    if (all.isEmpty()) {
      return "–";
    }
    if (all.stream().anyMatch(measured -> measured.containsKey(FAILURE))) {
      return "failed";
    }
    return number(
        Measured.median(all.stream().map(measured -> measured.getDouble("value")).toList()));
  }

  private static List<JsonObject> measured(JsonArray runs, Figure figure) {
    List<JsonObject> all = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      JsonObject one = runs.getJsonObject(i).getJsonObject(FIGURES).getJsonObject(figure.key());
      if (one != null) {
        all.add(one);
      }
    }
    return all;
  }

  /** Three digits are more than such a figure is worth. */
  static String number(double value) {
    if (value == 0) {
      return "0";
    }
    double unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(value)) - 2));
    return String.format(Locale.ROOT, "%,d", Math.round(Math.round(value / unit) * unit));
  }
}
