package io.quorate.examples.comparison;

import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Does the same work over the cluster manager that is on the class path, whichever that is, and
 * prints what it came to.
 */
@Command(
    name = "comparison",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = "Measures the cluster manager on the class path with three Vert.x in one JVM.")
public final class Comparison implements Callable<Integer> {
  private static final int FAILED = 1;

  /** Names that {@code --only} takes. */
  static final class RowNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Row.names().iterator();
    }
  }

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "<row>",
      completionCandidates = RowNames.class,
      description = "Nothing but these: ${COMPLETION-CANDIDATES}.")
  private List<String> only = List.of();

  @Option(names = "--warm-up", description = "Seconds before each row (default: ${DEFAULT-VALUE}).")
  private double warmUpSeconds = 5;

  @Option(names = "--seconds", description = "Of each round (default: ${DEFAULT-VALUE}).")
  private double roundSeconds = 1;

  @Option(
      names = "--rounds",
      description = "That a figure is the median of (default: ${DEFAULT-VALUE}).")
  private int rounds = 5;

  @Option(
      names = "--formations",
      description = "Of three nodes, after the first one (default: ${DEFAULT-VALUE}).")
  private int formations = 3;

  @Option(
      names = "--consumers",
      description = "That are registered together (default: ${DEFAULT-VALUE}).")
  private int consumers = 5_000;

  @Option(
      names = "--client",
      description = "Quorate with the role client; its members run in processes of their own.")
  private boolean isClient;

  @Option(
      names = "--servers",
      description = "With --client: how many members (default: ${DEFAULT-VALUE}).")
  private int servers = 1;

  @Option(
      names = "--durable",
      description = "Quorate with members that keep their data, and sync before they answer.")
  private boolean isDurable;

  @Option(
      names = "--results",
      description = "A folder with a file a manager (default: ${DEFAULT-VALUE}).")
  private Path results = Path.of("target", "results");

  @Option(names = "--table", description = "Measure nothing; print all results as one table.")
  private boolean table;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final PrintStream out;

  private Comparison(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] args) {
    Runtime.getRuntime().exit(run(System.out, System.err, args)); // some leave threads behind
  }

  /**
   * Runs on the calling thread until all is measured.
   *
   * @return 0 if all that was asked for has a figure, 1 if anything was wrong, 2 for a wrong
   *     command line
   */
  static int run(PrintStream out, PrintStream err, String... args) {
    Comparison comparison = new Comparison(out);
    return new CommandLine(comparison)
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setExecutionExceptionHandler(
            (failure, line, parsed) -> {
              err.println("comparison: " + failure.getMessage());
              failure.printStackTrace(err);
              return FAILED;
            })
        .execute(args);
  }

  @Override
  public Integer call() {
    Set<Row> rows = rows();
    check(warmUpSeconds >= 0, "--warm-up must not be negative");
    check(roundSeconds > 0, "--seconds must be positive");
    check(rounds > 0, "--rounds must be positive");
    check(formations > 0, "--formations must be positive");
    check(consumers > 0, "--consumers must be positive");
    check(servers > 0, "--servers must be positive");
    Results all = new Results(results);
    if (table) {
      out.print(all.table());
      return 0;
    }
    Plan plan =
        new Plan(
            (long) (warmUpSeconds * 1e9),
            (long) (roundSeconds * 1e9),
            rounds,
            formations,
            consumers);
    try (Surroundings surroundings = Surroundings.open(isClient, isDurable, servers)) {
      out.println(surroundings.name());
      List<Measured> measured = measure(surroundings, rows, plan);
      Path file = all.add(surroundings.name(), conditions(), measured);
      out.println("  in " + file);
      return measured.stream().allMatch(m -> m.failure() == null) ? 0 : FAILED;
    }
  }

  private Set<Row> rows() {
    Set<Row> rows = new TreeSet<>();
    try {
      only.forEach(text -> rows.add(Row.of(text)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--only: " + e.getMessage(), e);
    }
    return rows.isEmpty() ? new TreeSet<>(List.of(Row.values())) : rows;
  }

  private void check(boolean ok, String message) {
    if (!ok) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private List<Measured> measure(Surroundings surroundings, Set<Row> rows, Plan plan) {
    List<Measured> all = new ArrayList<>();
    Trio trio = Trio.form(surroundings.managers());
    try {
      if (rows.contains(Row.FORMATION)) {
        print(all, Measured.of(Figure.FORMED_COLD, trio.formedMillis(), Map.of()));
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < plan.formations(); i++) {
          trio = again(trio, surroundings);
          millis.add(trio.formedMillis());
        }
        print(all, Measured.ofRounds(Figure.FORMED_WARM, millis));
      }
      for (Row row : rows) {
        try {
          row.measure(trio, plan).forEach(measured -> print(all, measured));
        } catch (ComparisonFailure e) {
          String failure = String.valueOf(e.getMessage());
          row.figures().forEach(figure -> print(all, Measured.failed(figure, failure)));
          trio = again(trio, surroundings); // callers of that row may still be at it
        }
      }
    } finally {
      trio.close();
    }
    return all;
  }

  private static Trio again(Trio trio, Surroundings surroundings) {
    trio.close();
    return Trio.form(surroundings.managers());
  }

  private void print(List<Measured> all, Measured measured) {
    all.add(measured);
    String failure = measured.failure();
    String value = failure == null ? Results.number(measured.value()) : "FAILED";
    out.printf("  %-46s %10s", measured.figure().title(), value);
    if (failure != null) {
      out.print("  " + failure);
    } else if (!measured.more().isEmpty()) {
      out.print("  " + measured.more());
    }
    out.println();
  }

  private JsonObject conditions() {
    Runtime runtime = Runtime.getRuntime();
    return new JsonObject()
        .put("begun", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("java", System.getProperty("java.runtime.version"))
        .put("cores", runtime.availableProcessors())
        .put("warmUpSeconds", warmUpSeconds)
        .put("roundSeconds", roundSeconds)
        .put("consumers", consumers)
        .put("servers", isClient ? servers : null);
  }
}
