package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.apply.MemberTable;
import io.quorate.apply.Outcome;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One member, put together from its parts: what edges call. Methods may be called on any thread and
 * never block; callbacks come on the node's threads.
 */
public final class QuorateNode {
  /** As many as {@link NodeThreads#readers} are expected to have threads. */
  public static final int READS_AT_ONCE = 2;

  private final NodeConfig config;
  private final LogStore.Identity identity;
  private final NodeThreads threads;
  private final ReadTurns reads;
  private final ApplyLoop applyLoop;
  private final NodeDriver driver;
  private final Consumer<Throwable> failed;
  private final AtomicBoolean hasFailed = new AtomicBoolean();

  private final SpaceQuota space;

  /**
   * @param cacheBytes of values kept in memory
   * @param wallClockMillis goes into the log, for history only
   * @param failed told once if the member cannot go on: a disk that failed, an invariant broken
   * @param selfRemoved told when the member has been removed from the cluster
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
    reads = new ReadTurns(this.threads.readers(), READS_AT_ONCE);
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
                space.watchDisk();
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
              public void outcome(Outcome outcome) {
                driver.outcome(outcome);
              }

              @Override
              public void failed(Throwable cause) {
                fail(cause);
              }
            });
    driver =
        new NodeDriver(
            config,
            new Raft(config.raft(), config.seed(), recovered.raft()),
            recovered,
            applyLoop,
            link,
            new GroupCommitLog(logStore, this.threads.log(), this.threads.loop(), this::fail),
            this.threads,
            ticker,
            wallClockMillis,
            selfRemoved);
    space = new SpaceQuota(config, applyLoop, driver);
  }

  /** Nothing foreseen gets out of a task: after what does, the member cannot go on. */
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
   * Something that runs for this member on a thread of another's has failed in a way that nobody
   * foresaw: the member cannot go on. Any thread; the first cause counts.
   */
  public void fail(Throwable cause) {
    if (hasFailed.compareAndSet(false, true)) {
      try {
        failed.accept(cause);
      } finally {
        // whoever waits hears of it now, and nothing is acknowledged any more
        threads.loop().execute(driver::stop);
      }
    }
  }

  /** Begins to take part. */
  public void start() {
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

  /** The store as readers may use it. */
  public KvStore kv() {
    return applyLoop.kv();
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

  public long sizeInUseBytes() {
    return applyLoop.sizeInUseBytes();
  }

  // ---- time and peers, on the loop

  /** Time has passed, as the {@link Ticker} will tell. On the loop. */
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
   * Puts a command into the log and answers with its outcome. It is checked here ({@link
   * Validation}), whoever asks, and what makes the store grow needs room for it ({@link
   * SpaceQuota}): else NO_SPACE.
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

  /** Renews a lease; {@code ttlSeconds} 0 says there is none. */
  public void keepAlive(Caller caller, long leaseId, Callback<LeaseReply> callback) {
    driver.askLease(caller, PeerMessage.LeaseQuestion.KEEP_ALIVE, leaseId, callback);
  }

  /** Remaining time of a lease; {@code ttlSeconds} -1 says there is none. */
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

  /** A look at the state machine, on the apply thread; an EtcdException goes to the callback. */
  public <T> void withMachine(
      java.util.function.Function<StateMachine, T> look, Callback<T> callback) {
    applyLoop.withMachine(
        machine -> {
          if (!callback.isWanted()) {
            callback.fail(EtcdError.TIMEOUT);
            return;
          }
          T result;
          try {
            result = look.apply(machine);
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
    applyLoop.withMachine(
        machine -> {
          if (machine.kv().sweeping()) {
            swept(callback); // behind the next slice of the sweep
          } else {
            applyLoop.flushThen(
                m -> {}, () -> callback.complete(true), () -> callback.fail(EtcdError.STOPPED));
          }
        },
        () -> callback.fail(EtcdError.STOPPED));
  }

  /** The watchers, on the apply thread. */
  public void withWatches(Consumer<WatchHub> use) {
    applyLoop.withWatches(use);
  }

  /** Hash of the store at {@code revision}, 0 for the newest; see {@link KvStore#hash}. */
  public void hash(long revision, Callback<KvStore.KvHash> callback) {
    AtomicReference<@Nullable HashAt> at = new AtomicReference<>();
    applyLoop.flushThen(
        machine -> {
          // what comes in from here on will not be on the disk yet when the hash is made
          long newest = machine.kv().revision();
          at.set(new HashAt(machine.kv(), revision <= 0 ? newest : revision, newest));
        },
        () -> threads.readers().execute(() -> hash(at.get(), revision, callback)),
        () -> callback.fail(EtcdError.STOPPED));
  }

  private record HashAt(KvStore kv, long revision, long flushed) {}

  private void hash(@Nullable HashAt at, long asked, Callback<KvStore.KvHash> callback) {
    if (at == null || at.revision > at.flushed) {
      callback.fail(EtcdError.FUTURE_REV);
      return;
    }
    KvStore.KvHash hash;
    try {
      hash = at.kv.hash(at.revision);
    } catch (EtcdException e) {
      if (e.error() == EtcdError.COMPACTED && asked <= 0) {
        hash(asked, callback); // compacted meanwhile; the newest revision never is for long
      } else {
        callback.fail(e.error());
      }
      return;
    } catch (RuntimeException | Error e) {
      callback.fail(EtcdError.STOPPED);
      throw e;
    }
    callback.complete(hash);
  }

  /**
   * Runs a read that may block, where such reads run.
   *
   * @param line whose turn it is, together with whatever else it asks for: with equal ones, those
   *     who ask take turns
   * @param dropped run instead once nothing is read any more
   */
  public void read(Object line, Runnable read, Runnable dropped) {
    reads.read(line, read, dropped);
  }

  // ---- the end

  /** Hands leadership over if this member leads; {@code done} comes in any case, on the loop. */
  public void abdicate(Runnable done) {
    threads.loop().execute(() -> driver.abdicate(done));
  }

  /**
   * Stops taking part after a failure: what waits fails with STOPPED, nothing is written any more.
   *
   * @param done on the loop
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
   * Stops taking part: what waits fails with STOPPED, what is applied is written. Once {@code done}
   * has been called no failure is told any more.
   *
   * @param done on the apply thread, once the state is written; the owner then ends the threads and
   *     closes the stores
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
