package io.quorate.cluster.connection;

import io.quorate.cluster.QuorateClusterOptions;
import io.quorate.cluster.connection.Founding.Decision;
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
 * A node that carries a replica itself. It finds the others or begins a cluster ({@link Founding}),
 * is taken in as a learner ({@link Reception}), gets a vote when one is to be had ({@link
 * Caretaker}), and hands it over when it leaves ({@link Departure}).
 *
 * <p>A member with a temporary directory leaves for good when it is closed. One with a lasting
 * directory stays a member, hands over leadership only, and is itself again at its next start,
 * unless its place was given away meanwhile: then it joins anew.
 */
public final class MemberConnection extends OwnThread {
  private static final Logger LOG = Logger.getLogger(MemberConnection.class);

  /** Short enough to notice a paused leader within 1.2 s, long enough for eight in a busy JVM. */
  private static final long HEARTBEAT_MILLIS = 50;

  private static final long ELECTION_MILLIS = 600;
  private static final long CACHE_BYTES = 8L << 20;
  private static final int MAX_LEARNERS = 1_000;
  private static final int MAX_TXN_OPS = 1_024;
  private static final long JOIN_ANSWER_MILLIS = 8_000;
  private static final long LEAVE_MILLIS = 2_500;
  private static final long UNSEEN_MILLIS = 500;

  private static final long AGAIN_MILLIS = 50;

  private final @Nullable Names names;
  private final Presence.Roll roll;

  // ---- that thread only
  private @Nullable TlsMaterial tls;
  private @Nullable MemberHome home;
  private @Nullable PeerBus ownBus;
  private @Nullable Address claimed;
  private @Nullable Running running;

  /** What there is while this process is a member. */
  private record Running(
      QuorateServer server,
      PeerBus bus,
      QuorateClient client,
      Presence presence,
      Caretaker caretaker) {}

  public MemberConnection(QuorateClusterOptions options) {
    this(options, null);
  }

  MemberConnection(QuorateClusterOptions options, @Nullable Names names) {
    super(options, "quorate-member");
    this.names = names;
    this.roll = new Presence.Roll(options.getKeyPrefix());
  }

  @Override
  String aim() {
    return "cannot become a member of cluster '" + options.getClusterName() + "'";
  }

  // ---- becoming a member

  @Override
  QuorateClient openAll(Vertx vertx, Patience patience) throws Exception {
    tls = Encryption.read(options);
    Hosts hosts = Hosts.of(options, names != null ? names : Names.system(vertx));
    MemberHome at = MemberHome.open(options.getDataDir());
    home = at;
    MemberHome.Note note = at.note();
    if (note == null) {
      at.clear(); // what an unfinished start has left
    }
    while (true) {
      Reception reception = new Reception(options.getClusterName(), options.getVoters(), roll);
      if (note != null) {
        refuseForeign(note);
        reception.belongsTo(note.clusterId());
      }
      Address self =
          note != null
              ? listenAt(hosts, note.address(), reception, patience)
              : listen(hosts, reception, patience);
      PeerBus bus = required(ownBus);
      Search search =
          new Search(
              new Probe(bus, options.getClusterName()), self, () -> hosts.founding(self), patience);
      if (note != null) {
        patience.step("asking whether this member still is one");
        if (wasRemoved(note, bus, hosts, self, patience)) {
          LOG.info("the place of {} was given away meanwhile; it joins anew", self);
          at.clear();
          note = null;
          closeBus(patience);
          continue;
        }
        return start(vertx, at, reception, self, hosts, null, patience);
      }
      patience.step("looking for a cluster");
      Decision decision = search.decision();
      if (decision instanceof Decision.Begin) {
        LOG.info("no cluster '{}' was found; {} begins one", options.getClusterName(), self);
        return start(vertx, at, reception, self, hosts, null, patience);
      }
      if (decision instanceof Decision.Join join) {
        Embedding.Place place = askIn(join, bus, self, patience);
        if (place != null) {
          reception.belongsTo(place.clusterId());
          return start(vertx, at, reception, self, hosts, place, patience);
        }
      }
      closeBus(patience);
    }
  }

  private void refuseForeign(MemberHome.Note note) {
    if (!note.cluster().equals(options.getClusterName())) {
      throw new JoinFailedException(
          "dataDir "
              + options.getDataDir()
              + " belongs to a member of cluster '"
              + note.cluster()
              + "'");
    }
  }

