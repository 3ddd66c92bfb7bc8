/**
 * The load generator behind {@code quorate bench}: it speaks etcd v3, so that any server that does
 * can be measured with the same client.
 */
@NullMarked
package io.quorate.vertx.server.bench;

import org.jspecify.annotations.NullMarked;
