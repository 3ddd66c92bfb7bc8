package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.apply.DamagedStateException;
import io.quorate.apply.MemberTable;
import io.quorate.apply.Outcome;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
import io.quorate.auth.AuthState;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Result;
import io.quorate.mvcc.KvStore;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfChangeCodec;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.watch.WatchHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns committed entries into state: applies them in order, answers those who wait, passes events
 * to the watchers, and hands the changes to the writer of the state's file. It never waits for that
 * writer: while {@link #MAX_BATCHES_UNDER_WAY} batches are being written, the next one grows.
 *
 * <p>Tasks come from any thread and run one after the other on the apply executor.
 */
public final class ApplyLoop {
  private static final int MAX_BATCHES_UNDER_WAY = 2;
  private static final long FLUSH_BYTES = 16L << 20;
  private static final int SWEEP_KEYS = 1_000;

  /** Is told what was applied; on the apply executor, in order. */
  public interface Listener {
    /** Everything up to {@code index} is applied. */
    void applied(long index, List<Applied.LeaseChange> leaseChanges);

    /** The {@link FeatureLevel} is this one from now on. */
    void featureLevelIs(int level);

    /** Members came or went, or their names or URLs changed. */
    void membersChanged(MemberTable members);

    /**
     * A configuration change takes effect; called before {@link #applied} is for its entry.
     *
     * @param change null if the state machine refused it
     * @param conf in force after it
     */
    void confChanged(long index, @Nullable ConfChange change, ConfState conf);

    /**
     * Tokens are known or forgotten from now on; called before {@link #outcome} is for the entry.
     */
    void tokensChanged(List<Applied.TokenChange> changes);

    /** What counts for the quota, or the room on the disk, may be less or more than it was. */
    void spaceChanged();

    /** The outcome of a proposal, of this member or another one. */
    void outcome(Outcome outcome);

    /** The member cannot go on. */
    void failed(Throwable cause);
  }

  private final NodeConfig config;
  private final StateStore store;
  private final Executor apply;
  private final Executor writer;
  private final Listener listener;

  /**
   * @param dropped run instead if the loop has ended by then; null for nothing
   */
  private record Task(Runnable run, @Nullable Runnable dropped) {}

  private final ConcurrentLinkedQueue<Task> tasks = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Runnable> completions = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private StateMachine machine;
  private WatchHub watches;
  private volatile long sizeBytes;
  private volatile long sizeInUseBytes;
  private volatile long freeBytes;
  private volatile long liveBytes;
  private volatile long usableBytes;
  private volatile KvStore kv;
  private volatile List<Result.AlarmMember> alarms;
  private volatile AuthState auth;

  /** Size of the entries that were submitted and whose effects the writer does not have yet. */
  private final AtomicLong waitingBytes = new AtomicLong();

  private final AtomicInteger unreportedTicks = new AtomicInteger();
  private int batchesUnderWay;

  /** That part of {@link #waitingBytes} which is applied. */
  private long gatheredBytes;

  private final ArrayDeque<Task> awaitingFlush = new ArrayDeque<>();
  private MemberTable members;
  private int featureLevel;
  private int ticksSinceFlush;
  private boolean dirty;
  private boolean replacing;
  private boolean sweepQueued;
  private boolean measuring;
  private final Vacuum vacuum = new Vacuum(new SlicesOnWriter());
  private final CompactionHashes hashes;

  /** To be run once nothing is left to sweep. */
  private final ArrayDeque<Task> awaitingSwept = new ArrayDeque<>();

  private boolean ended;
  private boolean dead;

  /** Builds a state machine on what a store holds. */
  public interface MachineFactory {
    StateMachine create(StateStore store, StateStore.Loaded loaded);
  }

  private final MachineFactory machines;

  public ApplyLoop(
      NodeConfig config,
      StateStore store,
      StateStore.Loaded loaded,
      MachineFactory machines,
      NodeThreads threads,
      Listener listener) {
    this.config = config;
    this.store = store;
    this.apply = threads.apply();
    this.writer = threads.writer();
    this.listener = listener;
    this.machines = machines;
    machine = machines.create(store, loaded);
    requireKnownLevel(machine);
    featureLevel = machine.featureLevel();
    kv = machine.kv();
    hashes =
        new CompactionHashes(
            threads.readers(),
            new CompactionHashes.Host() {
              @Override
              public void run(Runnable task) {
                ApplyLoop.this.run(task);
              }

              @Override
              public void flushThen(Runnable done) {
                flush(new Task(done, null));
              }

              @Override
              public void sweepOn() {
                ApplyLoop.this.sweepOn();
              }
            });
    kv.onCompaction(hashes::compacting);
    alarms = machine.alarms();
    liveBytes = machine.liveBytes();
    members = machine.members();
    auth = machine.auth();
    watches = new WatchHub(kv, threads.readers(), this::run);
    watches.authIs(auth);
    measure();
  }

  /** Goes on with what was compacted before; not earlier, as the listener has to be complete. */
  void start() {
    run(this::sweepOn);
  }

  private final class SlicesOnWriter implements Vacuum.Host {
    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    @Override
    public long freeBytes() {
      return freeBytes;
    }

    @Override
    public void vacuum(long maxBytes, long keepBytes, LongConsumer given) {
      onWriter(
          () -> {
            long bytes = store.vacuum(maxBytes, keepBytes);
            measure();
            complete(() -> given.accept(bytes));
          });
    }
  }

  // ---- any thread

  /** The key-value store, for reading. */
  public KvStore kv() {
    return kv;
  }

  /** Alarms in force. */
  public List<Result.AlarmMember> alarms() {
    return alarms;
  }

  /** Users and roles in force. */
  public AuthState auth() {
    return auth;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  public long sizeInUseBytes() {
    return sizeInUseBytes;
  }

  /** See {@link StateMachine#liveBytes}. */
  public long liveBytes() {
    return liveBytes;
  }

  /** Free space on the disk when the state was last written, in bytes. */
  public long usableBytes() {
    return usableBytes;
  }

  /** Runs {@code task} on the apply executor, after what was submitted before. */
  public void run(Runnable task) {
    run(task, null);
  }

  private void run(Runnable task, @Nullable Runnable dropped) {
    tasks.add(new Task(task, dropped));
    schedule();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      apply.execute(this::drain);
    }
  }

  /** As {@link #run}, but before all other tasks, and also while the state is being replaced. */
  private void complete(Runnable task) {
    completions.add(task);
    schedule();
  }

  /** Applies committed entries; to be called in log order. */
  public void submit(List<Entry> entries) {
    waitingBytes.addAndGet(entries.stream().mapToLong(Entry::sizeBytes).sum());
    run(() -> applyAll(entries));
  }

  /** Of the newest compactions, oldest first. */
  public List<KvStore.KvHash> compactionHashes() {
    return hashes.finished();
  }

  /**
   * Completes with the hash of the compaction at {@code revision}, once it is finished.
   *
   * @param none run on the apply executor if there is no such hash
   */
  public void compactionHash(long revision, Callback<KvStore.KvHash> callback, Runnable none) {
    run(
        () -> {
          if (!hashes.find(revision, callback)) {
            none.run();
          }
        },
        () -> callback.fail(EtcdError.STOPPED));
  }

  /**
   * Runs {@code done} on the apply executor once compacted history is gone from the state's file.
   *
   * @param ended run instead if this loop ends first
   */
  public void swept(Runnable done, Runnable ended) {
    run(
        () -> {
          awaitingSwept.add(new Task(done, ended));
          tellIfSwept();
        },
        ended);
  }

  private void tellIfSwept() {
    if (hashes.isPending() || machine.kv().sweeping()) {
      return;
    }
    Task waiting;
    while ((waiting = awaitingSwept.poll()) != null) {
      flush(waiting);
    }
  }

  /**
   * Runs {@code use} with the state machine, on the apply executor.
   *
   * @param ended run instead if this loop has ended
   */
  public void withMachine(Consumer<StateMachine> use, Runnable ended) {
    run(() -> use.accept(machine), ended);
  }

  /** Runs {@code use} with the watchers, on the apply executor. */
  public void withWatches(Consumer<WatchHub> use) {
    run(() -> use.accept(watches));
  }

  /** Time has passed: changes are written {@link NodeConfig#flushTicks()} after the last batch. */
  public void tick(int ticks) {
    if (unreportedTicks.getAndAdd(ticks) > 0) {
      return; // the task that is queued already will count these, too
    }
    run(
        () -> {
          ticksSinceFlush += unreportedTicks.getAndSet(0);
          flushIfDue();
          measureIfFull();
          vacuum.next();
        });
  }

  /** Gives all free space of the state's file back to the disk; see {@link Vacuum#hasten}. */
  public void vacuum(Callback<Boolean> callback) {
    run(() -> vacuum.hasten(callback), () -> callback.fail(EtcdError.STOPPED));
  }

  /**
   * Writes everything applied so far; then runs {@code done} on the apply executor.
   *
   * @param before run with the state machine that is written, before anything else is applied
   * @param ended run instead of {@code done} if this loop ends first
   */
  public void flushThen(Consumer<StateMachine> before, Runnable done, Runnable ended) {
    run(
        () -> {
          before.accept(machine);
          flush(new Task(done, ended));
        },
        ended);
  }

  /**
   * Writes everything applied so far and ends this loop: tasks that come later are dropped.
   *
   * @param done run on the apply executor, after the store has been written to for the last time;
   *     also if that fails or this loop has ended already
   */
  public void close(Runnable done) {
    run(
        () -> {
          refuseWaiting();
          flush(new Task(done, done));
          ended = true;
        },
        done);
  }

  /** Ends this loop without writing anything more. */
  public void abandon() {
    run(
        () -> {
          refuseWaiting();
          ended = true;
        });
  }

  private void refuseWaiting() {
    vacuum.stop();
    hashes.stop();
    Task waiting;
    while ((waiting = awaitingSwept.poll()) != null) {
      if (waiting.dropped != null) {
        waiting.dropped.run();
      }
    }
  }

  /**
   * Syncs everything applied so far, so that it survives a power cut.
   *
   * @param done run on the apply executor with the position up to which that is so
   */
  public void checkpoint(Consumer<LogPosition> done) {
    run(
        () -> {
          flush(null);
          onWriter(
              () -> {
                LogPosition synced = store.sync();
                run(() -> done.accept(synced));
              });
        });
  }

  /** A copy made by {@link #export}. */
  public record Exported(Path file, LogPosition position, ConfState conf) {}

  /**
   * Writes a copy of the state as it is now into {@code file}; then runs one of the two on the
   * apply executor. A state that turns out to be damaged ends the member.
   */
  public void export(Path file, Consumer<Exported> done, Consumer<Exception> failed) {
    run(
        () -> {
          StateBatch last = flush(null);
          onWriter(
              () -> {
                try {
                  store.export(file);
                } catch (DamagedStateException e) {
                  throw e;
                } catch (IOException | UncheckedIOException e) {
                  run(() -> failed.accept(e));
                  return;
                }
                run(
                    () -> done.accept(new Exported(file, last.applied, last.conf)),
                    () -> SnapshotTransfers.delete(file));
              });
        });
  }

  /**
   * Reads and checks a copy of a state that another member made. On the writer's executor.
   *
   * @throws IOException if it is not such a copy, or damaged
   */
  StateStore.Loaded check(Path file) throws IOException {
    return store.check(file);
  }

  /**
   * Replaces the state by what {@code file} holds; then runs {@code done} on the apply executor.
   * Tasks that are queued after this wait for it.
   */
  public void replaceWith(Path file, Consumer<StateStore.Loaded> done) {
    run(
        () -> {
          machine.takeBatch(); // dropped, since the snapshot is newer
          dirty = false;
          resetGathered();
          replacing = true;
          hashes.reset();
          kv.retire(); // its records are about to be deleted; readers are told to ask again
          onWriter(
              () -> {
                StateStore.Loaded loaded = store.replaceWith(file);
                StateMachine next = machines.create(store, loaded);
                requireKnownLevel(next);
                measure();
                complete(
                    () -> {
                      replacing = false;
                      machine = next;
                      kv = next.kv();
                      kv.onCompaction(hashes::compacting);
                      alarms = next.alarms();
                      liveBytes = next.liveBytes();
                      members = next.members();
                      watches.reset(kv);
                      authIs(next.auth());
                      // the state says nothing of who was logged out meanwhile
                      listener.tokensChanged(List.of(new Applied.TokenChange.AllLoggedOut()));
                      levelMayHaveRisen();
                      done.accept(loaded);
                      sweepOn();
                    });
              });
        });
  }

  // ---- apply executor

  private void drain() {
    int budget = 256;
    while (budget-- > 0 && runNext()) {
      continue;
    }
    scheduled.set(false);
    if (!completions.isEmpty() || (!isReplacing() && !tasks.isEmpty())) {
      schedule();
    }
  }

  private boolean isReplacing() {
    return replacing && !dead;
  }

  private boolean runNext() {
    Runnable next = completions.poll();
    if (next == null) {
      Task task = isReplacing() ? null : tasks.poll();
      if (task == null) {
        return false;
      }
      next = dead || ended ? task.dropped : task.run;
    } else if (dead) {
      next = null;
    }
    if (next != null) {
      try {
        next.run();
      } catch (Exception | Error e) {
        die(e);
      }
    }
    return true;
  }

  private void die(Throwable cause) {
    if (dead) {
      return;
    }
    dead = true;
    listener.failed(cause);
    refuseWaiting();
    Task task;
    while ((task = awaitingFlush.poll()) != null) {
      if (task.dropped != null) {
        task.dropped.run();
      }
    }
  }

  private void applyAll(List<Entry> entries) {
    List<Applied.LeaseChange> leaseChanges = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.index() <= machine.appliedIndex()) {
        waitingBytes.addAndGet(-entry.sizeBytes());
        continue; // a snapshot has brought it already
      }
      Applied applied = machine.apply(entry);
      levelMayHaveRisen();
      alarms = machine.alarms(); // in force before anybody is told that it was raised
      if (applied.auth() != null) {
        authIs(applied.auth()); // before the changes that come with it can be seen
      }
      if (!applied.tokenChanges().isEmpty()) {
        listener.tokensChanged(applied.tokenChanges());
      }
      liveBytes = machine.liveBytes(); // and counted before anybody may put more
      gatheredBytes += entry.sizeBytes();
      for (Applied.Revised revised : applied.changes()) {
        watches.publish(revised.revision(), revised.records());
      }
      leaseChanges.addAll(applied.leaseChanges());
      if (!members.equals(machine.members())) {
        members = machine.members();
        listener.membersChanged(members); // before whoever changed them asks for another change
      }
      for (Outcome outcome : applied.outcomes()) {
        listener.outcome(outcome);
      }
      dirty = true;
      if (entry.kind() == Entry.Kind.CONF_CHANGE) {
        listener.confChanged(
            entry.index(),
            applied.conf() == null ? null : ConfChangeCodec.decode(entry.data()),
            machine.conf());
      }
    }
    listener.applied(machine.appliedIndex(), leaseChanges);
    listener.spaceChanged();
    hashes.next();
    sweepOn();
    flushIfDue();
  }

  private void authIs(AuthState now) {
    auth = now;
    watches.authIs(now);
  }

  private void levelMayHaveRisen() {
    if (machine.featureLevel() != featureLevel) {
      requireKnownLevel(machine);
      featureLevel = machine.featureLevel();
      listener.featureLevelIs(featureLevel);
    }
  }

  private void requireKnownLevel(StateMachine now) {
    if (now.featureLevel() > config.maxFeatureLevel()) {
      throw new IllegalStateException(
          "the cluster is at feature level "
              + now.featureLevel()
              + ", and this member may speak only up to "
              + config.maxFeatureLevel());
    }
  }

  /** Queues the next part of a sweep, if there is something to sweep and none is queued. */
  private void sweepOn() {
    if (hashes.isPending()) {
      return; // nothing may go yet
    }
    if (!sweepQueued && machine.kv().sweeping()) {
      sweepQueued = true;
      run(this::sweep);
    }
    tellIfSwept();
  }

  private void sweep() {
    sweepQueued = false;
    machine.sweep(SWEEP_KEYS);
    liveBytes = machine.liveBytes();
    dirty = true;
    listener.spaceChanged();
    flushIfDue();
    sweepOn();
  }

  /**
   * A full disk is measured again, as there may be room by now: while writes are refused, no batch
   * would show that.
   */
  private void measureIfFull() {
    if (usableBytes >= SpaceQuota.ROOM_AGAIN_BYTES || measuring) {
      return;
    }
    measuring = true;
    onWriter(
        () -> {
          measure();
          complete(
              () -> {
                measuring = false;
                listener.spaceChanged();
              });
        });
  }

  /** While the writer has enough to do, the next batch grows instead. */
  private void flushIfDue() {
    boolean due =
        dirty
            && (ticksSinceFlush >= config.flushTicks()
                || machine.pendingOperations() >= config.flushOperations()
                || gatheredBytes >= FLUSH_BYTES);
    if (due && batchesUnderWay < MAX_BATCHES_UNDER_WAY) {
      flush(null);
    }
  }

  private void resetGathered() {
    waitingBytes.addAndGet(-gatheredBytes);
    gatheredBytes = 0;
  }

  private StateBatch flush(@Nullable Task done) {
    ticksSinceFlush = 0;
    resetGathered();
    dirty = false;
    StateBatch batch = machine.takeBatch();
    if (done != null) {
      awaitingFlush.add(done);
    }
    KvStore flushedStore = kv;
    batchesUnderWay++;
    onWriter(
        () -> {
          store.commit(batch);
          measure();
          complete(
              () -> {
                batchesUnderWay--;
                if (batch.nextRecordId > 1) {
                  flushedStore.flushed(batch.nextRecordId - 1);
                }
                if (done != null && awaitingFlush.remove(done)) {
                  done.run.run();
                }
                flushIfDue();
              });
        });
    return batch;
  }

  /** True while so much waits to be applied or written that the node takes no more. Any thread. */
  public boolean isBehind() {
    return waitingBytes.get() > 2 * config.maxLogBytes();
  }

  /** How much the store uses on the disk, and how much is free. */
  private void measure() {
    sizeBytes = store.sizeBytes();
    sizeInUseBytes = store.sizeInUseBytes();
    freeBytes = store.freeBytes();
    usableBytes = store.usableBytes();
  }

  private interface StoreTask {
    void run() throws Exception;
  }

  private void onWriter(StoreTask task) {
    writer.execute(
        () -> {
          try {
            task.run();
          } catch (Exception | Error e) {
            complete(() -> die(e));
          }
        });
  }
}
