package io.quorate.cluster.connection;

import io.quorate.cluster.connection.BootstrapPolicy.Decision;
import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.command.Caller;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.Embedding;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.peer.ClusterView;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A node with its own replica. It finds a cluster or bootstraps one ({@link BootstrapPolicy}), is
 * added as a learner ({@link MembershipRequests}), is promoted when a voter is needed ({@link
 * VoterBalancer}), and has a learner promoted in its place when it leaves ({@link GracefulLeave}).
 *
 * <p>A member with a temporary directory leaves for good when it is closed. A member with a data
 * directory stays a member: it transfers leadership only, and continues as the same member at its
 * next start. If it was removed meanwhile, it joins as a new member.
 */
public final class MemberConnection extends ThreadedConnection {
  private static final Logger LOG = Logger.getLogger(MemberConnection.class);

  /**
   * Short enough to detect a paused leader within 1.2 s, long enough for eight members in a busy
   * JVM.
   */
  private static final long HEARTBEAT_MILLIS = 50;

  private static final long ELECTION_MILLIS = 600;
  private static final long CACHE_BYTES = 8L << 20;
  private static final int MAX_LEARNERS = 1_000;
  private static final int MAX_TXN_OPS = 1_024;
  private static final long JOIN_ANSWER_MILLIS = 8_000;
  private static final long LEAVE_MILLIS = 2_500;
  private static final long UNSEEN_MILLIS = 500;

  private static final long AGAIN_MILLIS = 50;

  private final @Nullable NameResolver names;
  private final MemberLiveness.LiveMembers liveMembers;

  // ---- that thread only
  private @Nullable TlsMaterial tls;
  private @Nullable MemberDirectory directory;
  private @Nullable PeerBus ownBus;
  private @Nullable Address reserved;
  private @Nullable Running running;

  /** Exists while this process is a member. */
  private record Running(
      QuorateServer server,
      PeerBus bus,
      QuorateClient client,
      MemberLiveness liveness,
      VoterBalancer voterBalancer) {}

  public MemberConnection(QuorateClusterOptions options) {
    this(options, null);
  }

  MemberConnection(QuorateClusterOptions options, @Nullable NameResolver names) {
    super(options, "quorate-member");
    this.names = names;
    this.liveMembers = new MemberLiveness.LiveMembers(options.getKeyPrefix());
  }

  @Override
  String aim() {
    return "cannot become a member of cluster '" + options.getClusterName() + "'";
  }

  // ---- becoming a member

  @Override
  QuorateClient openAll(Vertx vertx, Deadline deadline) throws Exception {
    tls = Encryption.read(options);
    HostAddresses hosts =
        HostAddresses.of(options, names != null ? names : NameResolver.system(vertx));
    MemberDirectory at = MemberDirectory.open(options.getDataDir());
    directory = at;
    MemberDirectory.Identity identity = at.identity();
    if (identity == null) {
      at.clear(); // left behind by a start that did not finish
    }
    while (true) {
      MembershipRequests requests =
          new MembershipRequests(options.getClusterName(), options.getVoters(), liveMembers);
      if (identity != null) {
        refuseForeign(identity);
        requests.belongsTo(identity.clusterId());
      }
      Address self =
          identity != null
              ? listenAt(hosts, identity.address(), requests, deadline)
              : listen(hosts, requests, deadline);
      PeerBus bus = required(ownBus);
      ClusterDiscovery search =
          new ClusterDiscovery(
              new PeerProbe(bus, options.getClusterName()),
              self,
              () -> hosts.policy(self),
              deadline);
      if (identity != null) {
        deadline.step("asking whether this member still is one");
        if (wasRemoved(identity, bus, hosts, self, deadline)) {
          LOG.info("the place of {} was given away meanwhile; it joins anew", self);
          at.clear();
          identity = null;
          closeBus(deadline);
          continue;
        }
        return start(vertx, at, requests, self, hosts, null, deadline);
      }
      deadline.step("looking for a cluster");
      Decision decision = search.decision();
      if (decision instanceof Decision.Begin) {
        LOG.info("no cluster '{}' was found; {} begins one", options.getClusterName(), self);
        return start(vertx, at, requests, self, hosts, null, deadline);
      }
      if (decision instanceof Decision.Join join) {
        Embedding.Place place = requestJoin(join, bus, self, deadline);
        if (place != null) {
          requests.belongsTo(place.clusterId());
          return start(vertx, at, requests, self, hosts, place, deadline);
        }
      }
      closeBus(deadline);
    }
  }

