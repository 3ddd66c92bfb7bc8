package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.apply.DamagedStateException;
import io.quorate.apply.MemberTable;
import io.quorate.apply.Outcome;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
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
import org.jspecify.annotations.Nullable;

/**
 * Where committed entries become state: applies them in order, answers who waits, feeds the
 * watchers, and hands what changed to the writer of the state's file, which is never waited for:
 * while it has {@link #MAX_BATCHES_UNDER_WAY} batches to write, the next one gathers.
 *
 * <p>Tasks come from any thread and run one after the other on the apply executor.
 */
public final class ApplyLoop {
  private static final int MAX_BATCHES_UNDER_WAY = 2;
  private static final long FLUSH_BYTES = 16L << 20;
  private static final int SWEEP_KEYS = 1_000;

  /** What the node's loop learns; called on the apply executor, in order. */
  public interface Listener {
    /** Everything up to {@code index} is applied. */
    void applied(long index, List<Applied.LeaseChange> leaseChanges);

    /** The {@link FeatureLevel} is this one from now on. */
    void featureLevelIs(int level);

    /** Members came or went, or their names or URLs changed. */
    void membersChanged(MemberTable members);

    /**
     * A configuration change takes effect, {@code conf} is in force after it; told before {@link
     * #applied}.
     *
     * @param change null if the state machine refused it
     */
    void confChanged(long index, @Nullable ConfChange change, ConfState conf);

    /** One outcome of a proposal of this member. */
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
   * @param dropped run instead if the loop has ended by then; null if nobody waits
   */
  private record Task(Runnable run, @Nullable Runnable dropped) {}

  private final ConcurrentLinkedQueue<Task> tasks = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Runnable> completions = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private StateMachine machine;
  private WatchHub watches;
  private volatile long sizeBytes;
  private volatile long sizeInUseBytes;
  private volatile long usableBytes;
  private volatile KvStore kv;
  private volatile List<Result.AlarmMember> alarms;

  /** Of entries that were submitted and have not been handed to the writer. */
  private final AtomicLong waitingBytes = new AtomicLong();

  private final AtomicInteger ticksToTell = new AtomicInteger();
  private int batchesUnderWay;

  /** That part of {@link #waitingBytes} which is applied. */
  private long gatheredBytes;

  private final ArrayDeque<Task> onceFlushed = new ArrayDeque<>();
  private MemberTable members;
  private int featureLevel;
  private int ticksSinceFlush;
  private boolean dirty;
  private boolean replacing;
  private boolean sweepQueued;
  private boolean measuring;
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
    alarms = machine.alarms();
    members = machine.members();
    watches = new WatchHub(kv, threads.readers(), this::run);
    measure();
    run(this::sweepOn);
  }

  // ---- any thread

  /** The store as readers may use it. */
  public KvStore kv() {
    return kv;
  }

