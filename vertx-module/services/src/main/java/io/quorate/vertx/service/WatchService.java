package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Watches, told to an address of the caller. Failures carry a code of {@link ServiceFailure}.
 *
 * <p>The caller listens at an address that is its alone, then asks for the watch. It hears {@link
 * WatchDelivery}s there, as JSON, one after the other, the first of them after the answer; and
 * <em>replies</em> to each, with anything, when it wants more. As many may be without a reply as
 * the request grants; beyond that the service waits and later reads on from history, so nothing
 * piles up and nothing is lost.
 *
 * <p>A caller that does not reply in time, fails a delivery or is not there any more has its watch
 * ended. It hears something at least each {@link WatchStarted#getProgressMillis}; if not, the
 * service is gone, and the watch is begun again, at another instance, with {@link
 * WatchDelivery#getNextRevision} as start: so nothing comes twice. In Java, {@link
 * QuorateServices#watch} does all of this.
 */
@ProxyGen
@VertxGen
public interface WatchService {

  /** The service at {@code address}, with failures told apart. */
  static WatchService createProxy(Vertx vertx, String address) {
    return Callers.at(WatchService.class, vertx, address);
  }

  /** Fails with {@code TOO_MANY_WATCHES} if the instance that is asked has no room for another. */
  Future<WatchStarted> watch(WatchRequest request);

  /**
   * Ends a watch, whichever instance has it; nothing is sent after the answer.
   *
   * @return whether there was one
   */
  Future<Boolean> cancel(String watchId);
}
