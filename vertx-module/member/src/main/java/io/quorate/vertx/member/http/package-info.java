/**
 * The client port: listeners, each with faces of its own ({@link
 * io.quorate.vertx.member.http.Face}), gRPC and the plain HTTP endpoints among them. Knows HTTP and
 * connections; what the RPCs mean is in {@code io.quorate.vertx.member.grpc}.
 */
@NullMarked
package io.quorate.vertx.member.http;

import org.jspecify.annotations.NullMarked;