  private void refuseForeign(MemberDirectory.Identity identity) {
    if (!identity.cluster().equals(options.getClusterName())) {
      throw new JoinFailedException(
          "dataDir "
              + options.getDataDir()
              + " belongs to a member of cluster '"
              + identity.cluster()
              + "'");
    }
  }

  /** Listens on the first free port of the range. */
  private Address listen(HostAddresses hosts, MembershipRequests requests, Deadline deadline)
      throws Exception {
    for (int i = 0; i < options.getPortRange(); i++) {
      int port = options.getPort() + i;
      if (listenAt(hosts, port, requests, deadline)) {
        return new Address(hosts.advertised(), port);
      }
    }
    throw new JoinFailedException(
        "all ports from "
            + options.getPort()
            + " to "
            + (options.getPort() + options.getPortRange() - 1)
            + " of "
            + hosts.listen()
            + " are in use, or cannot be listened at (options host, port, portRange)");
  }

  private Address listenAt(
      HostAddresses hosts, Address former, MembershipRequests requests, Deadline deadline)
      throws Exception {
    if (!former.host().equals(hosts.advertised())) {
      throw new JoinFailedException(
          "the member in dataDir "
              + options.getDataDir()
              + " is known as "
              + former
              + ", but this host is "
              + hosts.advertised()
              + " now (options host, publicHost)");
    }
    if (!listenAt(hosts, former.port(), requests, deadline)) {
      throw new JoinFailedException(
          "the member in dataDir "
              + options.getDataDir()
              + " is known as "
              + former
              + ", but that port is in use, or cannot be listened at");
    }
    return former;
  }

  private boolean listenAt(
      HostAddresses hosts, int port, MembershipRequests requests, Deadline deadline)
      throws Exception {
    deadline.step("opening port " + port + " for peers");
    Address reserve = new Address(hosts.listen(), port);
    if (!PortReservations.reserve(reserve)) {
      return false;
    }
    reserved = reserve;
    URI listen = reserve.url(isEncrypted());
    URI advertise = new Address(hosts.advertised(), port).url(isEncrypted());
    try (PortReservations.PortLock lock = PortReservations.lock(reserve, deadline)) {
      if (!hosts.isFree(port)) {
        release();
        return false;
      }
      ownBus =
          deadline.opened(
              PeerBus.listen(listen, advertise, requests.answers(), tls), PeerBus::close);
      return true;
    } catch (ExecutionException e) {
      release();
      LOG.debug("cannot listen at {}: {}", listen, e.toString());
      return false; // another process took the port
    }
  }

  private void closeBus(Deadline deadline) throws Exception {
    PeerBus bus = ownBus;
    ownBus = null;
    if (bus != null) {
      deadline.atLeast(5_000).await(bus.close());
    }
    release();
  }

  private void release() {
    Address reserve = reserved;
    reserved = null;
    if (reserve != null) {
      PortReservations.release(reserve);
    }
  }

  /** Whether the cluster of this member answers that it was removed. */
  private boolean wasRemoved(
      MemberDirectory.Identity identity,
      PeerBus bus,
      HostAddresses hosts,
      Address self,
      Deadline deadline)
      throws Exception {
    List<Address> others =
        hosts.policy(self).candidates().stream().filter(a -> !a.equals(self)).toList();
    Map<Address, PeerProbe.Finding> found =
        deadline.atLeast(5_000).await(new PeerProbe(bus, options.getClusterName()).findAll(others));
    for (PeerProbe.Finding finding : found.values()) {
      if (finding.kind() == PeerProbe.Kind.IN_CLUSTER) {
        if (!finding.detail().equals(Long.toHexString(identity.clusterId()))) {
          throw new JoinFailedException(
              finding
                  + ", but dataDir "
                  + options.getDataDir()
                  + " belongs to cluster "
                  + Long.toHexString(identity.clusterId())
                  + " of the same name; remove the directory, or the other cluster");
        }
        try {
          ClusterView view =
              deadline.await(bus.questions().askMembers(finding.address().url(isEncrypted())));
          if (view.removed().contains(identity.memberId())) {
            return true;
          }
        } catch (ExecutionException e) {
          LOG.debug("{} is about to start: {}", finding, e.toString());
        }
      }
    }
    return false;
  }

