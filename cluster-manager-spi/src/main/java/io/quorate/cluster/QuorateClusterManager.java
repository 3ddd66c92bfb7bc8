package io.quorate.cluster;

import io.quorate.cluster.connection.MemberConnection;
import io.quorate.cluster.connection.RemoteConnection;
import io.quorate.cluster.connection.StoreConnection;
import io.quorate.cluster.options.OptionSources;
import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
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
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Clusters Vert.x over Quorate: nodes, registrations, maps, locks and counters are keys, leases and
 * watches of a linearizable store.
 *
 * <p>One manager is for one Vert.x. The constructor does nothing; everything starts with {@link
 * #join}. Methods may be called on any thread and do not block, except the maps of {@link
 * #getSyncMap}. Vert.x is called back on one of its event loops; node listeners, which may block,
 * on a thread of their own.
 */
public final class QuorateClusterManager implements ClusterManager {
  private static final Logger LOG = Logger.getLogger(QuorateClusterManager.class);
  private static final String NOT_JOINED = "this node is not in the cluster";
  private static final long CLOSE_CONNECTION_MILLIS = 5_000;
  private static final long SAY_WHY_MILLIS = 15_000;

  /** How this node reaches the store, and the settings of its parts. */
  private record Setup(StoreConnection connection, ManagerSettings settings, long drainMillis) {}

  private final Supplier<Setup> asked;
  private volatile @Nullable Setup means;
  private volatile @Nullable ManagerContext context;
  private volatile @Nullable NodeLifecycle membership;
  private volatile @Nullable QuorateClient client;
  private volatile @Nullable Reachability reachability;
  private volatile @Nullable RegistrationListener registrationListener;
  private volatile @Nullable NodeListener nodeListener;
  private @Nullable Promise<Void> leaving;
  private boolean joining;

  /**
   * Configured by what {@link OptionSources} finds when it joins. This is the constructor that
   * Vert.x's service discovery calls, for every Vert.x of the process.
   */
  public QuorateClusterManager() {
    this(() -> means(OptionSources.load()));
  }

  /** Configured by {@code options} as they are now. */
  public QuorateClusterManager(QuorateClusterOptions options) {
    QuorateClusterOptions own = new QuorateClusterOptions(options).validate();
    this.asked = () -> means(own);
  }

  /**
   * @param options in the form of {@link QuorateClusterOptions#toJson}
   */
  public QuorateClusterManager(JsonObject options) {
    this(new QuorateClusterOptions(options));
  }

  /**
   * Uses a client of the application, which stays open when this node leaves.
   *
   * @param client made with the Vert.x that is clustered, or another one
   */
  public QuorateClusterManager(QuorateClient client) {
    this(new GivenClient(client), ManagerSettings.DEFAULT);
  }

  QuorateClusterManager(StoreConnection connection, ManagerSettings settings) {
    this(() -> new Setup(connection, settings, 0));
  }

  private QuorateClusterManager(Supplier<Setup> asked) {
    this.asked = asked;
  }

  private static Setup means(QuorateClusterOptions options) {
    StoreConnection connection =
        switch (options.getRole()) {
          case MEMBER -> new MemberConnection(options);
          case CLIENT -> new RemoteConnection(options);
        };
    return new Setup(connection, ManagerSettings.of(options), options.getDrainMillis());
  }

  /**
   * A client of the store that clusters {@code vertx}, for the application's own keys, locks and
   * elections. The keys of the cluster manager begin with {@link
   * QuorateClusterOptions#getKeyPrefix}. The client is closed with {@code vertx}; closing it
   * earlier closes only what was opened through it. If the manager was given a client of another
   * Vert.x, futures complete on that one's contexts. Any thread.
   *
   * @throws IllegalStateException if it is not clustered, or not by Quorate
   */
  public static QuorateClient clientOf(Vertx vertx) {
    if (((VertxInternal) vertx).clusterManager() instanceof QuorateClusterManager manager) {
      QuorateClient own = manager.client;
      Setup how = manager.means;
      if (own == null || how == null) {
        throw new IllegalStateException(NOT_JOINED);
      }
      return how.connection().another(vertx, own);
    }
    throw new IllegalStateException("this Vert.x is not clustered by Quorate");
  }

  /**
   * Takes {@code vertx} out of the routing of the event bus, so that closing it loses no request:
   * the other nodes stop sending to its consumers, and so does this node itself where other nodes
   * have consumers of an address. Once all have stopped, this node goes on answering for {@link
   * QuorateClusterOptions#getDrainMillis}. Then it may be closed. Consumers registered from now on
   * are known to this node only. A node that hangs delays this by a second at most. Any thread;
   * further calls return the result of the first.
   *
   * <p>With the option set, {@link Vertx#close} starts with this. What verticles have opened is
   * still open then; what was opened outside of verticles is closed meanwhile. An application whose
   * handlers need that calls this method before closing.
   *
   * @return completes in bounded time and never fails; on an event loop, but bound to no context,
   *     so that closing can follow
   * @throws IllegalStateException if it is not clustered by Quorate
   */
  public static Future<Void> drain(Vertx vertx) {
    if (((VertxInternal) vertx).clusterManager() instanceof QuorateClusterManager manager) {
      return manager.drain();
    }
    throw new IllegalStateException("this Vert.x is not clustered by Quorate");
  }

  private Future<Void> drain() {
    NodeLifecycle m = membership;
    Setup how = means;
    if (m == null || how == null) {
      return Future.succeededFuture();
    }
    Promise<Void> drained = Promise.promise();
    context().run(() -> context().onComplete(m.drain(how.drainMillis()), drained));
    return drained.future();
  }

  /** Called first when Vert.x is closed, while its consumers still exist. */
  private void closing(Completable<Void> done) {
    Setup how = means;
    if (how == null || how.drainMillis() == 0) {
      done.succeed();
    } else {
      drain().onComplete(done);
    }
  }

  // ---- joining and leaving

  @Override
  public void init(Vertx vertx) {
    context = new ManagerContext(vertx);
    ((VertxInternal) vertx).addCloseHook(this::closing);
  }

  @Override
  public void registrationListener(RegistrationListener listener) {
    registrationListener = listener;
  }

  @Override
  public void join(Completable<Void> joined) {
    ManagerContext h = context();
    h.run(() -> join(h, joined));
  }

  private void join(ManagerContext h, Completable<Void> joined) {
    if (joining) {
      joined.fail("this manager has joined already; each Vert.x needs one of its own");
      return;
    }
    joining = true;
    Setup m;
    try {
      m = asked.get();
    } catch (RuntimeException e) {
      joined.fail(e); // the message names the option or the file
      return;
    }
    means = m;
    join(h, m, joined);
  }

  private void join(ManagerContext h, Setup how, Completable<Void> joined) {
    ManagerSettings settings = how.settings();
    Promise<Void> once = Promise.promise();
    h.onComplete(once.future(), joined);
    Runnable late =
        () -> {
          NodeLifecycle m = membership;
          String missing = m == null ? "a store to connect to" : m.stage();
          once.tryFail(
              new VertxException(
                  "not in the cluster after "
                      + settings.joinTimeoutMillis()
                      + " ms: still waiting for "
                      + missing,
                  true));
        };
    h.timer(
        settings.joinTimeoutMillis(),
        () -> {
          if (membership == null) {
            h.timer(
                SAY_WHY_MILLIS, late); // the connection has the same timeout, and a better message
          } else {
            late.run();
          }
        });
    h.onComplete(
        how.connection().open(h.vertx()),
        (opened, failure) -> {
          if (opened == null) {
            once.tryFail(failure);
          } else if (leaving != null || once.future().isComplete()) {
            once.tryFail(NOT_JOINED);
          } else {
            client = opened;
            reachability = new Reachability(h);
            NodeLifecycle m =
                new NodeLifecycle(
                    h,
                    opened,
                    settings,
                    UUID.randomUUID().toString(),
                    Objects.requireNonNull(registrationListener));
            m.nodes().listener(nodeListener);
            membership = m;
            m.join(
                (nothing, refused) -> {
                  if (refused == null) {
                    once.tryComplete();
                  } else {
                    once.tryFail(refused);
                  }
                });
          }
        });
  }

  @Override
  public void leave(Completable<Void> left) {
    ManagerContext h = context;
    if (h == null) {
      left.succeed();
    } else {
      h.run(() -> leave(h, left));
    }
  }

  private void leave(ManagerContext h, Completable<Void> left) {
    Promise<Void> promise = leaving;
    if (promise == null) {
      Promise<Void> begun = Promise.promise();
      leaving = begun;
      promise = begun;
      NodeLifecycle m = membership;
      if (m == null) {
        closeConnection(h, begun);
      } else {
        h.onComplete(m.leave(), (nothing, failure) -> closeConnection(h, begun));
      }
    }
    h.onComplete(promise.future(), left);
  }

  private void closeConnection(ManagerContext h, Promise<Void> closed) {
    h.timer(CLOSE_CONNECTION_MILLIS, closed::tryComplete);
    Reachability reach = reachability;
    if (reach != null) {
      reach.close();
    }
    Setup opened = means;
    Future<Void> close;
    try {
      close = opened == null ? Future.succeededFuture() : opened.connection().close();
    } catch (RuntimeException e) {
      close = Future.failedFuture(e);
    }
    h.onComplete(
        close,
        (nothing, failure) -> {
          if (failure != null) {
            LOG.warn("the connection to the store was not closed well", failure);
          }
          closed.tryComplete();
        });
  }

  @Override
  public boolean isActive() {
    NodeLifecycle m = membership;
    return m != null && m.isActive();
  }

  /** A linearizable read of this node's key; on the caller's context. */
  Future<?> readStore() {
    NodeLifecycle m = membership;
    return m == null ? Future.failedFuture(NOT_JOINED) : m.readStore();
  }

  private ManagerContext context() {
    ManagerContext h = context;
    if (h == null) {
      throw new IllegalStateException("the manager was not given to a Vert.x");
    }
    return h;
  }

  private NodeLifecycle membership() {
    NodeLifecycle m = membership;
    if (m == null) {
      throw new IllegalStateException(NOT_JOINED);
    }
    return m;
  }

  // ---- nodes

  @Override
  public @Nullable String getNodeId() {
    NodeLifecycle m = membership;
    return m == null ? null : m.nodeId();
  }

  /** In the order of joining; the same on all nodes during the same event. */
  @Override
  public List<String> getNodes() {
    NodeLifecycle m = membership;
    return m == null ? List.of() : m.nodes().ids();
  }

  @Override
  public void nodeListener(@Nullable NodeListener listener) {
    nodeListener = listener;
    NodeLifecycle m = membership;
    if (m != null) {
      m.nodes().listener(listener);
    }
  }

  @Override
  public void setNodeInfo(NodeInfo nodeInfo, Completable<Void> promise) {
    membership().info(nodeInfo, promise);
  }

  @Override
  public @Nullable NodeInfo getNodeInfo() {
    NodeLifecycle m = membership;
    return m == null ? null : m.info();
  }

  @Override
  public void getNodeInfo(String nodeId, Completable<NodeInfo> promise) {
    Reachability reach = reachability;
    membership().nodes().info(nodeId, reach == null ? promise : reach.before(nodeId, promise));
  }

  @Override
  public @Nullable String clusterHost() {
    Setup m = means;
    return m == null ? null : m.connection().host();
  }

  @Override
  public @Nullable String clusterPublicHost() {
    Setup m = means;
    return m == null ? null : m.connection().publicHost();
  }

  // ---- registrations

  @Override
  public void addRegistration(
      String address, RegistrationInfo registrationInfo, Completable<Void> promise) {
    membership().addRegistration(address, registrationInfo, promise);
  }

  @Override
  public void removeRegistration(
      String address, RegistrationInfo registrationInfo, Completable<Void> promise) {
    membership().removeRegistration(address, registrationInfo, promise);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
    membership().registrations().find(address, promise);
  }

  // ---- shared data

  @Override
  public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> promise) {
    NodeLifecycle m = membership;
    if (m == null) {
      promise.fail(NOT_JOINED);
    } else {
      promise.succeed(m.map(name));
    }
  }

  @Override
  public <K, V> Map<K, V> getSyncMap(String name) {
    return membership().syncMaps().map(name);
  }

  @Override
  public void getLockWithTimeout(String name, long timeout, Completable<Lock> promise) {
    NodeLifecycle m = membership;
    if (m == null) {
      promise.fail(NOT_JOINED);
    } else {
      context().run(() -> m.locks().acquire(name, timeout, promise));
    }
  }

  @Override
  public void getCounter(String name, Completable<Counter> promise) {
    NodeLifecycle m = membership;
    if (m == null) {
      promise.fail(NOT_JOINED);
    } else {
      promise.succeed(m.counter(name));
    }
  }
}
