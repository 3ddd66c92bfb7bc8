package io.quorate.vertx.member;

import io.quorate.apply.MemberTable;
import io.quorate.codec.PeerFrame;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.command.PeerUrl;
import io.quorate.node.Bootstrap;
import io.quorate.node.Callback;
import io.quorate.node.LogStore;
import io.quorate.node.NodeConfig;
import io.quorate.node.NodeThreads;
import io.quorate.node.QuorateNode;
import io.quorate.node.ReconfigCheck;
import io.quorate.node.Ticker;
import io.quorate.node.TransientLog;
import io.quorate.raft.RaftConfig;
import io.quorate.store.sqlite.DataDirectory;
import io.quorate.store.sqlite.SqliteLogStore;
import io.quorate.store.sqlite.SqliteStateStore;
import io.quorate.store.sqlite.StoreException;
import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.embedded.EmbeddedStore;
import io.quorate.vertx.member.embedded.MemberIds;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.fault.FatalErrors;
import io.quorate.vertx.member.fault.MemberRemovedException;
import io.quorate.vertx.member.grpc.RpcOptions;
import io.quorate.vertx.member.http.ClientEndpoint;
import io.quorate.vertx.member.http.EndpointOptions;
import io.quorate.vertx.member.http.Faces;
import io.quorate.vertx.member.peer.ClusterView;
import io.quorate.vertx.member.peer.InnerVertx;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.tls.TlsEngine;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A member in this process: storage, consensus, peers and the port for clients. This is the one
 * place where the parts are put together.
 *
 * <p>Methods may be called on any thread; futures complete on a thread of the server's own.
 */
public final class QuorateServer {
  private static final Logger LOG = Logger.getLogger(QuorateServer.class);
  private static final int CLIENT_EVENT_LOOPS = 2;
  private static final long CACHE_BYTES = 64L << 20;
  private static final int STEP_SECONDS = 30;
  private static final int CLOSE_FAILED_SECONDS = 5;
  private static final long LAST_STEP_MILLIS = 100;
  private static final int TELL_ATTEMPTS = 50;
  private static final long TELL_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Given up first when there is no memory left, so that there is some for the end. */
  private static final int RESERVE_BYTES = 256 << 10;

  private static final int JOIN_SECONDS = 10;
  private static final long JOIN_AGAIN_MILLIS = 100;
  private static final long ABDICATE_MILLIS = 700;
  private static final long CLOSE_CALLS_MILLIS = 300;
  private static final long ASK_MILLIS = 2_000;
  private static final long PUBLISH_AGAIN_MILLIS = 500;
  private static final long LINGER_MILLIS = 3_000;
  private static final int MAX_RESETS_PER_30_SECONDS = 100_000;
  private static final long MIN_KEEPALIVE_INTERVAL_MILLIS = 1_000;

  private final QuorateOptions options;
  private final @Nullable Embedding embedding;
  private final FatalErrors fatalErrors = new FatalErrors(this::failed);
  private final Map<String, Executor> threads = new LinkedHashMap<>();
  private final Promise<QuorateServer> started = Promise.promise();
  private final Thread lifecycle = new Thread(this::live, "quorate-lifecycle");
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Promise<Void> termination = Promise.promise();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Promise<Throwable> failing = Promise.promise();
  private final Promise<Void> closed = Promise.promise();
  private @Nullable PeerBus peers;
  private @Nullable Vertx vertx;
  private @Nullable MemberStore client;
  private @Nullable QuorateNode node;
  private @Nullable Removal removal;
  private List<String> clientUrls = List.of();
  private volatile boolean stopping;
  private volatile String failedThread = "";

  @SuppressWarnings("UnusedVariable") // being there is what it is for
  private volatile byte @Nullable [] reserve = new byte[RESERVE_BYTES];

  private long closeByNanos;
  private volatile boolean removalExpected;

