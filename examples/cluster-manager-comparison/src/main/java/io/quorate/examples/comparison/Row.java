package io.quorate.examples.comparison;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Work that can be asked for by its name. */
enum Row {
  /** Done by the program itself, since the others need nodes that are formed. */
  FORMATION((trio, plan) -> List.of(), Figure.FORMED_COLD, Figure.FORMED_WARM),
  MAP_GET(Maps::get, Figure.MAP_GET),
  MAP_PUT(Maps::put, Figure.MAP_PUT),
  MAP_PUT_ONE(Maps::putOne, Figure.MAP_PUT_ONE),
  COUNTER(CounterWork::increment, Figure.COUNTER),
  LOCK_FREE(LockWork::free, Figure.LOCK_FREE),
  LOCK_ONE(LockWork::one, Figure.LOCK_ONE),
  LOCK_CONTENDED(LockWork::contended, Figure.LOCK_CONTENDED),
  FIRST_REPLY(Consumers::firstReply, Figure.FIRST_REPLY_P50, Figure.FIRST_REPLY_P99),
  REGISTER(Consumers::register, Figure.REGISTER);

  /** What is done with three nodes, and what it came to. */
  interface Work {
    /**
     * @throws ComparisonFailure if anything was wrong
     */
    List<Measured> measure(Trio trio, Plan plan);
  }

  private final Work work;
  private final List<Figure> figures;

  Row(Work work, Figure... figures) {
    this.work = work;
    this.figures = List.of(figures);
  }

  List<Measured> measure(Trio trio, Plan plan) {
    return work.measure(trio, plan);
  }

  List<Figure> figures() {
    return figures;
  }

  /** As it is written on the command line. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Row::text).toList();
  }

  /**
   * @throws IllegalArgumentException if there is none of that name
   */
  static Row of(String text) {
    return Arrays.stream(values())
        .filter(row -> row.text().equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is not one of " + names()));
  }
}
