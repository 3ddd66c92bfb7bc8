package io.quorate.vertx.member.peer;

import io.vertx.core.Completable;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import java.util.List;
import java.util.Map;

/**
 * The cluster manager of the peer bus. A node id is {@code host:port} of the member's peer URL, and
 * the address {@code name@host:port} is registered on that node by definition: so there is no
 * registration, agreement or lookup. Shared data and high availability are not supported.
 */
final class PeerDirectory implements ClusterManager {
  private final String nodeId;

  /**
   * @param nodeId {@code host:port} at which other members reach this one
   */
  PeerDirectory(String nodeId) {
    this.nodeId = nodeId;
  }

  /** The address of {@code service} on the member at {@code hostAndPort}. */
  static String address(String service, String hostAndPort) {
    return service + "@" + hostAndPort;
  }

  @Override
  public void init(Vertx vertx) {}

  @Override
  public String getNodeId() {
    return nodeId;
  }

  @Override
  public NodeInfo getNodeInfo() {
    return infoOf(nodeId);
  }

  @Override
  public void getNodeInfo(String id, Completable<NodeInfo> promise) {
    promise.succeed(infoOf(id));
  }

  private static NodeInfo infoOf(String id) {
    int colon = id.lastIndexOf(':');
    String host = id.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new NodeInfo(host, Integer.parseInt(id.substring(colon + 1)), null);
  }

  @Override
  public List<String> getNodes() {
    return List.of(nodeId);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
    int at = address.indexOf('@');
    promise.succeed(
        at < 0 ? List.of() : List.of(new RegistrationInfo(address.substring(at + 1), 1, false)));
  }

  @Override
  public void setNodeInfo(NodeInfo nodeInfo, Completable<Void> promise) {
    promise.succeed();
  }

  @Override
  public void join(Completable<Void> promise) {
    promise.succeed();
  }

  @Override
  public void leave(Completable<Void> promise) {
    promise.succeed();
  }

  @Override
  public boolean isActive() {
    return true;
  }

  @Override
  public void registrationListener(RegistrationListener listener) {}

  @Override
  public void nodeListener(NodeListener listener) {}

  @Override
  public void addRegistration(
      String address, RegistrationInfo registration, Completable<Void> promise) {
    promise.succeed();
  }

  @Override
  public void removeRegistration(
      String address, RegistrationInfo registration, Completable<Void> promise) {
    promise.succeed();
  }

  @Override
  public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> promise) {
    promise.fail(unsupported());
  }

  @Override
  public <K, V> Map<K, V> getSyncMap(String name) {
    throw unsupported();
  }

  @Override
  public void getLockWithTimeout(String name, long timeout, Completable<Lock> promise) {
    promise.fail(unsupported());
  }

  @Override
  public void getCounter(String name, Completable<Counter> promise) {
    promise.fail(unsupported());
  }

  private static IllegalStateException unsupported() {
    return new IllegalStateException("the peer bus carries messages between members, nothing else");
  }
}
