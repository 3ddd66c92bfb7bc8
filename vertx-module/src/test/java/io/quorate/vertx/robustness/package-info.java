/**
 * Real processes with faults on purpose, and clients that remember what they were told.
 *
 * <p>{@link io.quorate.vertx.robustness.Run} is one run: {@link
 * io.quorate.vertx.robustness.Traffic} asks, {@link io.quorate.vertx.robustness.Chaos} breaks
 * things by a schedule drawn from a seed, and {@link io.quorate.vertx.robustness.Judgement} hands
 * what was heard to the judges of {@code io.quorate.history}.
 */
@NullMarked
package io.quorate.vertx.robustness;

import org.jspecify.annotations.NullMarked;
