package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.apply.MemberTable;
import io.quorate.apply.Outcome;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
import io.quorate.auth.AuthState;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.FeatureLevel;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.command.Validation;
import io.quorate.mvcc.KvStore;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Raft;
import io.quorate.watch.WatchHub;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One member, put together from its parts, as the layers around it use it. Methods may be called on
 * any thread unless they say otherwise, and never block; callbacks come on the node's threads.
 */
public final class QuorateNode {
  /** Number of threads that {@link NodeThreads#readers} is expected to have. */
  public static final int READS_AT_ONCE = 2;

  private final NodeConfig config;
  private final LogStore.Identity identity;
  private final NodeThreads threads;
  private final Turns reads;
  private final ApplyLoop applyLoop;
  private final NodeDriver driver;
  private final Consumer<Throwable> failed;
  private final AtomicBoolean hasFailed = new AtomicBoolean();

  private final SpaceQuota space;
  private volatile Consumer<List<Applied.TokenChange>> tokens = changes -> {};
  private final SnapshotExports snapshotExports;
  private final StoreHashes hashes;

  /**
   * @param cacheBytes most bytes of values kept in memory
   * @param wallClockMillis written into the log for people to read; decides nothing
   * @param failed called once if the member cannot go on: a disk has failed, or an invariant is
   *     broken
   * @param selfRemoved run when the member has been removed from the cluster
   */
  public QuorateNode(
      NodeConfig config,
      Bootstrap.Recovered recovered,
      LogStore logStore,
      StateStore stateStore,
      long cacheBytes,
      PeerLink link,
      NodeThreads threads,
      Ticker ticker,
      LongSupplier wallClockMillis,
      Consumer<Throwable> failed,
      Runnable selfRemoved) {
    this.config = config;
    this.identity = recovered.identity();
    this.failed = failed;
    this.threads =
        new NodeThreads(
            guarded(threads.loop()),
            guarded(threads.log()),
            guarded(threads.apply()),
            guarded(threads.writer()),
            guarded(threads.readers()));
    reads = new Turns(this.threads.readers(), READS_AT_ONCE);
    StateStore.Loaded loaded = recovered.state();
    applyLoop =
        new ApplyLoop(
            config,
            stateStore,
            loaded,
            (store, state) -> Bootstrap.stateMachine(store, state, cacheBytes),
            this.threads,
            new ApplyLoop.Listener() {
              @Override
              public void applied(long index, List<Applied.LeaseChange> leaseChanges) {
                driver.applied(index, leaseChanges);
              }

              @Override
              public void featureLevelIs(int level) {
                driver.featureLevelIs(level);
              }

              @Override
              public void membersChanged(MemberTable members) {
                driver.membersChanged(members);
              }

              @Override
              public void confChanged(long index, @Nullable ConfChange change, ConfState conf) {
                driver.confChanged(index, change, conf);
              }

              @Override
              public void tokensChanged(List<Applied.TokenChange> changes) {
                // Those in the log that was there at the start have come to an end with the process
                if (driver.published().isCaughtUp()) {
                  tokens.accept(changes);
                }
              }

              @Override
              public void spaceChanged() {
                space.watch();
              }

              @Override
              public void outcome(Outcome outcome) {
                driver.outcome(outcome);
              }

              @Override
              public void failed(Throwable cause) {
                fail(cause);
              }
            });
    hashes = new StoreHashes(applyLoop, this.threads.readers());
    driver =
        new NodeDriver(
            config,
            new Raft(config.raft(), config.seed(), recovered.raft()),
            recovered,
            applyLoop,
            hashes,
            link,
            new GroupCommitLog(logStore, this.threads.log(), this.threads.loop(), this::fail),
            this.threads,
            ticker,
            wallClockMillis,
            selfRemoved);
    space = new SpaceQuota(config, applyLoop, driver);
    snapshotExports = new SnapshotExports(config, applyLoop, stateStore, this.threads, this::fail);
  }

  /** An exception that gets out of a task is one that nobody foresaw: the member must stop. */
  private Executor guarded(Executor executor) {
    return task -> executor.execute(() -> guarded(task));
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (Exception | Error e) {
      fail(e);
    }
  }

