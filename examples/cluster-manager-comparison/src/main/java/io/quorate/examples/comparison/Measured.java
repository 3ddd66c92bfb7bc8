package io.quorate.examples.comparison;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A figure of one run.
 *
 * @param rounds what the value is the median of; empty if there was but one
 * @param more numbers that explain it, by name
 * @param failure why there is no value; null if there is one
 */
record Measured(
    Figure figure,
    double value,
    List<Double> rounds,
    Map<String, Long> more,
    @Nullable String failure) {
  static Measured ofRounds(Figure figure, List<Double> rounds) {
    return new Measured(figure, median(rounds), List.copyOf(rounds), Map.of(), null);
  }

  static Measured of(Figure figure, double value, Map<String, Long> more) {
    return new Measured(figure, value, List.of(), more, null);
  }

  static Measured failed(Figure figure, String failure) {
    return new Measured(figure, 0, List.of(), Map.of(), failure);
  }

  Measured with(String name, long number) {
    return new Measured(figure, value, rounds, Map.of(name, number), failure);
  }

  JsonObject json() {
    if (failure != null) {
      return new JsonObject().put("failure", failure);
    }
    JsonObject json = new JsonObject().put("value", value);
    if (!rounds.isEmpty()) {
      json.put("rounds", new JsonArray(rounds));
    }
    more.forEach(json::put);
    return json;
  }

  /** The one in the middle, or between the two in the middle. */
  static double median(Collection<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
