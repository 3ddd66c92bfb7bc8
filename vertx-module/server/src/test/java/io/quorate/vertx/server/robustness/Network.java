package io.quorate.vertx.server.robustness;

import io.quorate.vertx.server.process.MemberProcess;
import io.quorate.vertx.server.process.ProcessCluster;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Mesh;
import io.quorate.vertx.testing.links.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * All ways between members, each direction for itself, and those from clients to members. A member
 * is told the addresses of proxies, also as its own, and is the sender of its messages by that
 * address.
 */
final class Network implements AutoCloseable {
  private static final String CLIENTS = "clients";

  private final Mesh mesh = new Mesh();
  private final Map<String, Integer> clientPorts = new HashMap<>();

  /** Puts itself between the members, which do not run yet. */
  Network(ProcessCluster cluster) {
    mesh.connect(cluster.members().stream().map(MemberProcess::name).toList());
    for (MemberProcess to : cluster.members()) {
      Link ofClients = mesh.newLink(CLIENTS, to.name());
      Proxy forPeers = mesh.standBefore(to.name(), Proxy.ANY_PORT, to.peerPort());
      Proxy forClients = mesh.standBefore(ofClients, Proxy.ANY_PORT, to.clientPort());
      mesh.introduce(to.name(), forPeers.address().toString());
      clientPorts.put(to.name(), forClients.address().port());
      to.advertise("http://" + forPeers.address());
    }
  }

  /** The way of what {@code from} sends to {@code to}. */
  Link link(String from, String to) {
    return mesh.link(from, to);
  }

  Link ofClients(String to) {
    return link(CLIENTS, to);
  }

  /** Where clients find a member. */
  int clientPort(String member) {
    Integer port = clientPorts.get(member);
    if (port == null) {
      throw new IllegalStateException("no member " + member);
    }
    return port;
  }

  void healAll() {
    mesh.healAll();
  }

  @Override
  public void close() {
    mesh.close();
  }
}
