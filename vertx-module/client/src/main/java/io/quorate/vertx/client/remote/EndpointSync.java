package io.quorate.vertx.client.remote;

import io.quorate.command.Result;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;

/**
 * Updates the endpoints from the cluster's member list, periodically and after an endpoint has
 * failed. On one context.
 */
final class EndpointSync {
  private static final Logger LOG = Logger.getLogger(EndpointSync.class);
  private static final long SOON_MILLIS = 200;

  private final ContextInternal home;
  private final Endpoints endpoints;
  private final RemoteOptions options;
  private final Supplier<Future<Result.Members>> members;
  private long timer = -1;
  private boolean soon;
  private boolean asking;
  private volatile boolean closed;

  /**
   * @param members reads the member list
   */
  EndpointSync(
      ContextInternal home,
      Endpoints endpoints,
      RemoteOptions options,
      Supplier<Future<Result.Members>> members) {
    this.home = home;
    this.endpoints = endpoints;
    this.options = options;
    this.members = members;
  }

  /** Does nothing unless it is enabled in the options. Any thread. */
  void begin() {
    if (options.getAutoSyncIntervalMillis() > 0) {
      endpoints.onMove(() -> home.runOnContext(v -> soon()));
      home.runOnContext(
          v -> timer = home.setPeriodic(options.getAutoSyncIntervalMillis(), id -> ask()));
    }
  }

  /** Any thread. */
  void close() {
    closed = true;
    home.runOnContext(v -> home.owner().cancelTimer(timer));
  }

  private void soon() {
    if (!soon && !closed) {
      soon = true;
      home.setTimer(
          SOON_MILLIS,
          id -> {
            soon = false;
            ask();
          });
    }
  }

  private void ask() {
    if (asking || closed) {
      return;
    }
    asking = true;
    members
        .get()
        .onComplete(
            (found, failure) -> {
              asking = false;
              if (found != null) {
                take(found);
              } else {
                LOG.debug("the members are not known anew: {}", failure.toString());
              }
            });
  }

  private void take(Result.Members found) {
    List<URI> urls = RemoteOptions.endpointsOf(found.members(), options.isTls());
    if (!closed && !urls.isEmpty() && !urls.equals(endpoints.urls())) {
      LOG.info("members are at {}", urls);
      endpoints.replace(urls);
    }
  }
}
