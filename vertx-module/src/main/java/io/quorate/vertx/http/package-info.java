/**
 * The client port: etcd v3 over gRPC and the plain HTTP endpoints on one socket. Knows HTTP and
 * connections; what the RPCs mean is in {@code io.quorate.vertx.grpc}.
 */
@NullMarked
package io.quorate.vertx.http;

import org.jspecify.annotations.NullMarked;