  private QuorateServer(QuorateOptions options, @Nullable Embedding embedding) {
    this.options = options;
    this.embedding = embedding;
  }

  /**
   * Starts a member.
   *
   * @return completes once clients are served, which without a leader are told so; fails with a
   *     {@link ConfigurationException} or an {@link IOException} whose message is one line that
   *     says what is wrong. Then nothing is left open, and nothing was changed on the disk unless
   *     the member had begun to run
   */
  public static Future<QuorateServer> start(QuorateOptions options) {
    return start(new QuorateServer(options, null));
  }

  /**
   * As {@link #start(QuorateOptions)}, for a member inside an application. A client URL may have
   * the port 0: then any free one is taken and made known.
   */
  public static Future<QuorateServer> start(QuorateOptions options, Embedding embedding) {
    return start(new QuorateServer(options, embedding));
  }

  private static Future<QuorateServer> start(QuorateServer server) {
    server.lifecycle.setDaemon(true);
    server.lifecycle.start();
    return server.started.future();
  }

  /**
   * The one thread that opens and closes. Between the two it waits, so that nothing has to be made
   * for the end: there may be no memory for it.
   */
  private void live() {
    try {
      options.validate();
      open();
    } catch (Exception | Error e) {
      stopping = true;
      closeAll();
      tell(
          () ->
              started.fail(
                  e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e));
      return;
    }
    tell(() -> started.complete(this));
    while (!stopping) {
      LockSupport.park(this);
      boolean unused = Thread.interrupted();
    }
    end();
  }

  /** The client of this member; futures complete on the caller's context of {@link #vertx}. */
  public MemberStore client() {
    return required(client);
  }

  /**
   * Another client of this member, for an application with a Vert.x of its own.
   *
   * @param caller on whose contexts calls come and futures complete
   */
  public MemberStore client(Vertx caller) {
    return new EmbeddedStore(caller, required(node));
  }

  /** Where clients reach this member, as the cluster is told. */
  public List<String> clientUrls() {
    return clientUrls;
  }

  /** The Vert.x that serves clients. */
  public Vertx vertx() {
    return required(vertx);
  }

  /** The member is about to be removed because it asked for it: that is no error from now on. */
  public void expectRemoval() {
    removalExpected = true;
  }

  /**
   * Completes when a member that is being removed may go, since those who stay do not need its vote
   * any more, and after {@code boundMillis} in any case.
   */
  public Future<Void> awaitRemoval(long boundMillis) {
    return required(removal).writtenDown(boundMillis);
  }

  /**
   * Succeeds when the member has been closed, fails if it had to stop by itself: it was removed, a
   * disk failed, or anything that nobody foresaw happened on a thread it needs ({@link
   * FatalErrors}). Complete once the future of {@link #close} is.
   */
  public Future<Void> termination() {
    return termination.future();
  }

  /**
   * Completes with the cause when the member has to stop by itself, before it closes what it has
   * open; never if it does not.
   */
  public Future<Throwable> failing() {
    return failing.future();
  }

  // ---- what tests do harm to

  /** By name. */
  Map<String, Executor> threads() {
    return threads;
  }

  QuorateNode node() {
    return required(node);
  }