  /** Asks a member to add this one as a learner; null if discovery must start again. */
  private Embedding.@Nullable Place requestJoin(
      Decision.Join join, PeerBus bus, Address self, Deadline deadline) throws Exception {
    URI member = join.member().url(isEncrypted());
    deadline.step("asking " + join.member() + " to be taken in");
    ExecutionException last = null;
    while (!deadline.isOver()) {
      try {
        JsonObject answer =
            deadline.await(
                bus.questions()
                    .ask(
                        member,
                        MembershipRequests.JOIN,
                        new JsonObject()
                            .put("format", MembershipRequests.FORMAT)
                            .put("cluster", options.getClusterName())
                            .put("url", self.url(isEncrypted()).toString()),
                        Math.max(1, Math.min(JOIN_ANSWER_MILLIS, deadline.leftMillis()))));
        ClusterView view = deadline.await(bus.questions().askMembers(member));
        return new Embedding.Place(
            view.clusterId(),
            Long.parseUnsignedLong(answer.getString("memberId"), 16),
            view.members());
      } catch (ExecutionException e) {
        LOG.debug("{} does not take {} in yet: {}", member, self, e.toString());
        last = e;
        deadline.pause(AGAIN_MILLIS);
        if (isRefusedAt(join.member(), bus, deadline)) {
          return null; // that member has ended; another one may be there
        }
      } catch (TimeoutException e) {
        break;
      }
    }
    throw new JoinFailedException(
        "the cluster was found at "
            + join.member()
            + " but does not accept new members, so it may have no quorum"
            + (last == null || last.getCause() == null
                ? ""
                : " (" + last.getCause().getMessage() + ")"));
  }

  private boolean isRefusedAt(Address address, PeerBus bus, Deadline deadline) throws Exception {
    Map<Address, PeerProbe.Finding> found =
        deadline
            .atLeast(5_000)
            .await(new PeerProbe(bus, options.getClusterName()).findAll(List.of(address)));
    return found.values().stream().anyMatch(f -> f.kind() == PeerProbe.Kind.REFUSED);
  }

  private QuorateClient start(
      Vertx vertx,
      MemberDirectory at,
      MembershipRequests requests,
      Address self,
      HostAddresses hosts,
      Embedding.@Nullable Place place,
      Deadline deadline)
      throws Exception {
    PeerBus bus = required(ownBus);
    ownBus = null; // owned by the server from here on
    deadline.step("opening the store in " + at.store());
    QuorateServer server =
        deadline.opened(
            QuorateServer.start(
                serverOptions(at, self, hosts, place != null),
                new Embedding(bus, place, 1, CACHE_BYTES, !at.isLasting())),
            QuorateServer::close);
    MemberStore store = server.client().as(Caller.NODE);
    long memberId = store.memberStatus().memberId();
    running =
        new Running(
            server,
            bus,
            QuorateClient.over(vertx, server.client(vertx).as(Caller.NODE)),
            new MemberLiveness(
                server.vertx(), store, liveMembers, memberId, options.getSessionTimeoutMillis()),
            new VoterBalancer(
                server.vertx(),
                store,
                liveMembers,
                options.getVoters(),
                options.getHoldDownMillis()));
    Running now = required(running);
    deadline.step("waiting for a quorum");
    awaitQuorum(server, self, deadline);
    at.write(
        new MemberDirectory.Identity(
            options.getClusterName(), store.memberStatus().clusterId(), memberId, self));
    requests.belongsTo(store.memberStatus().clusterId());
    requests.open(store);
    deadline.step("telling the others that this member is there");
    deadline.await(now.liveness().begin());
    now.voterBalancer().begin();
    return now.client();
  }

