package io.quorate.cluster.connection;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.command.Member;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.member.peer.InnerVertx;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node without a replica, which reaches the members over the network: at the configured
 * endpoints, or at those of the members that it discovers in the same way as members discover each
 * other.
 *
 * <p>The node's own requests run on a separate Vert.x: the application's Vert.x closes the
 * connections of its contexts before it asks the cluster manager to leave, and would trace and
 * count each request. The application's requests run on the application's Vert.x, see {@link
 * #another}.
 *
 * <p>Discovered endpoints follow changes of the membership within some seconds. Configured
 * endpoints are not changed: this process may be able to reach no others. Learners are left out,
 * since they serve no linearizable requests.
 */
public final class RemoteConnection extends ThreadedConnection {
  private static final Logger LOG = Logger.getLogger(RemoteConnection.class);
  private static final long AGAIN_MILLIS = 50;
  private static final long CLOSE_MILLIS = 3_000;
  private static final long BRIEF_MILLIS = 700;
  private static final long SYNC_MILLIS = 5_000;

  private final @Nullable NameResolver names;

  // ---- that thread only
  private @Nullable Vertx inner;
  private @Nullable QuorateClient client;

  // ---- written by that thread
  private volatile @Nullable TlsMaterial tls;
  private volatile @Nullable RemoteStore store;

  // ---- under the lock of application
  private final Object application = new Object();
  private @Nullable RemoteStore applicationStore;

  public RemoteConnection(QuorateClusterOptions options) {
    this(options, null);
  }

  RemoteConnection(QuorateClusterOptions options, @Nullable NameResolver names) {
    super(options, "quorate-connect");
    this.names = names;
  }

  @Override
  QuorateClient openAll(Vertx vertx, Deadline deadline) throws Exception {
    TlsMaterial material = Encryption.read(options);
    tls = material;
    List<URI> endpoints =
        options.getEndpoints().isEmpty()
            ? discover(vertx, material, deadline)
            : endpoints(options.getEndpoints());
    return connect(endpoints, material, deadline);
  }

  @Override
  String aim() {
    return "cannot connect to cluster '" + options.getClusterName() + "'";
  }

  private static List<URI> endpoints(Collection<String> texts) {
    return texts.stream()
        .map(text -> URI.create(text.contains("://") ? text : "http://" + text))
        .toList();
  }

  private QuorateClient connect(List<URI> endpoints, @Nullable TlsMaterial tls, Deadline deadline)
      throws Exception {
    deadline.step("waiting for a quorum behind " + endpoints);
    Vertx own = Vertx.vertx(InnerVertx.options());
    inner = own;
    RemoteStore reached = new RemoteStore(own, remote(endpoints, tls));
    store = reached;
    String last = "";
    while (!deadline.isOver()) {
      try {
        deadline.await(reached.memberList(true));
        LOG.info("connected to cluster '{}' at {}", options.getClusterName(), endpoints);
        QuorateClient over = QuorateClient.over(own, reached);
        client = over;
        return over;
      } catch (ExecutionException e) {
        last = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
        deadline.pause(AGAIN_MILLIS);
      } catch (TimeoutException e) {
        break;
      }
    }
    if (last.isEmpty()) {
      last = brieflyAsked(own, remote(endpoints, tls));
    }
    throw new JoinFailedException("no quorum was reached through " + endpoints + ": " + last);
  }

  /** Connects when it is first called: most applications never call it. */
  @Override
  public QuorateClient another(Vertx vertx, QuorateClient opened) {
    synchronized (application) {
      RemoteStore reached = store;
      if (reached == null) {
        throw new IllegalStateException("not connected");
      }
      RemoteStore own = applicationStore;
      if (own == null) {
        own = ofNoVerticle(vertx, () -> new RemoteStore(vertx, remote(reached.endpoints(), tls)));
        applicationStore = own;
      }
      return QuorateClient.over(vertx, own);
    }
  }

  /**
   * Opens on a context of no verticle: what a verticle opens is closed with it, but all verticles
   * share this.
   */
  private static RemoteStore ofNoVerticle(Vertx vertx, Supplier<RemoteStore> opening) {
    ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    ContextInternal before = context.beginDispatch();
    try {
      return opening.get();
    } finally {
      context.endDispatch(before);
    }
  }

  private RemoteOptions remote(List<URI> endpoints, @Nullable TlsMaterial tls) {
    RemoteOptions remote =
        new RemoteOptions(endpoints)
            .setShuffled(true)
            .setAutoSyncIntervalMillis(options.getEndpoints().isEmpty() ? SYNC_MILLIS : 0);
    String user = options.getUser();
    String password = options.getPassword();
    if (user != null && password != null) {
      remote.setUser(user, password);
    }
    return tls == null ? remote : remote.setSsl(tls.client());
  }

  /**
   * The reason for the failure, asked for with a short timeout: a usual request retries for longer
   * than the remaining time.
   */
  private static String brieflyAsked(Vertx vertx, RemoteOptions remote) throws Exception {
    RemoteStore asking = new RemoteStore(vertx, remote.setRequestTimeoutMillis(BRIEF_MILLIS));
    try {
      Object unused =
          new Deadline(2 * BRIEF_MILLIS, new CompletableFuture<>()).await(asking.memberList(true));
      return "no answer in time";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
    } catch (TimeoutException e) {
      return "no answer";
    } finally {
      close("the connections", asking.close());
    }
  }

  /** Client URLs of the voters of the cluster, found over the bus between members. */
  private List<URI> discover(Vertx vertx, @Nullable TlsMaterial tls, Deadline deadline)
      throws Exception {
    HostAddresses hosts =
        HostAddresses.of(options, names != null ? names : NameResolver.system(vertx));
    Address self = new Address(hosts.advertised(), freePort(hosts));
    deadline.step("opening a port to look for members from");
    PeerBus bus =
        deadline.opened(
            PeerBus.listen(
                new Address(hosts.listen(), self.port()).url(tls != null),
                self.url(tls != null),
                Map.of(),
                tls),
            PeerBus::close);
    try {
      PeerProbe probe = new PeerProbe(bus, options.getClusterName());
      deadline.step("looking for members");
      while (true) {
        BootstrapPolicy policy = hosts.policy(self);
        Map<Address, PeerProbe.Finding> found =
            deadline.atLeast(5_000).await(probe.findAll(policy.candidates()));
        List<URI> endpoints = endpointsOf(found.values(), bus, deadline);
        if (!endpoints.isEmpty()) {
          return endpoints;
        }
        if (deadline.isOver()) {
          Map<Address, PeerProbe.Finding> explained =
              deadline.atLeast(10_000).await(probe.explained(found));
          throw new JoinFailedException(
              "no member was found: "
                  + explained.values().stream()
                      .filter(f -> policy.isDecisive(f.address()))
                      .toList());
        }
        deadline.pause(AGAIN_MILLIS);
      }
    } finally {
      new Deadline(CLOSE_MILLIS, new CompletableFuture<>()).await(bus.close());
    }
  }

  private static int freePort(HostAddresses hosts) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(hosts.listen()))) {
      return socket.getLocalPort();
    }
  }

  private static List<URI> endpointsOf(
      Collection<PeerProbe.Finding> found, PeerBus bus, Deadline deadline) throws Exception {
    for (PeerProbe.Finding finding : found) {
      if (finding.kind() != PeerProbe.Kind.IN_CLUSTER) {
        continue;
      }
      try {
        List<Member> members =
            deadline
                .await(bus.questions().askMembers(finding.address().url(bus.isEncrypted())))
                .members();
        List<URI> urls = RemoteOptions.endpointsOf(members, bus.isEncrypted());
        if (!urls.isEmpty()) {
          return urls;
        }
      } catch (ExecutionException e) {
        LOG.debug("{} is about to start: {}", finding, e.toString());
      }
    }
    return List.of();
  }

  /** The endpoints in use. */
  List<URI> endpoints() {
    RemoteStore reached = store;
    return reached == null ? List.of() : reached.endpoints();
  }

  @Override
  void closeAll() {
    QuorateClient over = client;
    RemoteStore own = store;
    Vertx last = inner;
    RemoteStore applications;
    synchronized (application) {
      applications = applicationStore;
      applicationStore = null;
      store = null;
    }
    client = null;
    inner = null;
    close("the client", over == null ? Future.succeededFuture() : over.close());
    close(
        "the application's connections",
        applications == null ? Future.succeededFuture() : applications.close());
    close("the connections", own == null ? Future.succeededFuture() : own.close());
    close("what they ran on", last == null ? Future.succeededFuture() : last.close());
  }

  private static void close(String what, Future<Void> closing) {
    try {
      new Deadline(CLOSE_MILLIS, new CompletableFuture<>()).await(closing);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("while closing {}: {}", what, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
