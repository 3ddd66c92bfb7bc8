package io.quorate.raft;

import io.quorate.raft.Message.InstallSnapshot;
import io.quorate.raft.RaftStatus.Role;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A member with a disk and a state machine, driven by hand: turns are ended by {@link #turn()},
 * writes by {@link #persistOne()}. What it holds in memory is lost in a {@link #crash}; what its
 * disk holds is not.
 */
final class TestMember {
  /** A message, and the state that the host carries beside an InstallSnapshot. */
  record Envelope(Message message, List<Entry> state, boolean conf) {}

  static final byte[] REFUSED_BY_STATE_MACHINE = "refuse".getBytes(StandardCharsets.UTF_8);

  final RaftConfig config;
  private final Consumer<Envelope> network;

  // The disk.
  HardState diskState = HardState.EMPTY;
  LogPosition diskStart = LogPosition.ZERO;
  final ArrayList<Entry> diskLog = new ArrayList<>();

  // The state machine: all it has applied, from index 1 on, and how much of it would survive.
  final ArrayList<Entry> state = new ArrayList<>();
  long checkpoint;
  final TreeMap<Long, ConfState> confs = new TreeMap<>();

  // Memory.
  @Nullable Raft raft;
  final ArrayDeque<Ready> writes = new ArrayDeque<>();
  final TreeMap<LogPosition, List<Entry>> arrivedStates = new TreeMap<>();
  final TreeMap<Long, ConfState> arrivedConfs = new TreeMap<>();
  final ArrayList<Entry> memoryLog = new ArrayList<>();
  LogPosition memoryStart = LogPosition.ZERO;
  boolean reportApplied = true;

  TestMember(RaftConfig config, ConfState conf, Consumer<Envelope> network) {
    this.config = config;
    this.network = network;
    confs.put(0L, conf);
  }

  long id() {
    return config.id();
  }

  boolean isUp() {
    return raft != null;
  }

  Raft raft() {
    if (raft == null) {
      throw new IllegalStateException("member " + id() + " is down");
    }
    return raft;
  }

  void start(long seed) {
    while (state.size() > checkpoint) {
      state.remove(state.size() - 1);
    }
    confs.tailMap(checkpoint, false).clear();
    memoryLog.clear();
    memoryLog.addAll(diskLog);
    memoryStart = diskStart;
    ConfState conf = confs.lastEntry().getValue();
    raft = new Raft(config, seed, new Restored(diskState, conf, diskStart, diskLog, checkpoint));
  }

  /** Memory is gone; of the writes under way the first {@code completed} were already done. */
  void crash(int completed) {
    for (int i = 0; i < completed && !writes.isEmpty(); i++) {
      write(writes.removeFirst());
    }
    writes.clear();
    arrivedStates.clear();
    arrivedConfs.clear();
    raft = null;
  }

  void receive(Envelope envelope) {
    if (envelope.message() instanceof InstallSnapshot install) {
      arrivedStates.put(install.meta().position(), envelope.state());
    }
    raft().step(envelope.message());
  }

  /** Does what a host does with a Ready, but for the disk, which is left to persistOne. */
  @Nullable Ready turn() {
    if (!raft().hasReady()) {
      return null;
    }
    Ready ready = raft().ready();
    ready.now().forEach(this::send);
    remember(ready);
    if (ready.write() != 0 || !ready.afterPersist().isEmpty()) {
      writes.addLast(ready);
    }
    SnapshotMeta snapshot = ready.snapshot();
    if (snapshot != null) {
      List<Entry> carried = arrivedStates.get(snapshot.position());
      if (carried == null) {
        throw new IllegalStateException("no state for " + snapshot);
      }
      state.clear();
      state.addAll(carried);
      confs.put(snapshot.position().index(), snapshot.conf());
    }
    for (Entry entry : ready.committed()) {
      apply(entry);
    }
    if (reportApplied && isUp()) {
      raft().applied(state.size());
    }
    return ready;
  }

  private void send(Message message) {
    if (message instanceof InstallSnapshot install) {
      int index = (int) install.meta().position().index();
      network.accept(new Envelope(message, List.copyOf(state.subList(0, index)), true));
    } else {
      network.accept(new Envelope(message, List.of(), false));
    }
  }

  private void remember(Ready ready) {
    SnapshotMeta snapshot = ready.snapshot();
    if (snapshot != null) {
      memoryLog.clear();
      memoryStart = snapshot.position();
    }
    append(memoryLog, memoryStart, ready.entries());
  }

  private static void append(ArrayList<Entry> log, LogPosition start, List<Entry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    int keep = (int) (entries.get(0).index() - start.index() - 1);
    if (keep > log.size() || keep < 0) {
      throw new IllegalStateException("a gap before " + entries.get(0).position());
    }
    log.subList(keep, log.size()).clear();
    log.addAll(entries);
  }

  private void apply(Entry entry) {
    if (entry.index() != state.size() + 1) {
      throw new IllegalStateException("applying " + entry.position() + " after " + state.size());
    }
    state.add(entry);
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      confs.put(entry.index(), raft().applyConfChange(decided(entry)));
    }
  }

  /** What the state machine makes of a change: the same on every member. */
  static @Nullable ConfChange decided(Entry entry) {
    ConfChange change = ConfChangeCodec.decode(entry.data());
    boolean refused = java.util.Arrays.equals(change.context(), REFUSED_BY_STATE_MACHINE);
    return refused ? null : change;
  }

  boolean persistOne() {
    Ready ready = writes.pollFirst();
    if (ready == null) {
      return false;
    }
    write(ready);
    if (ready.write() != 0) {
      raft().persisted(ready.write());
    }
    ready.afterPersist().forEach(this::send);
    return true;
  }

  private void write(Ready ready) {
    SnapshotMeta snapshot = ready.snapshot();
    if (snapshot != null) {
      diskLog.clear();
      diskStart = snapshot.position();
      checkpoint = snapshot.position().index();
      // The state may have been replaced by a later one since; what is applied only ever grows.
    }
    append(diskLog, diskStart, ready.entries());
    HardState hardState = ready.hardState();
    if (hardState != null) {
      diskState = hardState;
    }
  }

  /** The state machine writes down all it has, up to what raft was told. */
  void checkpoint() {
    // A snapshot that is not on the disk yet cannot be checkpointed before it is.
    boolean snapshotUnderWay = writes.stream().anyMatch(w -> w.snapshot() != null);
    long durable = Math.min(state.size(), diskStart.index() + diskLog.size());
    if (!snapshotUnderWay && durable > checkpoint) {
      checkpoint = durable;
    }
  }

  void compact(long index) {
    long to = Math.min(Math.min(index, checkpoint), raft().status().applied());
    raft().compact(to);
    while (diskStart.index() < to && !diskLog.isEmpty()) {
      diskStart = diskLog.remove(0).position();
    }
    memoryStart = raft().status().start();
    memoryLog.removeIf(entry -> entry.index() <= memoryStart.index());
  }

  ConfState conf() {
    return confs.lastEntry().getValue();
  }

  boolean leads() {
    return raft != null && raft.status().role() == Role.LEADER;
  }
}
