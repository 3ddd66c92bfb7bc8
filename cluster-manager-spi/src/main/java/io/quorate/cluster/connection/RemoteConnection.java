package io.quorate.cluster.connection;

import io.quorate.cluster.QuorateClusterOptions;
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
 * A node that carries nothing and reaches the members over the network: at the endpoints that it is
 * given, or where those members are that it finds as members find each other.
 *
 * <p>What it asks as a node runs on a Vert.x of its own: the application's closes the connections
 * of its contexts before it has its manager leave, and would trace and count each request. What the
 * application asks for itself runs on the application's, as {@link #another}.
 *
 * <p>If it has found the members itself, it learns of those that come later, within some seconds.
 * Endpoints that it was given stay as they are: they may be all that this process can reach.
 * Learners are left out, since they answer no linearizable requests.
 */
public final class RemoteConnection extends OwnThread {
  private static final Logger LOG = Logger.getLogger(RemoteConnection.class);
  private static final long AGAIN_MILLIS = 50;
  private static final long CLOSE_MILLIS = 3_000;
  private static final long BRIEF_MILLIS = 700;
  private static final long SYNC_MILLIS = 5_000;

  private final @Nullable Names names;

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

  RemoteConnection(QuorateClusterOptions options, @Nullable Names names) {
    super(options, "quorate-connect");
    this.names = names;
  }

  @Override
  QuorateClient openAll(Vertx vertx, Patience patience) throws Exception {
    TlsMaterial material = Encryption.read(options);
    tls = material;
    List<URI> endpoints =
        options.getEndpoints().isEmpty()
            ? discover(vertx, material, patience)
            : endpoints(options.getEndpoints());
    return connect(endpoints, material, patience);
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

  private QuorateClient connect(List<URI> endpoints, @Nullable TlsMaterial tls, Patience patience)
      throws Exception {
    patience.step("waiting for a quorum behind " + endpoints);
    Vertx own = Vertx.vertx(InnerVertx.options());
    inner = own;
    RemoteStore reached = new RemoteStore(own, remote(endpoints, tls));
    store = reached;
    String last = "";
    while (!patience.isOver()) {
      try {
        patience.await(reached.memberList(true));
        LOG.info("connected to cluster '{}' at {}", options.getClusterName(), endpoints);
        QuorateClient over = QuorateClient.over(own, reached);
        client = over;
        return over;
      } catch (ExecutionException e) {
        last = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
        patience.pause(AGAIN_MILLIS);
      } catch (TimeoutException e) {
        break;
      }
    }
    if (last.isEmpty()) {
      last = brieflyAsked(own, remote(endpoints, tls));
    }
    throw new JoinFailedException("no quorum was reached through " + endpoints + ": " + last);
  }

  /** Opens what it needs when it is first called: most applications ask for nothing themselves. */
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

  /** What a verticle opens is closed with it, but this serves all of them. */
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
    return tls == null ? remote : remote.setSsl(tls.client());
  }

  /**
   * What is wrong with the members, where a request goes on trying for longer than there is time.
   */
  private static String brieflyAsked(Vertx vertx, RemoteOptions remote) throws Exception {
    RemoteStore asking = new RemoteStore(vertx, remote.setRequestTimeoutMillis(BRIEF_MILLIS));
    try {
      Object unused =
          new Patience(2 * BRIEF_MILLIS, new CompletableFuture<>()).await(asking.memberList(true));
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
  private List<URI> discover(Vertx vertx, @Nullable TlsMaterial tls, Patience patience)
      throws Exception {
    Hosts hosts = Hosts.of(options, names != null ? names : Names.system(vertx));
    Address self = new Address(hosts.advertised(), freePort(hosts));
    patience.step("opening a port to look for members from");
    PeerBus bus =
        patience.opened(
            PeerBus.listen(
                new Address(hosts.listen(), self.port()).url(tls != null),
                self.url(tls != null),
                Map.of(),
                tls),
            PeerBus::close);
    try {
      Probe probe = new Probe(bus, options.getClusterName());
      patience.step("looking for members");
      while (true) {
        Founding founding = hosts.founding(self);
        Map<Address, Probe.Finding> found =
            patience.atLeast(5_000).await(probe.findAll(founding.candidates()));
        List<URI> endpoints = endpointsOf(found.values(), bus, patience);
        if (!endpoints.isEmpty()) {
          return endpoints;
        }
        if (patience.isOver()) {
          Map<Address, Probe.Finding> explained =
              patience.atLeast(10_000).await(probe.explained(found));
          throw new JoinFailedException(
              "no member was found: "
                  + explained.values().stream()
                      .filter(f -> founding.isDecisive(f.address()))
                      .toList());
        }
        patience.pause(AGAIN_MILLIS);
      }
    } finally {
      new Patience(CLOSE_MILLIS, new CompletableFuture<>()).await(bus.close());
    }
  }

  private static int freePort(Hosts hosts) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(hosts.listen()))) {
      return socket.getLocalPort();
    }
  }

  private static List<URI> endpointsOf(
      Collection<Probe.Finding> found, PeerBus bus, Patience patience) throws Exception {
    for (Probe.Finding finding : found) {
      if (finding.kind() != Probe.Kind.IN_CLUSTER) {
        continue;
      }
      try {
        List<Member> members =
            patience.await(bus.askMembers(finding.address().url(bus.isEncrypted()))).members();
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

  /** Where it believes the members to be. */
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
      new Patience(CLOSE_MILLIS, new CompletableFuture<>()).await(closing);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("while closing {}: {}", what, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