  private QuorateOptions serverOptions(
      MemberDirectory at, Address self, HostAddresses hosts, boolean joins) {
    byte[] random = new byte[8];
    new SecureRandom().nextBytes(random);
    URI peer = self.url(isEncrypted());
    return new QuorateOptions()
        .setName(self.toString())
        .setDataDir(at.store())
        .setListenClientUrls(List.of(anyPort(hosts.listen())))
        .setAdvertiseClientUrls(List.of(anyPort(hosts.advertised())))
        .setListenPeerUrls(List.of(new Address(hosts.listen(), self.port()).url(isEncrypted())))
        .setInitialAdvertisePeerUrls(List.of(peer))
        .setInitialCluster(Map.of(self.toString(), List.of(peer)))
        .setClientTls(Encryption.files(options))
        .setPeerTls(Encryption.files(options))
        .setInitialClusterState(
            joins ? QuorateOptions.ClusterState.EXISTING : QuorateOptions.ClusterState.NEW)
        // a new cluster gets a new id, also at the same address
        .setInitialClusterToken(
            options.getClusterName() + "-" + java.util.HexFormat.of().formatHex(random))
        .setHeartbeatIntervalMillis(HEARTBEAT_MILLIS)
        .setElectionTimeoutMillis(ELECTION_MILLIS)
        .setMaxLearners(MAX_LEARNERS)
        .setMaxTxnOps(MAX_TXN_OPS);
  }

  private boolean isEncrypted() {
    return tls != null;
  }

  private URI anyPort(String host) {
    return URI.create(new Address(host, 1).url(isEncrypted()).toString().replaceAll(":1$", ":0"));
  }

  /**
   * Waits until a linearizable read succeeds: then there is a leader, and this member has its
   * state.
   */
  private void awaitQuorum(QuorateServer server, Address self, Deadline deadline) throws Exception {
    CompletableFuture<Void> ended = server.termination().toCompletionStage().toCompletableFuture();
    String last = "no leader";
    try {
      while (!deadline.isOver()) {
        if (ended.isDone()) {
          ended.get();
          throw new JoinFailedException(
              self
                  + " was slower to start than others wait for a member (option holdDownMillis):"
                  + " its place was given away");
        }
        if (server.client().memberStatus().leader() != 0) {
          try {
            deadline.await(server.client().as(Caller.NODE).memberList(true));
            return;
          } catch (ExecutionException e) {
            last = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
          }
        }
        deadline.pause(5);
      }
    } catch (TimeoutException e) {
      last = "no answer";
    }
    throw new JoinFailedException(
        self
            + " has started but its cluster has no quorum: "
            + last
            + "; its members are "
            + deadline
                .atLeast(1_000)
                .await(server.client().as(Caller.NODE).memberList(false))
                .members()
                .stream()
                .map(m -> m.peerUrls().toString())
                .toList());
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not opened");
    }
    return value;
  }

  // ---- the end

  @Override
  void closeAll() {
    Running was = running;
    running = null;
    if (was != null) {
      closing("the voter balancer", was.voterBalancer()::end);
      closing("the client", () -> bounded(LEAVE_MILLIS, was.client().close()));
      closing("leaving", () -> leave(was));
      closing("the member", () -> bounded(30_000, was.server().close()));
    }
    closing("the port for peers", () -> closeBus(new Deadline(5_000, new CompletableFuture<>())));
    MemberDirectory at = directory;
    directory = null;
    if (at != null) {
      closing("the directory", at::close);
    }
  }

  private void leave(Running was) throws Exception {
    Deadline deadline = new Deadline(LEAVE_MILLIS, new CompletableFuture<>());
    Future<Void> unseen = was.liveness().end();
    if (required(directory).isLasting() || was.server().termination().isComplete()) {
      return;
    }
    try {
      // all others may be leaving too, so the request may never be answered
      new Deadline(UNSEEN_MILLIS, new CompletableFuture<>()).await(unseen);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the lease runs out by itself: {}", e.toString());
    }
    new GracefulLeave(was.server(), was.bus(), liveMembers, options.getClusterName(), deadline)
        .leave();
  }

  private interface Closing {
    void run() throws Exception;
  }

  private static void bounded(long millis, Future<Void> future) throws Exception {
    new Deadline(millis, new CompletableFuture<>()).await(future);
  }

  private static void closing(String what, Closing step) {
    try {
      step.run();
    } catch (CancellationException | ExecutionException | TimeoutException | IOException e) {
      LOG.warn("while closing {}: {}", what, e.toString());
    } catch (Exception e) {
      LOG.warn("while closing {}", what, e);
    }
  }
}
