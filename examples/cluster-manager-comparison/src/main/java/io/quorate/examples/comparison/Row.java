package io.quorate.examples.comparison;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Work that can be asked for by its name. */
enum Row {
  /** Done by the program itself, since the others need nodes that are formed. */
  FORMATION((trio, plan) -> List.of()),
  MAP_GET(Maps::get),
  MAP_PUT(Maps::put),
  MAP_PUT_ONE(Maps::putOne),
  COUNTER(CounterWork::increment),
  LOCK_FREE(LockWork::free),
  LOCK_ONE(LockWork::one),
  LOCK_CONTENDED(LockWork::contended),
  FIRST_REPLY(Consumers::firstReply),
  REGISTER(Consumers::register);

  /** What is done with three nodes, and what it came to. */
  interface Work {
    /**
     * @throws ComparisonFailure if anything was wrong
     */
    List<Measured> measure(Trio trio, Plan plan);
  }

  private final Work work;

  Row(Work work) {
    this.work = work;
  }

  List<Measured> measure(Trio trio, Plan plan) {
    return work.measure(trio, plan);
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
