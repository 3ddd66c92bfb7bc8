/**
 * {@link io.quorate.vertx.client.QuorateStore} over gRPC: the members of a Quorate cluster, or of
 * an etcd.
 */
@NullMarked
package io.quorate.vertx.client.remote;

import org.jspecify.annotations.NullMarked;
