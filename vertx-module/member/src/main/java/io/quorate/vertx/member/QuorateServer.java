package io.quorate.vertx.member;

import io.quorate.apply.MemberTable;
import io.quorate.codec.PeerFrame;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.node.Bootstrap;
import io.quorate.node.Callback;
import io.quorate.node.LogStore;
import io.quorate.node.NodeConfig;
import io.quorate.node.NodeThreads;
import io.quorate.node.QuorateNode;
import io.quorate.node.TransientLog;
import io.quorate.store.sqlite.DataDirectory;
import io.quorate.store.sqlite.SqliteLogStore;
import io.quorate.store.sqlite.SqliteStateStore;
import io.quorate.store.sqlite.StoreException;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.auth.Authentication;
import io.quorate.vertx.member.auth.NodeTokens;
import io.quorate.vertx.member.auth.Passwords;
import io.quorate.vertx.member.auth.SignedTokens;
import io.quorate.vertx.member.auth.SimpleTokens;
import io.quorate.vertx.member.auth.Tokens;
import io.quorate.vertx.member.embedded.EmbeddedStore;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.fault.FatalErrors;
import io.quorate.vertx.member.fault.MemberRemovedException;
import io.quorate.vertx.member.options.AuthTokens;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.peer.ClusterView;
import io.quorate.vertx.member.peer.InnerVertx;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.tls.TlsEngine;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A member in this process: storage, consensus, peers and the port for clients. This class puts
 * these parts together.
 *
 * <p>Methods may be called on any thread; futures complete on one of the server's threads.
 */
public final class QuorateServer {
  private static final Logger LOG = Logger.getLogger(QuorateServer.class);
  private static final int CLIENT_EVENT_LOOPS = 2;
  private static final long CACHE_BYTES = 64L << 20;
  private static final int STEP_SECONDS = 30;
  private static final int COMPARE_SECONDS = 60;
  private static final int CLOSE_AFTER_FAILURE_SECONDS = 5;
  private static final long MIN_STEP_MILLIS = 100;
  private static final int MAX_ATTEMPTS = 50;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Memory that is given up first when the heap is exhausted, so that closing has some. */
  private static final int RESERVE_BYTES = 256 << 10;

  private static final long HANDOVER_MILLIS = 700;
  private static final long MAX_AWAIT_REMOVAL_MILLIS = 3_000;

  private final QuorateOptions options;
  private final @Nullable Embedding embedding;
  private final @Nullable SignedTokens signedTokens;
  private final FatalErrors fatalErrors = new FatalErrors(this::failed);
  private final Map<String, Executor> threads = new LinkedHashMap<>();
  private final Promise<QuorateServer> started = Promise.promise();
  private final Thread lifecycle = new Thread(this::runLifecycle, "quorate-lifecycle");
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Promise<Void> termination = Promise.promise();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Promise<Throwable> failing = Promise.promise();
  private final Promise<Void> closed = Promise.promise();
  private @Nullable PeerBus peers;
  private @Nullable Vertx vertx;
  private @Nullable MemberStore client;
  private @Nullable QuorateNode node;
  private @Nullable Authentication authentication;
  private @Nullable Removal removal;
  private List<String> clientUrls = List.of();
  private volatile boolean stopping;
  private volatile String failedThread = "";

  @SuppressWarnings("UnusedVariable") // it only has to exist
  private volatile byte @Nullable [] reserve = new byte[RESERVE_BYTES];

  private long closeDeadlineNanos;
  private volatile boolean removalExpected;

  private QuorateServer(
      QuorateOptions options, @Nullable Embedding embedding, @Nullable SignedTokens signedTokens) {
    this.options = options;
    this.embedding = embedding;
    this.signedTokens = signedTokens;
  }

  /**
   * Starts a member.
   *
   * @return completes once the client port is open; requests that need a leader fail until there is
   *     one. Fails with a {@link ConfigurationException} or an {@link IOException} whose message is
   *     one line that says what is wrong. Then everything has been closed again, and the disk is
   *     unchanged unless the member had begun to run
   */
  public static Future<QuorateServer> start(QuorateOptions options) {
    return start(new QuorateServer(options, null, null));
  }

  /**
   * Like {@link #start(QuorateOptions)}, for options that ask for signed tokens.
   *
   * @param signedTokens makes them
   */
  public static Future<QuorateServer> start(QuorateOptions options, SignedTokens signedTokens) {
    return start(new QuorateServer(options, null, signedTokens));
  }

