/**
 * etcd v3 over gRPC, as a thin layer: converts protobuf messages to records of {@code
 * io.quorate.command} for a {@link io.quorate.vertx.client.QuorateStore}, and its answers back.
 * Nothing here decides anything about data. Every object of this package belongs to the event loop
 * of its server.
 */
@NullMarked
package io.quorate.vertx.member.grpc;

import org.jspecify.annotations.NullMarked;