  /**
   * To be called if something that runs for this member on another thread has failed in a way that
   * nobody foresaw: the member cannot go on. Any thread; only the first call counts.
   */
  public void fail(Throwable cause) {
    if (hasFailed.compareAndSet(false, true)) {
      try {
        failed.accept(cause);
      } finally {
        // everybody who waits gets an error now, and nothing is acknowledged any more
        threads.loop().execute(driver::stop);
      }
    }
  }

  /**
   * Sets who keeps the tokens that this member recognizes; to be called before {@link #start}.
   *
   * @param keeper called on the apply thread, in order
   */
  public void onTokens(Consumer<List<Applied.TokenChange>> keeper) {
    tokens = keeper;
  }

  /** Begins to take part. */
  public void start() {
    applyLoop.start();
    threads.loop().execute(driver::start);
  }

  public LogStore.Identity identity() {
    return identity;
  }

  public NodeStatus status() {
    return driver.published().status();
  }

  public MemberTable members() {
    return driver.cluster().members();
  }

  /** The {@link FeatureLevel} in force. */
  public int featureLevel() {
    return driver.cluster().featureLevel();
  }

  /** Has a leader, and has applied what its log held when it started. */
  public boolean isCaughtUp() {
    return driver.published().status().leader() != 0 && driver.published().isCaughtUp();
  }

  /** The key-value store, for reading. */
  public KvStore kv() {
    return applyLoop.kv();
  }

  /** Users and roles in force. */
  public AuthState auth() {
    return applyLoop.auth();
  }

  /** Alarms in force. */
  public List<Result.AlarmMember> alarms() {
    return applyLoop.alarms();
  }

  public NodeConfig config() {
    return config;
  }

  public long sizeBytes() {
    return applyLoop.sizeBytes();
  }

  /** What counts for the quota. */
  public long liveBytes() {
    return applyLoop.liveBytes();
  }

  public long sizeInUseBytes() {
    return applyLoop.sizeInUseBytes();
  }

  // ---- time and peers, on the loop

  /** Looks at the {@link Ticker}; to be called regularly. On the loop. */
  public void tick() {
    guarded(driver::tick);
  }

  /** A frame of this cluster for this member. On the loop. */
  public void onFrame(PeerFrame frame) {
    guarded(() -> driver.onFrame(frame));
  }

  /** The connection to {@code peer} was lost. On the loop. */
  public void peerLost(long peer) {
    guarded(() -> driver.peerLost(peer));
  }

  // ---- what clients ask for

  /**
   * Puts a command into the log and answers with its outcome. Whoever the caller is, the command is
   * checked first ({@link Validation}), and refused with NO_SPACE if it would make the store grow
   * and there is no room ({@link SpaceQuota}).
   */
  public void propose(Caller caller, Command command, Callback<Result> callback) {
    try {
      Validation.check(command, config.maxTxnOps(), driver.cluster().featureLevel());
    } catch (EtcdException e) {
      callback.fail(e.error());
      return;
    }
    long growthBytes = command.growthBytes();
    if (growthBytes == 0) {
      driver.propose(caller, command, callback);
    } else if (!space.admits(growthBytes)) {
      callback.fail(EtcdError.NO_SPACE);
    } else {
      driver.propose(caller, command, space.whenApplied(growthBytes, callback));
    }
  }

  /** See {@link NodeDriver#readIndex}. */
  public void readIndex(Callback<Long> callback) {
    driver.readIndex(callback);
  }

  /** Renews a lease; {@code ttlSeconds} is 0 if there is no such lease. */
  public void keepAlive(Caller caller, long leaseId, Callback<LeaseReply> callback) {
    driver.askLease(caller, PeerMessage.LeaseQuestion.KEEP_ALIVE, leaseId, callback);
  }

  /** Remaining time of a lease; {@code ttlSeconds} is -1 if there is no such lease. */
  public void timeToLive(Caller caller, long leaseId, Callback<LeaseReply> callback) {
    driver.askLease(caller, PeerMessage.LeaseQuestion.TIME_TO_LIVE, leaseId, callback);
  }