  /**
   * Like {@link #start(QuorateOptions)}, for a member inside an application. A client URL may have
   * the port 0: then the system assigns a free port, which is published to the cluster.
   */
  public static Future<QuorateServer> start(QuorateOptions options, Embedding embedding) {
    return start(new QuorateServer(options, embedding, null));
  }

  private static Future<QuorateServer> start(QuorateServer server) {
    server.lifecycle.setDaemon(true);
    server.lifecycle.start();
    return server.started.future();
  }

  /**
   * The lifecycle thread: opens the member, waits, and closes it. It exists from the beginning
   * because there may be no memory for a new thread when the member has to end.
   */
  private void runLifecycle() {
    try {
      options.validate();
      open();
    } catch (Exception | Error e) {
      stopping = true;
      closeAll();
      runDespiteFullHeap(
          () ->
              started.fail(
                  e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e));
      return;
    }
    runDespiteFullHeap(() -> started.complete(this));
    while (!stopping) {
      LockSupport.park(this);
      boolean unused = Thread.interrupted();
    }
    finish();
  }

  /** The store of this member; futures complete on the caller's context of {@link #vertx}. */
  public MemberStore client() {
    return required(client);
  }

  /**
   * Another store on this member, for an application with a Vert.x of its own.
   *
   * @param caller the Vert.x on whose contexts the methods are called and futures complete
   */
  public MemberStore client(Vertx caller) {
    return new EmbeddedStore(caller, required(node), required(authentication));
  }

  /** The client URLs that the member publishes to the cluster. */
  public List<String> clientUrls() {
    return clientUrls;
  }

  /** The Vert.x that serves clients. */
  public Vertx vertx() {
    return required(vertx);
  }

  /**
   * Announces that the member is about to be removed at its own request, so that its removal is not
   * an error.
   */
  public void expectRemoval() {
    removalExpected = true;
  }

  /**
   * Completes when a member that is being removed may close because the remaining members no longer
   * need its vote, and after {@code boundMillis} at the latest.
   */
  public Future<Void> awaitRemoval(long boundMillis) {
    return required(removal).awaitMajority(boundMillis);
  }

  /**
   * Succeeds when the member has been closed. Fails if the member ended by itself: it was removed,
   * a disk failed, or a thread it needs met an unexpected error ({@link FatalErrors}). Completes
   * before the future of {@link #close}.
   */
  public Future<Void> termination() {
    return termination.future();
  }

  /**
   * Completes with the cause when the member has to end by itself, before it closes anything; never
   * completes otherwise.
   */
  public Future<Throwable> failing() {
    return failing.future();
  }

  // ---- for tests that inject faults