  /** Alarms in force. */
  public List<Result.AlarmMember> alarms() {
    return alarms;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  public long sizeInUseBytes() {
    return sizeInUseBytes;
  }

  /** What the disk still took when the state was last written, in bytes. */
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

  /** As {@link #run}, but before other tasks and also while the state is being replaced. */
  private void complete(Runnable task) {
    completions.add(task);
    schedule();
  }

  /** Committed entries, in order. */
  public void submit(List<Entry> entries) {
    waitingBytes.addAndGet(entries.stream().mapToLong(Entry::sizeBytes).sum());
    run(() -> applyAll(entries));
  }

  /**
   * A look at the state machine, on the apply executor.
   *
   * @param ended run instead if this loop has ended
   */
  public void withMachine(Consumer<StateMachine> look, Runnable ended) {
    run(() -> look.accept(machine), ended);
  }

  public void withWatches(Consumer<WatchHub> look) {
    run(() -> look.accept(watches));
  }

  /** Time passes: what waits is written after {@link NodeConfig#flushTicks()}. */
  public void tick(int ticks) {
    if (ticksToTell.getAndAdd(ticks) > 0) {
      return; // the task that waits tells of these too
    }
    run(
        () -> {
          ticksSinceFlush += ticksToTell.getAndSet(0);
          flushIfDue();
          measureIfFull();
        });
  }

  /**
   * Writes everything applied so far, as {@code look} sees it; then runs {@code done} on the apply
   * executor.
   *
   * @param ended run instead if this loop ends before
   */
  public void flushThen(Consumer<StateMachine> look, Runnable done, Runnable ended) {
    run(
        () -> {
          look.accept(machine);
          flush(new Task(done, ended));
        },
        ended);
  }

  /**
   * Writes everything applied so far and ends: whatever is asked for later is dropped.
   *
   * @param done on the apply executor, after the last use of the store for writing; also if that
   *     fails or the loop has ended already
   */
  public void close(Runnable done) {
    run(
        () -> {
          flush(new Task(done, done));
          ended = true;
        },
        done);
  }

  /** Ends without writing anything more. */
  public void abandon() {
    run(() -> ended = true);
  }

  /**
   * Makes everything applied so far survive a power cut; then tells on the apply executor up to
   * where.
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

  /** What {@link #export} made. */
  public record Exported(Path file, LogPosition position, ConfState conf) {}

  /**
   * Writes a copy of the state as it is now into {@code file}; then tells on the apply executor. A
   * state that turns out to be damaged ends the member.
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
   * What a copy of a state holds that another member made. On the writer's executor.
   *
   * @throws IOException if it is none, or damaged
   */
  StateStore.Loaded check(Path file) throws IOException {
    return store.check(file);
  }

  /**
   * The state becomes what {@code file} holds; then runs {@code done} on the apply executor. What
   * is queued behind waits.
   */
  public void replaceWith(Path file, Consumer<StateStore.Loaded> done) {
    run(
        () -> {
          machine.takeBatch(); // whatever waits there is older than the snapshot
          dirty = false;
          nothingGathered();
          replacing = true;
          kv.retire(); // its records are about to go; readers are told to ask again
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
                      alarms = next.alarms();
                      members = next.members();
                      watches.reset(kv);
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
    Task task;
    while ((task = onceFlushed.poll()) != null) {
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
      alarms = machine.alarms(); // in force before anybody hears that it was raised
      gatheredBytes += entry.sizeBytes();
      for (Applied.Revised revised : applied.changes()) {
        watches.publish(revised.revision(), revised.records());
      }
      leaseChanges.addAll(applied.leaseChanges());
      if (!members.equals(machine.members())) {
        members = machine.members();
        listener.membersChanged(members); // before who changed them asks for the next change
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
    sweepOn();
    flushIfDue();
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

  /** Queues the next slice of a sweep, if there is something to sweep and none is queued. */
  private void sweepOn() {
    if (!sweepQueued && machine.kv().sweeping()) {
      sweepQueued = true;
      run(this::sweep);
    }
  }

  private void sweep() {
    sweepQueued = false;
    machine.sweep(SWEEP_KEYS);
    dirty = true;
    flushIfDue();
    sweepOn();
  }

  /** There may be room again, which no write would tell while writes are refused. */
  private void measureIfFull() {
    if (usableBytes >= SpaceQuota.DISK_RESERVE_BYTES || measuring) {
      return;
    }
    measuring = true;
    onWriter(
        () -> {
          measure();
          complete(() -> measuring = false);
        });
  }

  /** While the writer has enough to do, what changes gathers for the next batch. */
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

  private void nothingGathered() {
    waitingBytes.addAndGet(-gatheredBytes);
    gatheredBytes = 0;
  }

  private StateBatch flush(@Nullable Task done) {
    ticksSinceFlush = 0;
    nothingGathered();
    dirty = false;
    StateBatch batch = machine.takeBatch();
    if (done != null) {
      onceFlushed.add(done);
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
                if (done != null && onceFlushed.remove(done)) {
                  done.run.run();
                }
                flushIfDue();
              });
        });
    return batch;
  }

  /** True while too much waits to be applied or for the writer; the node then takes no more. */
  public boolean isBehind() {
    return waitingBytes.get() > 2 * config.maxLogBytes();
  }

  /** What the store takes on the disk, and what there is left. */
  private void measure() {
    sizeBytes = store.sizeBytes();
    sizeInUseBytes = store.sizeInUseBytes();
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
