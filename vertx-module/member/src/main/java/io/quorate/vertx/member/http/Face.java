package io.quorate.vertx.member.http;

import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;

/**
 * One thing that a listener of the client port offers. A request goes to the first face of its
 * listener that takes it. Made, called and closed on the event loop of the endpoint.
 */
public interface Face {

  /** Makes a face; the listeners of an endpoint that have the same maker share what it made. */
  @FunctionalInterface
  interface Maker {
    Face make(Vertx vertx, MemberStore store, EndpointOptions options);
  }

  boolean takes(HttpServerRequest request);

  /** Answers what it takes. */
  void handle(HttpServerRequest request);

  /** A connection that may have brought requests has ended. */
  default void closed(HttpConnection connection) {}

  /** Refuses what comes from now on; what is under way may still end. */
  default void stop() {}

  /** The connections are closed. */
  default void close() {}

  /** Memory that answers take, made and not yet taken, in bytes. Any thread. */
  default long answerBytes() {
    return 0;
  }
}
