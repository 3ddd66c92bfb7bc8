/**
 * Real processes with faults on purpose, and clients that remember what they were told.
 *
 * <p>{@link io.quorate.vertx.server.robustness.Run} is one run: {@link
 * io.quorate.vertx.server.robustness.Traffic} asks, {@link
 * io.quorate.vertx.server.robustness.Chaos} breaks things by a schedule drawn from a seed, and
 * {@link io.quorate.vertx.server.robustness.Judgement} hands what was heard to the judges of {@code
 * io.quorate.history}.
 */
@NullMarked
package io.quorate.vertx.server.robustness;

import org.jspecify.annotations.NullMarked;
