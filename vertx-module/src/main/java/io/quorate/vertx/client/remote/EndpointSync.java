package io.quorate.vertx.client.remote;

import io.quorate.command.Result;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the endpoints to what the cluster says, every now and then and when one has failed.
 * Learners are left out, since they answer no linearizable requests. On one context.
 */
final class EndpointSync {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointSync.class);
  private static final long SOON_MILLIS = 200;

  private final ContextInternal home;
  private final Endpoints endpoints;
  private final RemoteOptions options;
  private final Supplier<Future<Result.Members>> members;
  private boolean soon;
  private boolean asking;
  private volatile boolean closed;

  /**
   * @param members asks the cluster
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

  /** Does nothing unless the options say so. Any thread. */
  void begin() {
    if (options.autoSyncIntervalMillis() > 0) {
      endpoints.onMove(() -> home.runOnContext(v -> soon()));
      home.runOnContext(v -> again());
    }
  }

  /** Any thread. */
  void close() {
    closed = true;
  }

  private void again() {
    if (!closed) {
      home.setTimer(
          options.autoSyncIntervalMillis(),
          id -> {
            ask();
            again();
          });
    }
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
    List<URI> urls = new ArrayList<>();
    found.members().stream()
        .filter(member -> !member.isLearner())
        .flatMap(member -> member.clientUrls().stream())
        .forEach(text -> add(text, urls));
    if (!closed && !urls.isEmpty() && !urls.equals(endpoints.urls())) {
      LOG.info("members are at {}", urls);
      endpoints.replace(urls);
    }
  }

  private void add(String text, List<URI> urls) {
    try {
      URI url = URI.create(text);
      if (RemoteOptions.isEndpoint(url) && "https".equals(url.getScheme()) == options.isTls()) {
        urls.add(url);
      }
    } catch (IllegalArgumentException e) {
      LOG.debug("a member advertises '{}', which is no URL", text);
    }
  }
}
