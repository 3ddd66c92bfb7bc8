/**
 * Where the Vert.x {@link io.vertx.core.spi.cluster.ClusterManager} over Quorate will live. <b>It
 * is not written yet</b>: today this package holds nothing, and Vert.x cannot be clustered with it.
 *
 * <p>It will hold one class each for nodes, registrations, maps, locks and counters, all of them
 * keys, leases and watches behind {@link io.quorate.vertx.client.QuorateStore}. See this module's
 * {@code DESIGN.md}.
 */
@NullMarked
package io.quorate.cluster;

import org.jspecify.annotations.NullMarked;
