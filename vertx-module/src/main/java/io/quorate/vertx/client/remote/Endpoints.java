package io.quorate.vertx.client.remote;

import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Whom to talk to: one until it fails, then the next. Any thread. */
final class Endpoints {
  private final List<Endpoint> all = new ArrayList<>();
  private final AtomicInteger current = new AtomicInteger();

  /** One member's address. */
  record Endpoint(int index, URI url, SocketAddress address) {
    @Override
    public String toString() {
      return url.toString();
    }
  }

  Endpoints(RemoteOptions options) {
    for (URI url : options.endpoints()) {
      String host = url.getHost();
      String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      all.add(new Endpoint(all.size(), url, SocketAddress.inetSocketAddress(url.getPort(), bare)));
    }
    if (options.isShuffled()) {
      current.set(ThreadLocalRandom.current().nextInt(all.size()));
    }
  }

  int size() {
    return all.size();
  }

  Endpoint current() {
    return all.get(current.get());
  }

  /** However many requests fail with it, it is left once. */
  void failed(Endpoint endpoint) {
    current.compareAndSet(endpoint.index(), (endpoint.index() + 1) % all.size());
  }
}
