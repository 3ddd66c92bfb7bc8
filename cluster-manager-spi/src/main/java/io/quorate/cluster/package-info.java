/**
 * The Vert.x {@link io.vertx.core.spi.cluster.ClusterManager} over Quorate: one class each for
 * nodes, registrations, maps, locks and counters, all of them keys, leases and watches behind
 * {@link io.quorate.vertx.client.QuorateClient}. See this module's {@code DESIGN.md}.
 *
 * <p>{@link io.quorate.cluster.QuorateClusterManager} may be called on any thread; its state is on
 * one Vert.x context.
 */
@NullMarked
package io.quorate.cluster;

import org.jspecify.annotations.NullMarked;