  /** Takes the first free port. */
  private Address listen(Hosts hosts, Reception reception, Patience patience) throws Exception {
    for (int i = 0; i < options.getPortRange(); i++) {
      int port = options.getPort() + i;
      if (listenAt(hosts, port, reception, patience)) {
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

  private Address listenAt(Hosts hosts, Address former, Reception reception, Patience patience)
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
    if (!listenAt(hosts, former.port(), reception, patience)) {
      throw new JoinFailedException(
          "the member in dataDir "
              + options.getDataDir()
              + " is known as "
              + former
              + ", but that port is in use, or cannot be listened at");
    }
    return former;
  }

  private boolean listenAt(Hosts hosts, int port, Reception reception, Patience patience)
      throws Exception {
    patience.step("opening port " + port + " for peers");
    Address claim = new Address(hosts.listen(), port);
    if (!Claims.claim(claim)) {
      return false;
    }
    claimed = claim;
    URI listen = claim.url(isEncrypted());
    URI advertise = new Address(hosts.advertised(), port).url(isEncrypted());
    try (Claims.Turn turn = Claims.turn(claim, patience)) {
      if (!hosts.isFree(port)) {
        release();
        return false;
      }
      ownBus =
          patience.opened(
              PeerBus.listen(listen, advertise, reception.answers(), tls), PeerBus::close);
      return true;
    } catch (ExecutionException e) {
      release();
      LOG.debug("cannot listen at {}: {}", listen, e.toString());
      return false; // somebody was faster
    }
  }

  private void closeBus(Patience patience) throws Exception {
    PeerBus bus = ownBus;
    ownBus = null;
    if (bus != null) {
      patience.atLeast(5_000).await(bus.close());
    }
    release();
  }

  private void release() {
    Address claim = claimed;
    claimed = null;
    if (claim != null) {
      Claims.release(claim);
    }
  }

  /** Whether the cluster of this member says that it is a member no more. */
  private boolean wasRemoved(
      MemberHome.Note note, PeerBus bus, Hosts hosts, Address self, Patience patience)
      throws Exception {
    List<Address> others =
        hosts.founding(self).candidates().stream().filter(a -> !a.equals(self)).toList();
    Map<Address, Probe.Finding> found =
        patience.atLeast(5_000).await(new Probe(bus, options.getClusterName()).findAll(others));
    for (Probe.Finding finding : found.values()) {
      if (finding.kind() == Probe.Kind.IN_CLUSTER) {
        if (!finding.detail().equals(Long.toHexString(note.clusterId()))) {
          throw new JoinFailedException(
              finding
                  + ", but dataDir "
                  + options.getDataDir()
                  + " belongs to cluster "
                  + Long.toHexString(note.clusterId())
                  + " of the same name; remove the directory, or the other cluster");
        }
        try {
          ClusterView view = patience.await(bus.askMembers(finding.address().url(isEncrypted())));
          if (view.removed().contains(note.memberId())) {
            return true;
          }
        } catch (ExecutionException e) {
          LOG.debug("{} is about to start: {}", finding, e.toString());
        }
      }
    }
    return false;
  }

  /** Null if it has to be tried anew. */
  private Embedding.@Nullable Place askIn(
      Decision.Join join, PeerBus bus, Address self, Patience patience) throws Exception {
    URI member = join.member().url(isEncrypted());
    patience.step("asking " + join.member() + " to be taken in");
    ExecutionException last = null;
    while (!patience.isOver()) {
      try {
        JsonObject answer =
            patience.await(
                bus.ask(
                    member,
                    Reception.JOIN,
                    new JsonObject()
                        .put("format", Reception.FORMAT)
                        .put("cluster", options.getClusterName())
                        .put("url", self.url(isEncrypted()).toString()),
                    Math.max(1, Math.min(JOIN_ANSWER_MILLIS, patience.leftMillis()))));
        ClusterView view = patience.await(bus.askMembers(member));
        return new Embedding.Place(
            view.clusterId(),
            Long.parseUnsignedLong(answer.getString("memberId"), 16),
            view.members());
      } catch (ExecutionException e) {
        LOG.debug("{} does not take {} in yet: {}", member, self, e.toString());
        last = e;
        patience.pause(AGAIN_MILLIS);
        if (isNobodyAt(join.member(), bus, patience)) {
          return null; // it has gone; perhaps there is another one
        }
      } catch (TimeoutException e) {
        break;
      }
    }
    throw new JoinFailedException(
        "the cluster was found at "
            + join.member()
            + " but does not take anybody in, so it may have no quorum"
            + (last == null || last.getCause() == null
                ? ""
                : " (" + last.getCause().getMessage() + ")"));
  }

  private boolean isNobodyAt(Address address, PeerBus bus, Patience patience) throws Exception {
    Map<Address, Probe.Finding> found =
        patience
            .atLeast(5_000)
            .await(new Probe(bus, options.getClusterName()).findAll(List.of(address)));
    return found.values().stream().anyMatch(f -> f.kind() == Probe.Kind.NOBODY);
  }

  private QuorateClient start(
      Vertx vertx,
      MemberHome at,
      Reception reception,
      Address self,
      Hosts hosts,
      Embedding.@Nullable Place place,
      Patience patience)
      throws Exception {
    PeerBus bus = required(ownBus);
    ownBus = null; // the server's from here on
    patience.step("opening the store in " + at.store());
    QuorateServer server =
        patience.opened(
            QuorateServer.start(
                serverOptions(at, self, hosts, place != null),
                new Embedding(bus, place, 1, CACHE_BYTES, !at.isLasting())),
            QuorateServer::close);
    MemberStore store = server.client();
    long memberId = store.memberStatus().memberId();
    running =
        new Running(
            server,
            bus,
            QuorateClient.over(vertx, server.client(vertx)),
            new Presence(server.vertx(), store, roll, memberId, options.getSessionTimeoutMillis()),
            new Caretaker(
                server.vertx(), store, roll, options.getVoters(), options.getHoldDownMillis()));
    Running now = required(running);
    patience.step("waiting for a quorum");
    awaitQuorum(server, self, patience);
    at.write(
        new MemberHome.Note(
            options.getClusterName(), store.memberStatus().clusterId(), memberId, self));
    reception.belongsTo(store.memberStatus().clusterId());
    reception.open(store);
    patience.step("telling the others that this member is there");
    patience.await(now.presence().begin());
    now.caretaker().begin();
    return now.client();
  }

  private QuorateOptions serverOptions(MemberHome at, Address self, Hosts hosts, boolean joins) {
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
        // each cluster that is begun is another one, also at the same address
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

  /** Until a linearizable read succeeds: then there is a leader, and the state is here. */
  private void awaitQuorum(QuorateServer server, Address self, Patience patience) throws Exception {
    CompletableFuture<Void> ended = server.termination().toCompletionStage().toCompletableFuture();
    String last = "no leader";
    try {
      while (!patience.isOver()) {
        if (ended.isDone()) {
          ended.get();
          throw new JoinFailedException(
              self
                  + " was slower to start than others wait for a member (option holdDownMillis):"
                  + " its place was given away");
        }
        if (server.client().memberStatus().leader() != 0) {
          try {
            patience.await(server.client().memberList(true));
            return;
          } catch (ExecutionException e) {
            last = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
          }
        }
        patience.pause(5);
      }
    } catch (TimeoutException e) {
      last = "no answer";
    }
    throw new JoinFailedException(
        self
            + " has started but its cluster has no quorum: "
            + last
            + "; its members are "
            + patience.atLeast(1_000).await(server.client().memberList(false)).members().stream()
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
      closing("the caretaker", was.caretaker()::end);
      closing("the client", () -> bounded(LEAVE_MILLIS, was.client().close()));
      closing("leaving", () -> leave(was));
      closing("the member", () -> bounded(30_000, was.server().close()));
    }
    closing("the port for peers", () -> closeBus(new Patience(5_000, new CompletableFuture<>())));
    MemberHome at = home;
    home = null;
    if (at != null) {
      closing("the directory", at::close);
    }
  }

  private void leave(Running was) throws Exception {
    Patience patience = new Patience(LEAVE_MILLIS, new CompletableFuture<>());
    Future<Void> unseen = was.presence().end();
    if (required(home).isLasting() || was.server().termination().isComplete()) {
      return;
    }
    try {
      // the others may all leave at the same moment, and with them who could answer
      new Patience(UNSEEN_MILLIS, new CompletableFuture<>()).await(unseen);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the lease runs out by itself: {}", e.toString());
    }
    new Departure(was.server(), was.bus(), roll, options.getClusterName(), patience).leave();
  }

  private interface Closing {
    void run() throws Exception;
  }

  private static void bounded(long millis, Future<Void> future) throws Exception {
    new Patience(millis, new CompletableFuture<>()).await(future);
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
