package io.quorate.vertx.member;

import io.quorate.apply.MemberTable;
import io.quorate.codec.PeerFrame;
import io.quorate.node.Bootstrap;
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
import io.quorate.vertx.member.embedded.EmbeddedStore;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.fault.FatalErrors;
import io.quorate.vertx.member.fault.MemberRemovedException;
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

  private static final long ABDICATE_MILLIS = 700;
  private static final long LINGER_MILLIS = 3_000;

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
    Ports.refuseInUse(options, embedding == null);
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
    FirstStart firstStart =
        new FirstStart(options, peerBus, embedding == null ? null : embedding.place(), this::await);
    LogStore.Existing existing =
        found instanceof LogStore.Existing e ? e : firstStart.begin(log, state);
    Bootstrap.Recovered recovered = Bootstrap.recover(log, existing, state);
    firstStart.refuseForeign(recovered);
    if (recovered.state().members().isEmpty()) {
      // about to join: until the leader's snapshot is here, it knows nobody by itself
      peerBus.introduce(firstStart.introduced());
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
    clientUrls =
        new ClientPort(options, created, embedded, opened::add, this::await)
            .listen(clientEventLoops(), clientTls);
    opened.add(() -> stop(member));
    member.start();
    startTicking(peerBus, member);
    LOG.info("clients are heard on {}; ready once this member is known to a leader", clientUrls);
    new Publication(member, created, options.name(), clientUrls, () -> stopping).publish();
    required(removal).lookOut(() -> stopping || member.status().leader() != 0, this::removed);
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
      throw Ports.cannotListen("listen-peer-urls", options.listenPeerUrls(), e);
    }
    opened.add(() -> await(peerBus.close()));
    return peerBus;
  }

  private <T extends AutoCloseable> T opening(T closeable) {
    opened.add(closeable);
    return closeable;
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
    NodeConfig config =
        NodeConfigs.of(options, recovered.identity().memberId(), embedding != null, snapshots);
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
                    .setPeriodic(options.heartbeatIntervalMillis(), timer -> member.tick()));
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
