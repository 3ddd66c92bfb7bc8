package io.quorate.vertx.client.remote;

import io.quorate.vertx.client.HostPort;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The endpoints, of which one is used until it fails, then the next. Any thread. */
final class Endpoints {
  private final boolean shuffled;
  private volatile Choice choice;
  private volatile Runnable moved = () -> {};

  /** The address of one member. */
  record Endpoint(URI url, SocketAddress address) {
    static Endpoint of(URI url) {
      HostPort hostPort = HostPort.required(url);
      return new Endpoint(
          url, SocketAddress.inetSocketAddress(hostPort.port(), hostPort.bareHost()));
    }

    @Override
    public String toString() {
      return url.toString();
    }
  }

  private record Choice(List<Endpoint> all, int index) {
    Endpoint current() {
      return all.get(index);
    }
  }

  Endpoints(RemoteOptions options) {
    this.shuffled = options.isShuffled();
    this.choice = begin(options.getEndpoints());
  }

  private Choice begin(List<URI> urls) {
    List<Endpoint> all = urls.stream().map(Endpoint::of).toList();
    return new Choice(all, shuffled ? ThreadLocalRandom.current().nextInt(all.size()) : 0);
  }

  List<URI> urls() {
    return choice.all.stream().map(Endpoint::url).toList();
  }

  int size() {
    return choice.all.size();
  }

  Endpoint current() {
    return choice.current();
  }

  /** Leaves this endpoint. Further failures of the same endpoint have no effect. */
  void failed(Endpoint endpoint) {
    if (left(endpoint)) {
      moved.run();
    }
  }

  private synchronized boolean left(Endpoint endpoint) {
    Choice now = choice;
    if (!now.current().equals(endpoint)) {
      return false;
    }
    choice = new Choice(now.all, (now.index + 1) % now.all.size());
    return true;
  }

  /**
   * @param moved called when an endpoint was left, on the thread that reported its failure
   */
  void onMove(Runnable moved) {
    this.moved = moved;
  }

  /** Replaces the endpoints. The current one stays in use if it is among them. */
  synchronized void replace(List<URI> urls) {
    int index = urls.indexOf(choice.current().url());
    Choice next = begin(urls);
    choice = index < 0 ? next : new Choice(next.all, index);
  }
}
