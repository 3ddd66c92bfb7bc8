/**
 * Coordination of applications by keys, leases and watches, in the manner of etcd's recipes. Each
 * waiting client has a key {@code <name>/<lease in hex>-<number>}; create revisions give the order.
 * Each client watches the key before its own, so a release wakes up only one of them.
 *
 * <p>A name must not be a prefix of another one up to a slash: both would share one line.
 */
@NullMarked
package io.quorate.vertx.client.recipe;

import org.jspecify.annotations.NullMarked;