  PeerBus peers() {
    return required(peers);
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the server has not been started");
    }
    return value;
  }

  // ---- start, on the lifecycle thread

  private void open() throws Exception {
    if (embedding != null) {
      PeerBus taken = embedding.peerBus();
      opened.add(() -> await(taken.close()));
    }
    ServerTls.warnOfIgnored(options);
    TlsMaterial clientTls = ServerTls.forClients(options);
    TlsMaterial peerTls = embedding != null ? null : ServerTls.forPeers(options);
    refusePortsInUse();
    DataDirectory directory =
        opening(
            isForOneLife()
                ? DataDirectory.openForOneLife(options.dataDir())
                : DataDirectory.open(options.dataDir()));
    LogStore log = opening(isForOneLife() ? new TransientLog() : new SqliteLogStore(directory));
    LogStore.Recovered found = log.recover();
    if (found instanceof LogStore.Damaged damaged) {
      throw new StoreException(damaged.what());
    }
    SqliteStateStore state = opening(SqliteStateStore.open(directory));
    PeerBus peerBus = embedding != null ? embedding.peerBus() : listenForPeers(peerTls);
    peers = peerBus;
    fatalErrors.watch(peerBus.vertx());
    LogStore.Existing existing =
        found instanceof LogStore.Existing e ? e : begin(log, state, peerBus);
    Bootstrap.Recovered recovered = Bootstrap.recover(log, existing, state);
    refuseForeign(recovered);
    if (recovered.state().members().isEmpty()) {
      // about to join: until the leader's snapshot is here, it knows nobody by itself
      Embedding.Place place = embedding == null ? null : embedding.place();
      peerBus.introduce(place != null ? place.members() : askCluster(peerBus, Joining::members));
    }
    Path snapshots = snapshotDirectory(directory);
    QuorateNode member = build(recovered, log, state, peerBus, snapshots);
    node = member;
    Vertx created = clientVertx();
    vertx = created;
    MemberStore embedded = new EmbeddedStore(created, member);
    client = embedded;
    removal =
        new Removal(
            peerBus,
            created,
            member.identity().clusterId(),
            member.identity().memberId(),
            () -> member.members().members());
    await(connectPeers(peerBus, member));
    listenForClients(created, embedded, clientTls);
    opened.add(() -> stop(member));
    member.start();
    startTicking(peerBus, member);
    LOG.info("clients are heard on {}; ready once this member is known to a leader", clientUrls);
    publish(member);
    lookOutForRemoval(peerBus, member);
    if (clientTls != null || peerTls != null) {
      LOG.info(
          "TLS {} by {}",
          clientTls == null
              ? "for peers"
              : peerTls == null ? "for clients" : "for clients and peers",
          TlsEngine.description());
    }
  }

  private boolean isForOneLife() {
    return embedding != null && embedding.forOneLife();
  }

  private PeerBus listenForPeers(@Nullable TlsMaterial tls) throws Exception {
    PeerBus peerBus;
    try {
      peerBus =
          await(
              PeerBus.listen(
                  options.listenPeerUrls().get(0),
                  options.initialAdvertisePeerUrls().get(0),
                  Map.of(),
                  tls));
    } catch (ExecutionException e) {
      throw cannotListen("listen-peer-urls", options.listenPeerUrls(), e);
    }
    opened.add(() -> await(peerBus.close()));
    return peerBus;
  }

  private <T extends AutoCloseable> T opening(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  /** Before anything is changed on the disk. */
  private void refusePortsInUse() {
    if (options.listenPeerUrls().size() > 1) {
      throw new ConfigurationException(
          "listen-peer-urls",
          options.listenPeerUrls(),
          "more than one address for peers is not supported; give one");
    }
    for (URI url : options.listenClientUrls()) {
      refuseIfInUse("listen-client-urls", url);
    }
    if (embedding == null) {
      refuseIfInUse("listen-peer-urls", options.listenPeerUrls().get(0));
    }
  }

  private static void refuseIfInUse(String flag, URI url) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      HostPort hostPort = HostPort.required(url);
      socket.bind(new InetSocketAddress(hostPort.bareHost(), hostPort.port()));
    } catch (IOException e) {
      throw cannotListen(flag, url, String.valueOf(e.getMessage()));
    }
  }

  /** When somebody else took it between the look and the deed, or two of ours are one address. */
  private static Exception cannotListen(String flag, List<URI> urls, ExecutionException e) {
    if (!(e.getCause() instanceof IOException cause)) {
      return e;
    }
    String where = String.join(",", urls.stream().map(URI::toString).toList());
    return cannotListen(flag, where, String.valueOf(cause.getMessage()));
  }

  private static ConfigurationException cannotListen(String flag, Object where, String why) {
    return new ConfigurationException(
        flag, where, "cannot listen there (" + why + "); choose another address or port");
  }

  /** The first start of this member. */
  private LogStore.Existing begin(LogStore log, SqliteStateStore state, PeerBus peerBus)
      throws Exception {
    if (state.load().applied().index() > Bootstrap.FIRST.index()) {
      throw new StoreException(
          options.dataDir()
              + " holds the state of a member but not its log: it must not vote any more; remove"
              + " the member from the cluster, wipe the directory and add it again");
    }
    if (options.initialClusterState() == QuorateOptions.ClusterState.NEW) {
      List<Member> members = new ArrayList<>();
      options
          .initialCluster()
          .forEach(
              (name, urls) ->
                  members.add(
                      new Member(
                          MemberIds.bootstrapMember(urls, options.initialClusterToken()),
                          "",
                          urls.stream().map(URI::toString).toList(),
                          List.of(),
                          false)));
      return Bootstrap.newCluster(
          log,
          state,
          new LogStore.Identity(ClusterIds.cluster(options), ClusterIds.localMember(options)),
          members);
    }
    Embedding.Place place = embedding == null ? null : embedding.place();
    return Bootstrap.joining(
        log,
        place != null
            ? new LogStore.Identity(place.clusterId(), place.memberId())
            : askCluster(peerBus, Joining::place));
  }

  /**
   * Asks all other members that the flags name, and again those that do not answer: a member that
   * was just added may be here before all others have heard of it.
   *
   * @param wanted what is to be made of the answers; throws {@link ConfigurationException} if it
   *     cannot be
   */
  private <T> T askCluster(PeerBus peerBus, BiFunction<Joining, List<ClusterView>, T> wanted)
      throws Exception {
    Joining joining = new Joining(options);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
    while (true) {
      Map<URI, Future<ClusterView>> asked = new LinkedHashMap<>();
      joining.others().forEach(peer -> asked.put(peer, peerBus.askMembers(peer)));
      List<ClusterView> views = new ArrayList<>();
      List<String> silent = new ArrayList<>();
      for (var answer : asked.entrySet()) {
        try {
          views.add(await(answer.getValue()));
        } catch (ExecutionException e) {
          String why = String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage());
          silent.add(answer.getKey() + " (" + why + ")");
        }
      }
      boolean isLast = silent.isEmpty() || System.nanoTime() > deadline;
      if (!views.isEmpty()) {
        try {
          return wanted.apply(joining, views);
        } catch (ConfigurationException e) {
          if (isLast) {
            throw e;
          }
        }
      } else if (isLast) {
        throw new ConfigurationException(
            "initial-cluster-state",
            "existing",
            "no member of the cluster answered; tried "
                + silent
                + ": start one of them, or correct --initial-cluster");
      }
      await(peerBus.vertx().timer(JOIN_AGAIN_MILLIS, TimeUnit.MILLISECONDS));
    }
  }

  /** A data directory that was made by a member of another name. */
  private void refuseForeign(Bootstrap.Recovered recovered) {
    for (Member m : recovered.state().members()) {
      if (m.id() == recovered.identity().memberId()
          && !m.name().isEmpty()
          && !m.name().equals(options.name())) {
        throw new ConfigurationException(
            "data-dir",
            options.dataDir(),
            "belongs to member '"
                + m.name()
                + "' ("
                + Long.toHexString(m.id())
                + "), not to '"
                + options.name()
                + "'; correct --name or --data-dir");
      }
    }
    if (options.initialClusterState() == QuorateOptions.ClusterState.NEW
        && options.initialCluster().size() > 1
        && ClusterIds.cluster(options) != recovered.identity().clusterId()
        && ClusterIds.localMember(options) != recovered.identity().memberId()) {
      throw new ConfigurationException(
          "data-dir",
          options.dataDir(),
          "belongs to cluster "
              + Long.toHexString(recovered.identity().clusterId())
              + ", but the flags describe cluster "
              + Long.toHexString(ClusterIds.cluster(options))
              + "; correct --initial-cluster and --initial-cluster-token, or --data-dir");
    }
  }

  private Path snapshotDirectory(DataDirectory directory) throws IOException {
    Path snapshots = directory.directory("snapshots");
    try (DirectoryStream<Path> left = Files.newDirectoryStream(snapshots, "*.snapshot")) {
      for (Path file : left) {
        Files.delete(file); // on its way when the process ended
      }
    }
    return snapshots;
  }

  private QuorateNode build(
      Bootstrap.Recovered recovered,
      LogStore log,
      SqliteStateStore state,
      PeerBus peerBus,
      Path snapshots) {
    SecureRandom random = new SecureRandom();
    int electionTicks =
        (int) Math.max(2, options.electionTimeoutMillis() / options.heartbeatIntervalMillis());
    long quota = options.effectiveQuotaBytes();
    NodeConfig config =
        new NodeConfig(
            new RaftConfig(
                recovered.identity().memberId(),
                electionTicks,
                1,
                1 << 20,
                256,
                16 << 20,
                Math.toIntExact(ofHeap(64L << 20)),
                options.preVote(),
                true),
            random.nextLong(),
            random.nextLong() >>> 2,
            (int) options.heartbeatIntervalMillis(),
            options.maxRequestBytes(),
            options.maxTxnOps(),
            1 << 20,
            50_000,
            ofHeap(128L << 20),
            (int) options.snapshotCount(),
            (int) options.snapshotCatchupEntries(),
            ofHeap(64L << 20),
            10_000,
            Math.max(1, (int) (100 / options.heartbeatIntervalMillis())),
            quota == Long.MAX_VALUE ? 0 : quota,
            options.maxLearners(),
            reconfigCheck(),
            FeatureLevel.NEWEST,
            snapshots);
    // a log that is nowhere written blocks nobody
    Executor logThread = isForOneLife() ? Runnable::run : executor("quorate-log", 1);
    Executor applyThread = executor("quorate-apply", 1);
    Executor writerThread = executor("quorate-state", 1);
    Executor readers = executor("quorate-read", QuorateNode.READS_AT_ONCE);
    return new QuorateNode(
        config,
        recovered,
        log,
        state,
        embedding == null ? CACHE_BYTES : embedding.cacheBytes(),
        peerBus,
        new NodeThreads(
            task -> peerBus.context().runOnContext(v -> task.run()),
            logThread,
            applyThread,
            writerThread,
            readers),
        new ClockTicker(
            TimeUnit.MILLISECONDS.toNanos(options.heartbeatIntervalMillis()), System::nanoTime),
        System::currentTimeMillis,
        this::failed,
        this::removed);
  }

  /** As many bytes, but no more than an eighth of the heap, and 8 MiB in any case. */
  private static long ofHeap(long bytes) {
    return Math.min(bytes, Math.max(8L << 20, Runtime.getRuntime().maxMemory() / 8));
  }

  private ReconfigCheck reconfigCheck() {
    if (!options.strictReconfigCheck()) {
      return ReconfigCheck.NONE;
    }
    return embedding == null ? ReconfigCheck.HEALTHY : ReconfigCheck.PRESENT;
  }

  /** A thread or two that are drained, then gone, when the server closes. */
  private Executor executor(String name, int count) {
    ExecutorService executor = Executors.newFixedThreadPool(count, fatalErrors.threads(name));
    opened.add(
        () -> {
          executor.shutdown();
          if (!executor.awaitTermination(STEP_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("thread {} did not end within {} s", name, STEP_SECONDS);
          }
        });
    Executor guarded = fatalErrors.guarded(executor);
    threads.put(name, guarded);
    return guarded;
  }

  private Vertx clientVertx() {
    Vertx created =
        Vertx.vertx(
            InnerVertx.options()
                .setEventLoopPoolSize(clientEventLoops())
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2));
    opened.add(() -> await(created.close()));
    fatalErrors.watch(created);
    return created;
  }

  private int clientEventLoops() {
    return embedding == null ? CLIENT_EVENT_LOOPS : embedding.clientEventLoops();
  }

  private Future<Void> connectPeers(PeerBus peerBus, QuorateNode member) {
    LogStore.Identity identity = member.identity();
    java.util.function.Consumer<PeerFrame> received = member::onFrame;
    return peerBus
        .serve(
            identity.clusterId(),
            identity.memberId(),
            member.config().incarnation(),
            received,
            member::peerLost,
            this::failed)
        .compose(
            v ->
                peerBus.tellMembers(
                    () -> {
                      MemberTable members = member.members();
                      return new ClusterView(
                          identity.clusterId(),
                          members.members(),
                          members.removed(),
                          member.config().maxFeatureLevel(),
                          member.featureLevel());
                    }));
  }

  private void startTicking(PeerBus peerBus, QuorateNode member) {
    peerBus
        .context()
        .runOnContext(
            v ->
                peerBus
                    .vertx()
                    .setPeriodic(options.heartbeatIntervalMillis(), timer -> member.tick()));
  }

  /** Counts by a clock: a timer that was kept waiting fires for all that it missed, one by one. */
  static final class ClockTicker implements Ticker {
    private final long tickNanos;
    private final LongSupplier nanoTime;
    private final long beginNanos;
    private long told;

    ClockTicker(long tickNanos, LongSupplier nanoTime) {
      this.tickNanos = tickNanos;
      this.nanoTime = nanoTime;
      this.beginNanos = nanoTime.getAsLong();
    }

    @Override
    public int due() {
      long due = (nanoTime.getAsLong() - beginNanos) / tickNanos - told;
      told += due;
      return (int) Math.min(due, Integer.MAX_VALUE);
    }
  }

  /**
   * Tells the cluster this member's name and client URLs, again and again until it is heard. If the
   * cluster has heard of them before, it is enough that there is a leader. Then the member is
   * ready; as in etcd this is what the line in the log waits for.
   */
  private void publish(QuorateNode member) {
    if (stopping) {
      return;
    }
    long self = member.identity().memberId();
    Member known = member.members().member(self);
    if (known != null
        && known.name().equals(options.name())
        && known.clientUrls().equals(clientUrls)) {
      member.readIndex(new Published<>(member, () -> {}));
    } else {
      member.propose(
          Caller.NODE,
          new Command.MemberPublish(self, options.name(), clientUrls),
          new Published<>(
              member,
              () ->
                  LOG.info(
                      "published local member to cluster through raft: {} as {}",
                      Long.toHexString(self),
                      options.name())));
    }
  }

  private final class Published<T> implements Callback<T> {
    private final QuorateNode member;
    private final Runnable done;

    Published(QuorateNode member, Runnable done) {
      this.member = member;
      this.done = done;
    }

    @Override
    public void complete(T result) {
      done.run();
      LOG.info(
          "ready to serve client requests on {}: member {} ({}) of cluster {}",
          clientUrls,
          options.name(),
          Long.toHexString(member.identity().memberId()),
          Long.toHexString(member.identity().clusterId()));
    }

    @Override
    public void fail(EtcdError error) {
      if (!stopping) {
        LOG.info("cannot publish this member yet: {}", error.message());
        required(vertx).setTimer(PUBLISH_AGAIN_MILLIS, timer -> publish(member));
      }
    }
  }

  /**
   * A member that was removed while it was down hears nothing any more, not even that. So while it
   * knows of no leader it asks the others.
   */
  private void lookOutForRemoval(PeerBus peerBus, QuorateNode member) {
    LogStore.Identity identity = member.identity();
    required(vertx)
        .setPeriodic(
            ASK_MILLIS,
            timer -> {
              if (stopping || member.status().leader() != 0) {
                return;
              }
              for (Member other : member.members().members()) {
                PeerUrl url = PeerUrl.firstOf(other.peerUrls());
                if (other.id() == identity.memberId() || url == null) {
                  continue;
                }
                peerBus
                    .askMembers(URI.create(url.toString()))
                    .onSuccess(
                        view -> {
                          if (view.clusterId() == identity.clusterId()
                              && view.removed().contains(identity.memberId())) {
                            removed();
                          }
                        })
                    .onFailure(
                        e -> LOG.debug("member {} does not answer: {}", other, e.toString()));
              }
            });
  }

  /** One server for clients on each event loop, all sharing the ports. */
  private void listenForClients(Vertx clientVertx, MemberStore embedded, @Nullable TlsMaterial tls)
      throws Exception {
    List<ClientEndpoint.Listener> listeners =
        options.listenClientUrls().stream()
            .map(
                url ->
                    new ClientEndpoint.Listener(
                        SocketAddress.inetSocketAddress(
                            HostPort.required(url).port(), HostPort.required(url).bareHost()),
                        QuorateOptions.isHttps(url) ? tls : null,
                        Faces.ALL))
            .toList();
    List<ClientEndpoint> endpoints = new ArrayList<>();
    EndpointOptions endpointOptions = endpointOptions(options);
    for (int i = 0; i < clientEventLoops(); i++) {
      ClientEndpoint endpoint = new ClientEndpoint(clientVertx, embedded, endpointOptions);
      opened.add(() -> await(endpoint.close()));
      Promise<Void> listening = Promise.promise();
      ((VertxInternal) clientVertx)
          .createEventLoopContext()
          .runOnContext(v -> endpoint.listenOn(listeners).onComplete(listening));
      try {
        await(listening.future());
      } catch (ExecutionException e) {
        throw cannotListen("listen-client-urls", options.listenClientUrls(), e);
      }
      if (i == 0) {
        clientUrls = advertised(endpoint.ports());
      }
      endpoints.add(endpoint);
    }
    if (tls != null) {
      CertificateReload reload =
          new CertificateReload(
              clientVertx,
              () -> ServerTls.again(options),
              tls,
              changed -> Future.join(endpoints.stream().map(e -> e.update(changed)).toList()));
      opened.add(reload::end);
      reload.begin();
    }
  }

  /** With the port that was taken where any would do. */
  private List<String> advertised(List<Integer> ports) {
    return options.advertiseClientUrls().stream()
        .map(
            url -> {
              HostPort hostPort = HostPort.required(url);
              return hostPort.port() == 0
                  ? url.getScheme() + "://" + hostPort.host() + ":" + ports.get(0)
                  : url.toString();
            })
        .toList();
  }

  static EndpointOptions endpointOptions(QuorateOptions options) {
    long interval = options.grpcKeepaliveIntervalMillis();
    return new EndpointOptions(
        RpcOptions.of(
            options.maxRequestBytes(),
            options.maxTxnOps(),
            options.electionTimeoutMillis(),
            options.watchProgressNotifyIntervalMillis()),
        CLOSE_CALLS_MILLIS,
        options.maxConcurrentStreams(),
        MAX_RESETS_PER_30_SECONDS,
        1 << 20,
        8 << 20,
        options.grpcKeepaliveMinTimeMillis(),
        interval <= 0 ? 0 : Math.max(interval, MIN_KEEPALIVE_INTERVAL_MILLIS),
        Math.max(0, options.grpcKeepaliveTimeoutMillis()),
        EndpointOptions.DEFAULT_HANDSHAKE_TIMEOUT_MILLIS);
  }

  // ---- the end

  /** On any thread, perhaps more than once. Others may need this member's vote a moment longer. */
  private void removed() {
    if (!stopping) {
      required(removal)
          .writtenDown(LINGER_MILLIS)
          .onComplete(done -> failed(new MemberRemovedException()));
    }
  }

  /** On any thread, also when there is no memory left: takes a note and wakes who is prepared. */
  private void failed(Throwable cause) {
    if (!stopping && failure.compareAndSet(null, cause)) {
      failedThread = Thread.currentThread().getName();
      reserve = null;
      shutDown();
    }
  }

  private void sayWhy(Throwable cause) {
    if (cause instanceof MemberRemovedException && removalExpected) {
      LOG.info("the member has left its cluster");
    } else if (cause instanceof MemberRemovedException || cause instanceof IOException) {
      LOG.error("the member stops: {}", cause.getMessage());
    } else if (cause instanceof VirtualMachineError) {
      LOG.error("the member stops: {} on thread {}", cause, failedThread);
    } else {
      LOG.error("the member stops: {} on thread {}", cause, failedThread, cause);
    }
  }

  /**
   * Hands leadership over, stops serving, writes what is applied, and closes everything. A member
   * {@linkplain Embedding#forOneLife for one life} only closes.
   *
   * @return completes when all threads, ports and files are closed; the same for each call
   */
  public Future<Void> close() {
    shutDown();
    return closed.future();
  }

  private void shutDown() {
    stopping = true;
    LockSupport.unpark(lifecycle);
  }

  private void end() {
    Throwable cause = failure.get();
    if (cause != null) {
      closeByNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_FAILED_SECONDS);
      tell(() -> sayWhy(cause));
      tell(() -> failing.tryComplete(cause));
    }
    closeAll();
    tell(
        () -> {
          if (cause == null) {
            termination.tryComplete();
          } else {
            termination.tryFail(cause);
          }
        });
    tell(closed::tryComplete); // last: who awaits it may ask for the termination
  }

  /** Again while there is no memory for it: what has been closed is about to make room. */
  private static void tell(Runnable what) {
    for (int attempt = 0; attempt < TELL_ATTEMPTS; attempt++) {
      try {
        what.run();
        return;
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(TELL_AGAIN_NANOS);
      } catch (Exception | Error e) {
        LOG.error("unhandled", e);
        return;
      }
    }
  }

  /**
   * Leadership first, while peers and clients are still served; then what is applied is written.
   */
  private void stop(QuorateNode member) throws Exception {
    if (failure.get() != null || isForOneLife()) {
      Promise<Void> halted = Promise.promise();
      member.halt(halted::tryComplete);
      await(halted.future());
      return; // nothing more is written: the log has all that was acknowledged, if it matters
    }
    Promise<Void> handedOver = Promise.promise();
    member.abdicate(handedOver::tryComplete);
    try {
      handedOver
          .future()
          .toCompletionStage()
          .toCompletableFuture()
          .get(ABDICATE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.info("nobody took leadership over within {} ms", ABDICATE_MILLIS);
    }
    Promise<Void> stopped = Promise.promise();
    member.stop(stopped::tryComplete);
    await(stopped.future());
  }

  private void closeAll() {
    for (int i = opened.size() - 1; i >= 0; i--) {
      try {
        opened.get(i).close();
      } catch (Exception | Error e) {
        tell(() -> LOG.warn("while closing: {}", e.toString()));
      }
    }
    opened.clear();
  }

  /** A member that has failed may have lost who would answer: all steps share a bound then. */
  private <T> T await(Future<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    long millis = TimeUnit.SECONDS.toMillis(STEP_SECONDS);
    if (closeByNanos != 0) {
      long left = TimeUnit.NANOSECONDS.toMillis(closeByNanos - System.nanoTime());
      millis = Math.max(LAST_STEP_MILLIS, left);
    }
    return future.toCompletionStage().toCompletableFuture().get(millis, TimeUnit.MILLISECONDS);
  }
}
