/**
 * Real processes with injected faults, and clients that record what they send and receive.
 *
 * <p>{@link io.quorate.vertx.server.robustness.Run} is one run: {@link
 * io.quorate.vertx.server.robustness.Traffic} sends requests, {@link
 * io.quorate.vertx.server.robustness.Chaos} injects faults by a schedule that a seed determines,
 * and {@link io.quorate.vertx.server.robustness.Judgement} passes the recorded history to the
 * judges of {@code io.quorate.history}.
 */
@NullMarked
package io.quorate.vertx.server.robustness;

import org.jspecify.annotations.NullMarked;
