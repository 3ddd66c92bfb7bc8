/**
 * etcd v3 over gRPC, as a thin edge: protobuf in, records of {@code io.quorate.command} to a {@link
 * io.quorate.vertx.client.QuorateStore}, its answers out again. Nothing here decides anything about
 * data. Every object of this package belongs to the one event loop its server was made on.
 */
@NullMarked
package io.quorate.vertx.member.grpc;

import org.jspecify.annotations.NullMarked;
