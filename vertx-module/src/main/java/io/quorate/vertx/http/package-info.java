/**
 * The client port: listeners, each with faces of its own ({@link io.quorate.vertx.http.Face}), gRPC
 * and the plain HTTP endpoints among them. Knows HTTP and connections; what the RPCs mean is in
 * {@code io.quorate.vertx.grpc}.
 */
@NullMarked
package io.quorate.vertx.http;

import org.jspecify.annotations.NullMarked;
