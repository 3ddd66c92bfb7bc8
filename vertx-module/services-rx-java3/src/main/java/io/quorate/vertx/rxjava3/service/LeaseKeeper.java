package io.quorate.vertx.rxjava3.service;

import io.reactivex.rxjava3.core.Completable;
import io.vertx.rxjava3.CompletableHelper;

/** {@link io.quorate.vertx.service.LeaseKeeper} with RxJava's types. */
public final class LeaseKeeper {
  private final io.quorate.vertx.service.LeaseKeeper delegate;

  LeaseKeeper(io.quorate.vertx.service.LeaseKeeper delegate) {
    this.delegate = delegate;
  }

  /** The wrapped keeper. */
  public io.quorate.vertx.service.LeaseKeeper getDelegate() {
    return delegate;
  }

  /** In hex. */
  public String leaseId() {
    return delegate.leaseId();
  }

  /** The granted time to live. */
  public long ttlSeconds() {
    return delegate.ttlSeconds();
  }

  /** False once the lease is lost or closed. Any thread. */
  public boolean isAlive() {
    return delegate.isAlive();
  }

  /** Completes when the lease is lost. Does not complete if it is closed before. Never fails. */
  public Completable lost() {
    return CompletableHelper.toCompletable(delegate.lost()::onComplete);
  }

  /**
   * Stops renewing the lease and revokes it, when subscribed to. Completes within the request
   * time-out even without an answer.
   */
  public Completable close() {
    return CompletableHelper.toCompletable(done -> delegate.close().onComplete(done));
  }
}
