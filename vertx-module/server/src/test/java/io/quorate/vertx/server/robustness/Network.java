package io.quorate.vertx.server.robustness;

import io.quorate.vertx.server.process.MemberProcess;
import io.quorate.vertx.server.process.ProcessCluster;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Mesh;
import io.quorate.vertx.testing.links.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * All links between members, one for each direction, and those from clients to members. Members are
 * configured with the addresses of proxies, also for themselves, and the messages of a member name
 * that address as their sender.
 */
final class Network implements AutoCloseable {
  private static final String CLIENTS = "clients";

  private final Mesh mesh = new Mesh();
  private final Map<String, Integer> clientPorts = new HashMap<>();

  /** Puts proxies between the members, which must not run yet. */
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

  /** The link for what {@code from} sends to {@code to}. */
  Link link(String from, String to) {
    return mesh.link(from, to);
  }

  Link ofClients(String to) {
    return link(CLIENTS, to);
  }

  /** The port at which clients reach a member. */
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
