package io.quorate.vertx.member.http;

import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;

/**
 * A kind of requests that a listener of the client port serves, such as gRPC. Each request goes to
 * the first face of its listener that accepts it. Created, used and closed on the event loop of the
 * endpoint.
 */
public interface Face {

  /** Creates a face; listeners of one endpoint that have the same maker share the face. */
  @FunctionalInterface
  interface Maker {
    Face make(Vertx vertx, MemberStore store, EndpointOptions options);
  }

  boolean takes(HttpServerRequest request);

  /** Answers a request that {@link #takes} has accepted. */
  void handle(HttpServerRequest request);

  /** Called when a connection has been closed, whether or not it has sent requests to this face. */
  default void closed(HttpConnection connection) {}

  /** Refuses new requests; running ones may still finish. */
  default void stop() {}

  /** Called when the connections have been closed. */
  default void close() {}

  /** Memory for answers that are being made or have not left yet, in bytes. Any thread. */
  default long answerBytes() {
    return 0;
  }
}
