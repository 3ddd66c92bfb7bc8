package io.quorate.sim;

import io.quorate.apply.Applied;
import io.quorate.apply.MemoryStateStore;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
import io.quorate.command.Member;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.node.Bootstrap;
import io.quorate.node.MemoryLogStore;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is committed, kept apart from all members: the first time a member says that an index is
 * committed, a quorum of disks must hold the same entry there (paper 5.3, 5.4.2; thesis 10.2.1).
 * Everything is applied here once more, so that what members hold can be compared with it.
 */
public final class Ledger implements SimWorld.Observer {

  /** What a store must hold that is applied up to an index. */
  public record Expected(
      LogPosition applied,
      ConfState conf,
      long revision,
      long compactRevision,
      long nextRecordId,
      Map<Long, Long> leases,
      List<Member> members,
      Set<Long> removedMembers,
      Set<StateBatch.AlarmKey> alarms) {
    public static Expected of(StateStore.Loaded loaded) {
      return new Expected(
          loaded.applied(),
          loaded.conf(),
          loaded.revision(),
          loaded.compactRevision(),
          loaded.nextRecordId(),
          loaded.leases(),
          loaded.members(),
          loaded.removedMembers(),
          loaded.alarms());
    }
  }

  private final SimWorld world;
  private final MemoryStateStore store = new MemoryStateStore();
  private final StateMachine machine;
  private final ArrayList<Entry> committed = new ArrayList<>();
  private final ArrayList<Expected> expected = new ArrayList<>();
  private long newestConf;
  private final Map<Long, Record> everWritten = new HashMap<>();

  /**
   * @param first the state that the first members begin with
   */
  Ledger(SimWorld world, StateStore first) {
    this.world = world;
    try {
      java.nio.file.Path copy = world.directory.resolve("first-state");
      first.export(copy);
      StateStore.Loaded loaded = store.replaceWith(copy);
      KvStore kv = new KvStore(store, 1 << 20);
      kv.load(loaded.revision(), loaded.compactRevision(), loaded.nextRecordId());
      machine = new StateMachine(kv, loaded);
      expected.add(Expected.of(loaded));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long lastIndex() {
    return Bootstrap.FIRST.index() + committed.size();
  }

  /** Null if nothing is committed there, or it is before the log of the cluster began. */
  public @Nullable Entry entry(long index) {
    return index <= Bootstrap.FIRST.index() || index > lastIndex()
        ? null
        : committed.get((int) (index - Bootstrap.FIRST.index() - 1));
  }

  /** What a store applied up to {@code index} holds; null if that is not committed. */
  public @Nullable Expected at(long index) {
    long at = index - Bootstrap.FIRST.index();
    return at < 0 || at >= expected.size() ? null : expected.get((int) at);
  }

  public Expected newest() {
    return expected.get(expected.size() - 1);
  }

  /** Each record that was ever written, by its id. */
  public @Nullable Record record(long id) {
    return everWritten.get(id);
  }

  /** The store as everybody must hold it in the end. Its history is complete. */
  public KvStore kv() {
    return machine.kv();
  }

  @Override
  public void after(SimWorld.Life life) {
    long commit = life.node.status().commit();
    if (commit > lastIndex() && !life.dead) {
      learn(life, commit);
    }
  }

  private void learn(SimWorld.Life life, long commit) {
    MemoryLogStore.Disk source = quorumHolds(life, commit);
    if (source == null) {
      world.violated(
          "member "
              + life.id
              + " takes index "
              + commit
              + " for committed, but no quorum of disks holds an entry there");
      return;
    }
    for (long index = lastIndex() + 1; index <= commit; index++) {
      Entry entry = source.entry(index);
      if (entry == null) {
        world.violated(
            "index " + index + " is cut from a log before anybody took it for committed");
        return;
      }
      apply(entry);
    }
  }

  /** A disk of those that hold what is committed; null if they are no quorum. */
  private MemoryLogStore.@Nullable Disk quorumHolds(SimWorld.Life life, long index) {
    List<MemoryLogStore.Disk> holders = new ArrayList<>();
    for (long id : world.lives.keySet()) {
      MemoryLogStore.Disk disk = world.disk(id);
      Entry entry = disk.entry(index);
      if (entry == null
          || holders.stream().anyMatch(h -> position(h, index).equals(entry.position()))) {
        continue;
      }
      holders.add(disk);
    }
    for (MemoryLogStore.Disk holder : holders) {
      LogPosition position = position(holder, index);
      List<Long> ids = new ArrayList<>();
      for (long id : world.lives.keySet()) {
        Entry entry = world.disk(id).entry(index);
        if (entry != null && entry.position().equals(position)) {
          ids.add(id);
        }
      }
      if (isQuorumSince(life.node.status().applied(), ids)) {
        return holder;
      }
    }
    return null;
  }

  private static LogPosition position(MemoryLogStore.Disk disk, long index) {
    Entry entry = disk.entry(index);
    return entry == null ? LogPosition.ZERO : entry.position();
  }

  /**
   * Whether these are a quorum of a configuration that a member may have in force that has applied
   * at least as far as {@code applied}: changes take effect when they are applied.
   */
  public boolean isQuorumSince(long applied, Collection<Long> ids) {
    for (long at = Math.max(Bootstrap.FIRST.index(), applied); at <= lastIndex(); at++) {
      Expected there = at(at);
      if (there != null && isQuorum(there.conf(), ids)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a quorum of the newest configuration would still know of it after a crash. */
  public boolean newestConfIsDurable() {
    List<Long> knowing = new ArrayList<>();
    for (long id : world.lives.keySet()) {
      if (world.disk(id).hardState().commit() >= newestConf) {
        knowing.add(id);
      }
    }
    return isQuorum(newest().conf(), knowing);
  }

  private static boolean isQuorum(ConfState conf, Collection<Long> ids) {
    return isMajority(conf.voters(), ids)
        && (conf.votersOutgoing().isEmpty() || isMajority(conf.votersOutgoing(), ids));
  }

  private static boolean isMajority(List<Long> voters, Collection<Long> ids) {
    return 2 * voters.stream().filter(ids::contains).count() > voters.size();
  }

  private void apply(Entry entry) {
    committed.add(entry);
    Applied applied = machine.apply(entry);
    applied.changes().forEach(c -> c.records().forEach(r -> everWritten.put(r.id(), r)));
    try {
      var batch = machine.takeBatch();
      store.commit(batch);
      if (batch.nextRecordId > 1) {
        machine.kv().flushed(batch.nextRecordId - 1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    expected.add(Expected.of(store.load()));
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      newestConf = entry.index();
    }
  }
}
