package io.quorate.examples.comparison;

/**
 * How long is measured.
 *
 * @param warmUpNanos before the first round, not counted
 * @param roundNanos of each round
 * @param formations of three nodes, after the first one
 * @param consumers that are registered together
 */
record Plan(long warmUpNanos, long roundNanos, int rounds, int formations, int consumers) {}