  /** As {@link NodeDriver#changeMembers}; URLs are checked first ({@link Validation}). */
  public void changeMembers(Caller caller, MemberChange change, Callback<Result> callback) {
    try {
      Validation.check(change);
    } catch (EtcdException e) {
      callback.fail(e.error());
      return;
    }
    driver.changeMembers(caller, change, callback);
  }

  public void moveLeader(long target, Callback<Long> callback) {
    driver.moveLeader(target, callback);
  }

  /** Evaluates {@code query} on the apply thread; an EtcdException goes to the callback. */
  public <T> void withMachine(
      java.util.function.Function<StateMachine, T> query, Callback<T> callback) {
    applyLoop.withMachine(
        machine -> {
          if (!callback.isWanted()) {
            callback.fail(EtcdError.TIMEOUT);
            return;
          }
          T result;
          try {
            result = query.apply(machine);
          } catch (EtcdException e) {
            callback.fail(e.error());
            return;
          }
          callback.complete(result);
        },
        () -> callback.fail(EtcdError.STOPPED));
  }

  /** Completes once compacted history is gone from the state's file. */
  public void swept(Callback<Boolean> callback) {
    applyLoop.swept(() -> callback.complete(true), () -> callback.fail(EtcdError.STOPPED));
  }

  /**
   * Gives the free space of the state's file back to the disk, that of compacted history included.
   * The member reads and writes meanwhile. Completes once it is done; if the callback is wanted no
   * more, the member goes on at its own pace.
   */
  public void defragment(Callback<Boolean> callback) {
    swept(
        new Callback<>() {
          @Override
          public void complete(Boolean swept) {
            applyLoop.vacuum(callback);
          }

          @Override
          public void fail(EtcdError error) {
            callback.fail(error);
          }

          @Override
          public boolean isWanted() {
            return callback.isWanted();
          }
        });
  }

  /** Runs {@code use} with the watchers, on the apply thread. */
  public void withWatches(Consumer<WatchHub> use) {
    applyLoop.withWatches(use);
  }

  /**
   * Hash of the store at {@code revision}, 0 for the newest; see {@link KvStore#hash}. Of one of
   * the newest compactions it is the hash that was made then, as in etcd: members have the same
   * ones, however far compaction has come since.
   */
  public void hash(long revision, Callback<KvStore.KvHash> callback) {
    hashes.hash(revision, callback);
  }

  /**
   * Compares this member's store with those of the members that answer, as far as they can be
   * compared. Fails with CORRUPT if it differs from one of them, and then should not serve.
   */
  public void compareWithPeers(Callback<Boolean> callback) {
    driver.compareWithPeers(callback);
  }

  /**
   * Runs a read that may block, on one of the threads for that.
   *
   * @param client who reads; clients take turns
   * @param dropped run instead if those threads have ended
   */
  public void read(Object client, Runnable read, Runnable dropped) {
    reads.run(client, read, dropped);
  }

  /** Makes snapshots in etcd's format. */
  public SnapshotExports snapshotExports() {
    return snapshotExports;
  }

  // ---- the end

  /** Hands leadership over if this member leads; {@code done} is run in any case, on the loop. */
  public void abdicate(Runnable done) {
    threads.loop().execute(() -> driver.abdicate(done));
  }

  /**
   * Stops after a failure: requests that wait fail with STOPPED, and nothing is written any more.
   *
   * @param done run on the loop
   */
  public void halt(Runnable done) {
    threads
        .loop()
        .execute(
            () -> {
              driver.stop();
              applyLoop.abandon();
              done.run();
            });
  }

  /**
   * Stops: requests that wait fail with STOPPED, and everything applied is written. Once {@code
   * done} has been called, no failure is reported any more.
   *
   * @param done run on the apply thread, once the state is written; the caller then ends the
   *     threads and closes the stores
   */
  public void stop(Runnable done) {
    threads
        .loop()
        .execute(
            () -> {
              driver.stop();
              applyLoop.close(
                  () -> {
                    hasFailed.set(true);
                    done.run();
                  });
            });
  }
}
