package io.quorate.vertx.metrics;

/** Names of meters by Vert.x's convention. */
final class MeterNames {
  private MeterNames() {}

  static String of(String name) {
    return "vertx.quorate." + name;
  }
}
