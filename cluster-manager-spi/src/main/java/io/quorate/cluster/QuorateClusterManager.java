package io.quorate.cluster;

import io.quorate.cluster.connection.Connection;
import io.quorate.cluster.connection.MemberConnection;
import io.quorate.cluster.connection.OptionSources;
import io.quorate.cluster.connection.RemoteConnection;
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
 * <p>One manager is for one Vert.x. Constructing it does nothing; everything begins with {@link
 * #join}. Methods may be called on any thread and do not block, but for the maps of {@link
 * #getSyncMap}. Vert.x is called back on one of its event loops; node listeners, which may block,
 * on a thread of their own.
 */
public final class QuorateClusterManager implements ClusterManager {
  private static final Logger LOG = Logger.getLogger(QuorateClusterManager.class);
  private static final String NOT_JOINED = "this node is not in the cluster";
  private static final long CLOSE_CONNECTION_MILLIS = 5_000;
  private static final long SAY_WHY_MILLIS = 15_000;

  /** How this node comes by a store, and what its parts need to know. */
  private record Means(Connection connection, Settings settings, long drainMillis) {}

  private final Supplier<Means> asked;
  private volatile @Nullable Means means;
  private volatile @Nullable Home home;
  private volatile @Nullable Membership membership;
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
   * Over a client that the application has anyway; it stays open when this node leaves.
   *
   * @param client made with the Vert.x that is clustered, or another one
   */
  public QuorateClusterManager(QuorateClient client) {
    this(new GivenClient(client), Settings.DEFAULT);
  }

  QuorateClusterManager(Connection connection, Settings settings) {
    this(() -> new Means(connection, settings, 0));
  }

  private QuorateClusterManager(Supplier<Means> asked) {
    this.asked = asked;
  }

  private static Means means(QuorateClusterOptions options) {
    Connection connection =
        switch (options.getRole()) {
          case MEMBER -> new MemberConnection(options);
          case CLIENT -> new RemoteConnection(options);
        };
    return new Means(connection, Settings.of(options), options.getDrainMillis());
  }

  /**
   * A client of the store that clusters {@code vertx}, for keys, locks and elections of the
   * application's own: it needs no second member for these. Keys of the cluster itself have {@link
   * QuorateClusterOptions#getKeyPrefix} in front. The client ends with {@code vertx}; closing it
   * before that ends what was opened through it and nothing else. If the manager was given a client
   * of another Vert.x, futures complete on that one's contexts. Any thread.
   *
   * @throws IllegalStateException if it is not clustered, or not by Quorate
   */
  public static QuorateClient clientOf(Vertx vertx) {
    if (((VertxInternal) vertx).clusterManager() instanceof QuorateClusterManager manager) {
      QuorateClient own = manager.client;
      Means how = manager.means;
      if (own == null || how == null) {
        throw new IllegalStateException(NOT_JOINED);
      }
      return how.connection().another(vertx, own);
    }
    throw new IllegalStateException("this Vert.x is not clustered by Quorate");
  }

  /**
   * Takes {@code vertx} out of the routing of the event bus, for an end at which no request is
   * lost: the others stop sending to its consumers and, where others listen to an address, so does
   * this node itself; when all have, it goes on answering for {@link
   * QuorateClusterOptions#getDrainMillis}. Then it may be closed. Consumers that are registered
   * from now on are known to this node only. A node that hangs is waited for a second. Any thread;
   * the second call is answered as the first.
   *
   * <p>With the option set, {@link Vertx#close} begins with this. What verticles have opened is
   * still there then; what was opened outside of them is closed meanwhile, so whoever needs that
   * for an answer calls this before.
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
    Membership m = membership;
    Means how = means;
    if (m == null || how == null) {
      return Future.succeededFuture();
    }
    Promise<Void> drained = Promise.promise();
    home().run(() -> home().hear(m.drain(how.drainMillis()), drained));
    return drained.future();
  }

  /** The first that happens when Vert.x is closed: its consumers are still there. */
  private void closing(Completable<Void> done) {
    Means how = means;
    if (how == null || how.drainMillis() == 0) {
      done.succeed();
    } else {
      drain().onComplete(done);
    }
  }

  // ---- joining and leaving

  @Override
  public void init(Vertx vertx) {
    home = new Home(vertx);
    ((VertxInternal) vertx).addCloseHook(this::closing);
  }

  @Override
  public void registrationListener(RegistrationListener listener) {
    registrationListener = listener;
  }

  @Override
  public void join(Completable<Void> joined) {
    Home h = home();
    h.run(() -> join(h, joined));
  }

  private void join(Home h, Completable<Void> joined) {
    if (joining) {
      joined.fail("this manager has joined already; each Vert.x needs one of its own");
      return;
    }
    joining = true;
    Means m;
    try {
      m = asked.get();
    } catch (RuntimeException e) {
      joined.fail(e); // the message names the option or the file
      return;
    }
    means = m;
    join(h, m, joined);
  }

  private void join(Home h, Means how, Completable<Void> joined) {
    Settings settings = how.settings();
    Promise<Void> once = Promise.promise();
    h.hear(once.future(), joined);
    Runnable late =
        () -> {
          Membership m = membership;
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
            h.timer(SAY_WHY_MILLIS, late); // the connection has the same bound, and says more
          } else {
            late.run();
          }
        });
    h.hear(
        how.connection().open(h.vertx()),
        (opened, failure) -> {
          if (opened == null) {
            once.tryFail(failure);
          } else if (leaving != null || once.future().isComplete()) {
            once.tryFail(NOT_JOINED);
          } else {
            client = opened;
            reachability = new Reachability(h);
            Membership m =
                new Membership(
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
    Home h = home;
    if (h == null) {
      left.succeed();
    } else {
      h.run(() -> leave(h, left));
    }
  }

  private void leave(Home h, Completable<Void> left) {
    Promise<Void> promise = leaving;
    if (promise == null) {
      Promise<Void> begun = Promise.promise();
      leaving = begun;
      promise = begun;
      Membership m = membership;
      if (m == null) {
        closeConnection(h, begun);
      } else {
        h.hear(m.leave(), (nothing, failure) -> closeConnection(h, begun));
      }
    }
    h.hear(promise.future(), left);
  }

  private void closeConnection(Home h, Promise<Void> closed) {
    h.timer(CLOSE_CONNECTION_MILLIS, closed::tryComplete);
    Reachability reach = reachability;
    if (reach != null) {
      reach.close();
    }
    Means opened = means;
    Future<Void> close;
    try {
      close = opened == null ? Future.succeededFuture() : opened.connection().close();
    } catch (RuntimeException e) {
      close = Future.failedFuture(e);
    }
    h.hear(
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
    Membership m = membership;
    return m != null && m.isActive();
  }

  /** A linearizable read of this node's key; on the caller's context. */
  Future<?> readStore() {
    Membership m = membership;
    return m == null ? Future.failedFuture(NOT_JOINED) : m.readStore();
  }

  private Home home() {
    Home h = home;
    if (h == null) {
      throw new IllegalStateException("the manager was not given to a Vert.x");
    }
    return h;
  }

  private Membership membership() {
    Membership m = membership;
    if (m == null) {
      throw new IllegalStateException(NOT_JOINED);
    }
    return m;
  }

  // ---- nodes

  @Override
  public @Nullable String getNodeId() {
    Membership m = membership;
    return m == null ? null : m.nodeId();
  }

  /** In the order of joining; the same for all nodes in the same event. */
  @Override
  public List<String> getNodes() {
    Membership m = membership;
    return m == null ? List.of() : m.nodes().ids();
  }

  @Override
  public void nodeListener(@Nullable NodeListener listener) {
    nodeListener = listener;
    Membership m = membership;
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
    Membership m = membership;
    return m == null ? null : m.info();
  }

  @Override
  public void getNodeInfo(String nodeId, Completable<NodeInfo> promise) {
    Reachability reach = reachability;
    membership().nodes().info(nodeId, reach == null ? promise : reach.before(nodeId, promise));
  }

  @Override
  public @Nullable String clusterHost() {
    Means m = means;
    return m == null ? null : m.connection().host();
  }

  @Override
  public @Nullable String clusterPublicHost() {
    Means m = means;
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
    Membership m = membership;
    if (m == null) {
      promise.fail(NOT_JOINED);
    } else {
      promise.succeed(m.map(name));
    }
  }

  @Override
  public <K, V> Map<K, V> getSyncMap(String name) {
    return membership().haMaps().map(name);
  }

  @Override
  public void getLockWithTimeout(String name, long timeout, Completable<Lock> promise) {
    Membership m = membership;
    if (m == null) {
      promise.fail(NOT_JOINED);
    } else {
      home().run(() -> m.locks().acquire(name, timeout, promise));
    }
  }

  @Override
  public void getCounter(String name, Completable<Counter> promise) {
    Membership m = membership;
    if (m == null) {
      promise.fail(NOT_JOINED);
    } else {
      promise.succeed(m.counter(name));
    }
  }
}
