package io.quorate.vertx.metrics;

/** Names by Vert.x's convention. */
final class Names {
  private Names() {}

  static String of(String name) {
    return "vertx.quorate." + name;
  }
}
