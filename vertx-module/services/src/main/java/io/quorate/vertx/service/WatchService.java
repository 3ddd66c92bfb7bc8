package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Watches that are delivered to an address of the caller. Failures carry a code of {@link
 * ServiceFailure}.
 *
 * <p>The caller registers a consumer at an address of its own, then calls {@link #watch}. After the
 * answer, it receives {@link WatchDelivery}s there, as JSON, one after the other. It
 * <em>replies</em> to each, with any body, when it is ready for more. The request grants the number
 * of deliveries without a reply; beyond that the service holds events back and reads them from
 * history later, so memory is bounded and no event is lost.
 *
 * <p>The watch is ended if the caller does not reply in time, fails a delivery, or no longer
 * exists. The caller receives a delivery at least every {@link WatchStarted#getProgressMillis}. If
 * none arrives, the service is gone: the caller starts the watch again, which reaches another
 * instance, from {@link WatchDelivery#getNextRevision}, so it receives nothing twice. In Java,
 * {@link QuorateServices#watch} does all of this.
 */
@ProxyGen
@VertxGen
public interface WatchService {

  /** A proxy of the service at {@code address} that classifies failures. */
  static WatchService createProxy(Vertx vertx, String address) {
    return RetryingProxy.at(WatchService.class, vertx, address);
  }

  /**
   * Starts a watch. Fails with {@code TOO_MANY_WATCHES} if the asked instance has reached its
   * limit.
   */
  Future<WatchStarted> watch(WatchRequest request);

  /**
   * Ends a watch, at whichever instance it is. Nothing is delivered after the answer.
   *
   * @return whether the watch existed
   */
  Future<Boolean> cancel(String watchId);
}
