/**
 * The load generator behind {@code quorate bench}. It uses the etcd v3 API, so that any server with
 * this API can be measured with the same client.
 */
@NullMarked
package io.quorate.vertx.server.bench;

import org.jspecify.annotations.NullMarked;
