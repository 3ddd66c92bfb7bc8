package io.quorate.vertx.server.robustness;

import io.quorate.vertx.server.process.MemberProcess;
import io.quorate.vertx.server.process.ProcessCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The addresses of the members, and the number of each member's process. Any thread. */
final class MemberEndpoints {
  /** One member from the clients' point of view. */
  static final class Place {
    private final String name;
    private final int port;
    private final int proxiedPort;
    private final AtomicInteger life = new AtomicInteger();

    Place(String name, int port, int proxiedPort) {
      this.name = name;
      this.port = port;
      this.proxiedPort = proxiedPort;
    }

    String name() {
      return name;
    }

    /** The port of the member itself, not affected by network faults. */
    int port() {
      return port;
    }

    int proxiedPort() {
      return proxiedPort;
    }

    int life() {
      return life.get();
    }

    /** Must be called before the process is started again. */
    void nextLife() {
      int unused = life.incrementAndGet();
    }
  }

  private final List<Place> places = new ArrayList<>();

  MemberEndpoints(ProcessCluster cluster, Network network) {
    for (MemberProcess member : cluster.members()) {
      places.add(new Place(member.name(), member.clientPort(), network.clientPort(member.name())));
    }
  }

  int size() {
    return places.size();
  }

  Place get(int index) {
    return places.get(index);
  }

  Place get(String name) {
    return places.stream().filter(place -> place.name().equals(name)).findFirst().orElseThrow();
  }
}