  /** The member's executors, by the name of their threads. */
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
    options
        .getFeatureGates()
        .withoutEffect()
        .forEach(
            (gate, value) ->
                LOG.info(
                    "feature gate {}={} is accepted and changes nothing: {}",
                    gate.etcdName(),
                    value,
                    gate.withoutEffect()));
    TlsMaterial clientTls = ServerTls.forClients(options);
    TlsMaterial peerTls = embedding != null ? null : ServerTls.forPeers(options);
    Ports.refuseInUse(options, embedding == null);
    DataDirectory directory =
        closeLater(
            isEphemeral()
                ? DataDirectory.openForOneLife(options.getDataDir())
                : DataDirectory.open(options.getDataDir()));
    LogStore log = closeLater(isEphemeral() ? new TransientLog() : new SqliteLogStore(directory));
    LogStore.Recovered found = log.recover();
    if (found instanceof LogStore.Damaged damaged) {
      throw new StoreException(damaged.what());
    }
    SqliteStateStore state = closeLater(SqliteStateStore.open(directory));
    PeerBus peerBus = embedding != null ? embedding.peerBus() : listenForPeers(peerTls);
    peers = peerBus;
    fatalErrors.watch(peerBus.vertx());
    FirstStart firstStart =
        new FirstStart(options, peerBus, embedding == null ? null : embedding.place(), this::await);
    LogStore.Existing existing =
        found instanceof LogStore.Existing e ? e : firstStart.begin(log, state);
    Bootstrap.Recovered recovered = Bootstrap.recover(log, existing, state);
    firstStart.refuseForeignDirectory(recovered);
    if (recovered.state().members().isEmpty()) {
      // until the leader's snapshot has arrived, a joining member has no members of its own
      peerBus.introduce(firstStart.knownMembers());
    }
    Path snapshots = snapshotDirectory(directory);
    QuorateNode member = build(recovered, log, state, peerBus, snapshots);
    node = member;
    Vertx created = clientVertx();
    vertx = created;
    authentication = authentication(created, member);
    MemberStore embedded = new EmbeddedStore(created, member, required(authentication));
    client = embedded;
    removal =
        new Removal(
            peerBus,
            created,
            member.identity().clusterId(),
            member.identity().memberId(),
            () -> member.members().members());
    await(connectPeers(peerBus, member));
    ClientPort clientPort = new ClientPort(options, created, embedded, opened::add, this::await);
    member.start();
    startTicking(peerBus, member);
    try {
      if (found instanceof LogStore.Existing && options.get(Options.INITIAL_CORRUPT_CHECK)) {
        compareWithPeers(member);
      }
      clientUrls = clientPort.listen(clientEventLoops(), clientTls);
    } catch (Exception e) {
      stop(member);
      throw e;
    }
    opened.add(() -> stop(member));
    LOG.info("clients are heard on {}; ready once this member is known to a leader", clientUrls);
    new Publication(member, created, options.getName(), clientUrls, () -> stopping).publish();
    required(removal)
        .watchForOwnRemoval(() -> stopping || member.status().leader() != 0, this::removed);
    if (clientTls != null || peerTls != null) {
      LOG.info(
          "TLS {} by {}",
          clientTls == null
              ? "for peers"
              : peerTls == null ? "for clients" : "for clients and peers",
          TlsEngine.description());
    }
  }

  private Authentication authentication(Vertx created, QuorateNode member) {
    Tokens tokens;
    if (AuthTokens.isJwt(options.getAuthToken())) {
      if (signedTokens == null) {
        throw new ConfigurationException(
            "auth-token", options.getAuthToken(), "only a server has signed tokens; use simple");
      }
      tokens = signedTokens.of(created, options.getAuthToken(), () -> member.auth().revision());
    } else {
      tokens =
          new SimpleTokens(
              new NodeTokens(member),
              TimeUnit.SECONDS.toNanos(options.getAuthTokenTtlSeconds()),
              System::nanoTime);
    }
    member.onTokens(tokens::changed);
    return new Authentication(
        member,
        new Passwords(executor("quorate-password", 1), options.getBcryptCost()),
        tokens,
        options.getClientTls().clientCertAuth());
  }

  /** If the others do not answer, or take too long, the member serves nevertheless. */
  private void compareWithPeers(QuorateNode member) throws Exception {
    Promise<Boolean> compared = Promise.promise();
    member.compareWithPeers(
        new Callback<>() {
          @Override
          public void complete(Boolean done) {
            compared.tryComplete(done);
          }

          @Override
          public void fail(EtcdError error) {
            compared.tryFail(error.exception());
          }
        });
    CompletableFuture<Boolean> waiting =
        compared.future().toCompletionStage().toCompletableFuture();
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(COMPARE_SECONDS);
    while (!stopping) {
      try {
        Boolean unused = waiting.get(MIN_STEP_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        if (System.nanoTime() - deadlineNanos > 0) {
          LOG.warn("not compared with the other members within {} s", COMPARE_SECONDS);
          return;
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof EtcdException refused && refused.error() == EtcdError.CORRUPT) {
          throw new StoreException(
              "what this member holds differs from what the others do; they are right if they are"
                  + " the majority: then remove this member, and add it again without data");
        }
        LOG.warn("not compared with the other members: {}", String.valueOf(e.getCause()));
        return;
      }
    }
  }

  private boolean isEphemeral() {
    return embedding != null && embedding.ephemeral();
  }

  private PeerBus listenForPeers(@Nullable TlsMaterial tls) throws Exception {
    PeerBus peerBus;
    try {
      peerBus =
          await(
              PeerBus.listen(
                  options.getListenPeerUrls(),
                  options.getInitialAdvertisePeerUrls().get(0),
                  Map.of(),
                  tls));
    } catch (ExecutionException e) {
      throw Ports.cannotListen("listen-peer-urls", options.getListenPeerUrls(), e);
    }
    opened.add(() -> await(peerBus.close()));
    if (tls != null) {
      ServerTls.warnOfOpenPeers(tls);
      CertificateReload reload =
          new CertificateReload(
              peerBus.vertx(), () -> ServerTls.peersAgain(options), tls, peerBus::update);
      opened.add(reload::end);
      reload.begin();
    }
    return peerBus;
  }

  private <T extends AutoCloseable> T closeLater(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private Path snapshotDirectory(DataDirectory directory) throws IOException {
    Path snapshots = directory.directory("snapshots");
    try (DirectoryStream<Path> left = Files.newDirectoryStream(snapshots, "*.snapshot")) {
      for (Path file : left) {
        Files.delete(file); // left by a transfer that was in progress when the process ended
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
    NodeConfig config =
        NodeConfigs.of(options, recovered.identity().memberId(), embedding != null, snapshots);
    // an ephemeral member's log is in memory and blocks nobody
    Executor logThread = isEphemeral() ? Runnable::run : executor("quorate-log", 1);
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
            TimeUnit.MILLISECONDS.toNanos(options.getHeartbeatIntervalMillis()), System::nanoTime),
        System::currentTimeMillis,
        this::failed,
        this::removed);
  }

  /**
   * An executor with {@code count} threads; when the server closes, its tasks are finished first.
   */
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
                peerBus
                    .questions()
                    .tellMembers(
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
                    .setPeriodic(options.getHeartbeatIntervalMillis(), timer -> member.tick()));
  }

  // ---- closing

  /**
   * May be called on any thread, and more than once. The others may still need this member's vote
   * for a moment.
   */
  private void removed() {
    if (!stopping) {
      required(removal)
          .awaitMajority(MAX_AWAIT_REMOVAL_MILLIS)
          .onComplete(done -> failed(new MemberRemovedException()));
    }
  }

  /**
   * May be called on any thread, also when there is no memory left: stores the cause and wakes the
   * lifecycle thread.
   */
  private void failed(Throwable cause) {
    if (!stopping && failure.compareAndSet(null, cause)) {
      failedThread = Thread.currentThread().getName();
      reserve = null;
      shutDown();
    }
  }

  private void logCause(Throwable cause) {
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
   * Transfers leadership, stops serving, writes what is applied, and closes everything. An
   * {@linkplain Embedding#ephemeral ephemeral} member only closes.
   *
   * @return completes when all threads, ports and files are closed; each call returns the same
   *     future
   */
  public Future<Void> close() {
    shutDown();
    return closed.future();
  }

  private void shutDown() {
    stopping = true;
    LockSupport.unpark(lifecycle);
  }

  private void finish() {
    Throwable cause = failure.get();
    if (cause != null) {
      closeDeadlineNanos =
          System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_AFTER_FAILURE_SECONDS);
      runDespiteFullHeap(() -> logCause(cause));
      runDespiteFullHeap(() -> failing.tryComplete(cause));
    }
    closeAll();
    runDespiteFullHeap(
        () -> {
          if (cause == null) {
            termination.tryComplete();
          } else {
            termination.tryFail(cause);
          }
        });
    runDespiteFullHeap(closed::tryComplete); // last: a caller may then look at termination()
  }

  /**
   * Runs {@code task}, again after an {@link OutOfMemoryError}: what has been closed will free
   * memory.
   */
  private static void runDespiteFullHeap(Runnable task) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        task.run();
        return;
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(RETRY_NANOS);
      } catch (Exception | Error e) {
        LOG.error("unhandled", e);
        return;
      }
    }
  }

  /**
   * Transfers leadership first, while peers and clients are still served; then writes what is
   * applied.
   */
  private void stop(QuorateNode member) throws Exception {
    if (failure.get() != null || isEphemeral()) {
      Promise<Void> halted = Promise.promise();
      member.halt(halted::tryComplete);
      await(halted.future());
      return; // nothing more is written: the log already has every acknowledged entry
    }
    Promise<Void> handedOver = Promise.promise();
    member.abdicate(handedOver::tryComplete);
    try {
      handedOver
          .future()
          .toCompletionStage()
          .toCompletableFuture()
          .get(HANDOVER_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.info("nobody took leadership over within {} ms", HANDOVER_MILLIS);
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
        runDespiteFullHeap(() -> LOG.warn("while closing: {}", e.toString()));
      }
    }
    opened.clear();
  }

  /**
   * Waits for a step. After a failure, whatever should complete the future may be gone; so all
   * steps share one deadline then.
   */
  private <T> T await(Future<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    long millis = TimeUnit.SECONDS.toMillis(STEP_SECONDS);
    if (closeDeadlineNanos != 0) {
      long left = TimeUnit.NANOSECONDS.toMillis(closeDeadlineNanos - System.nanoTime());
      millis = Math.max(MIN_STEP_MILLIS, left);
    }
    return future.toCompletionStage().toCompletableFuture().get(millis, TimeUnit.MILLISECONDS);
  }
}
