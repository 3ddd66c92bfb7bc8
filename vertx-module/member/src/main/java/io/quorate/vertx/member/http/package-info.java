/**
 * The client port: listeners, each with a list of faces ({@link io.quorate.vertx.member.http.Face})
 * such as gRPC and the plain HTTP endpoints. This package handles HTTP and connections; the RPCs
 * are in {@code io.quorate.vertx.member.grpc}.
 */
@NullMarked
package io.quorate.vertx.member.http;

import org.jspecify.annotations.NullMarked;
