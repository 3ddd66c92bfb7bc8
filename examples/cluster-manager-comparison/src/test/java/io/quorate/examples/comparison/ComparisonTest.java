package io.quorate.examples.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Path results;

  ComparisonTest(@TempDir Path results) {
    this.results = results;
  }

  private int run(String... args) {
    List<String> all = Stream.concat(Stream.of(args), Stream.of("--results=" + results)).toList();
    return Comparison.run(stream(out), stream(err), all.toArray(String[]::new));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyFigureIsMeasuredPrintedAndWritten() throws Exception {
    int code =
        run("--warm-up=0", "--seconds=0.3", "--rounds=1", "--formations=1", "--consumers=60");

    assertThat(err()).isEmpty();
    assertThat(code).isZero();
    JsonObject written = new JsonObject(Files.readString(results.resolve("quorate.json")));
    JsonObject figures = written.getJsonArray("runs").getJsonObject(0).getJsonObject("figures");
    assertThat(figures.fieldNames())
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Figure.values()).map(Figure::key).toList());
    for (Figure figure : Figure.values()) {
      assertThat(figures.getJsonObject(figure.key()).getDouble("value"))
          .as(figure.key())
          .isPositive();
      assertThat(out()).contains(figure.title());
    }
  }

  @Test
  void whatIsAskedForIsMeasuredAndNothingElse() throws Exception {
    int code = run("--only=counter", "--warm-up=0", "--seconds=0.1", "--rounds=1");

    assertThat(code).as(err()).isZero();
    JsonObject written = new JsonObject(Files.readString(results.resolve("quorate.json")));
    JsonObject figures = written.getJsonArray("runs").getJsonObject(0).getJsonObject("figures");
    assertThat(figures.fieldNames()).containsExactly("counter");
  }

  @Test
  void membersThatKeepTheirDataAreMeasuredApart() throws Exception {
    int code =
        run("--durable", "--only=formation,counter", "--warm-up=0", "--rounds=1", "--formations=1");

    assertThat(code).as(err()).isZero();
    JsonObject written = new JsonObject(Files.readString(results.resolve("quorate-durable.json")));
    JsonObject figures = written.getJsonArray("runs").getJsonObject(0).getJsonObject("figures");
    assertThat(figures.fieldNames()).contains("counter");
  }

  @Test
  void aTableHasTheMedianOfTheRunsOfEachManager() {
    Results written = new Results(results);
    JsonObject conditions = new JsonObject();
    for (double value : List.of(1_000.0, 123_456.0, 3_000.0)) {
      written.add("b", conditions, List.of(Measured.ofRounds(Figure.COUNTER, List.of(value))));
    }
    written.add("a", conditions, List.of(Measured.ofRounds(Figure.LOCK_ONE, List.of(1.0, 8.0))));

    assertThat(run("--table")).as(err()).isZero();

    assertThat(out().lines())
        .contains(
            "| | a | b |",
            "| counter increments/s, 64 at once | – | 3,000 |",
            "| locks/s, free, one at a time | 5 | – |",
            "| runs | 1 | 3 |");
  }

  @Test
  void aFigureThatARunHasNotIsNone() {
    Results written = new Results(results);
    JsonObject conditions = new JsonObject();
    written.add("a", conditions, List.of(Measured.ofRounds(Figure.LOCK_ONE, List.of(1.0))));
    written.add("a", conditions, List.of(Measured.failed(Figure.LOCK_ONE, "two hold it")));

    assertThat(run("--table")).as(err()).isZero();

    assertThat(out().lines())
        .contains(
            "| locks/s, free, one at a time | failed |",
            "a, locks/s, free, one at a time: two hold it");
  }

  @Test
  void aWrongCommandLineIsRefused() {
    assertThat(run("--only=nothing")).isEqualTo(2);
    assertThat(err()).contains("'nothing' is not one of").contains("map-get");
    assertThat(run("--rounds=0")).isEqualTo(2);
    assertThat(err()).contains("--rounds must be positive");
  }
}
