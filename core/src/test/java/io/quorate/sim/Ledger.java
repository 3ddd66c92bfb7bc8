package io.quorate.sim;

import io.quorate.apply.Applied;
import io.quorate.apply.MemoryStateStore;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
import io.quorate.codec.CommandCodec;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.Member;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.history.Changes;
import io.quorate.history.LeaseHistory;
import io.quorate.history.Operation;
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
import java.util.HashSet;
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

  /** Leases that ended together, and the newest revision before the first and after the last. */
  private record Ending(
      List<Long> leases, long tick, long before, long revision, boolean expired) {}

  private final SimWorld world;
  private final MemoryStateStore store = new MemoryStateStore();
  private final StateMachine machine;
  private final ArrayList<Entry> committed = new ArrayList<>();
  private final ArrayList<Expected> expected = new ArrayList<>();
  private final Map<SimWorld.Life, Long> appliedBefore = new HashMap<>();
  private long newestConf;
  private final Set<Bytes> commands = new HashSet<>();
  private final Set<Long> compactions = new HashSet<>();
  private final List<Command.Compact> automatic = new ArrayList<>();
  private final List<List<Long>> expired = new ArrayList<>();
  private final List<Ending> endings = new ArrayList<>();
  private final List<Changes.Change> changes = new ArrayList<>();
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

  /** Every revision there was. */
  public Changes changes() {
    return new Changes(changes);
  }

  /** What may have been compacted. */
  public Set<Long> compactions() {
    return compactions;
  }

  /** Those of which the log does not say that a client has asked for them. */
  public List<Command.Compact> automaticCompactions() {
    return automatic;
  }

  /** Whether such a command was ever committed. */
  public boolean isCommitted(Command command) {
    return commands.contains(Bytes.of(CommandCodec.encode(command)));
  }

  /** The leases of each command that ended some by itself. */
  public List<List<Long>> expired() {
    return expired;
  }

  /** How leases ended. */
  public List<LeaseHistory.Ended> ended() {
    Changes all = changes();
    List<LeaseHistory.Ended> ended = new ArrayList<>();
    for (Ending ending : endings) {
      long revision = ending.revision;
      for (int i = ending.leases.size() - 1; i >= 0; i--) {
        long lease = ending.leases.get(i);
        boolean ownRevision =
            revision > ending.before && !all.attached(lease, revision - 1).isEmpty();
        long before = ownRevision ? revision - 1 : revision;
        ended.add(
            new LeaseHistory.Ended(
                lease, ending.tick, ending.tick, before, revision, ending.expired));
        revision = before;
      }
    }
    return ended;
  }

  private void note(Entry entry, Applied applied) {
    if (entry.kind() != Entry.Kind.NORMAL || entry.data().length == 0) {
      return;
    }
    long before = newest().revision();
    List<Proposal> proposals = CommandCodec.decodeBatch(entry.data()).proposals();
    for (int i = 0; i < proposals.size(); i++) {
      Command command = CommandCodec.decode(proposals.get(i).command());
      commands.add(Bytes.of(proposals.get(i).command()));
      if (command instanceof Command.Compact compact) {
        compactions.add(compact.revision());
        boolean ofClient = proposals.get(i).caller() instanceof Caller.User;
        if (!ofClient && world.settings.autoCompaction.retention() > 0) {
          automatic.add(compact);
        }
      } else if (command instanceof Command.LeaseExpire expire) {
        expired.add(expire.ids());
      }
      Result result = applied.outcomes().get(i).result();
      if (result instanceof Result.LeasesExpired gone) {
        endings.add(new Ending(gone.expired(), world.now, before, gone.revision(), true));
      } else if (result instanceof Result.LeaseRevoked gone
          && command instanceof Command.LeaseRevoke revoke) {
        endings.add(new Ending(List.of(revoke.id()), world.now, before, gone.revision(), false));
      }
      if (result != null) {
        before = Math.max(before, Operation.revisionOf(result));
      }
    }
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
    appliedBefore.put(life, life.node.status().applied());
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
      // it may have counted before it applied what it has applied by now
      if (isQuorumSince(appliedBefore.getOrDefault(life, 0L), ids)) {
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
    for (Applied.Revised revised : applied.changes()) {
      revised.records().forEach(r -> everWritten.put(r.id(), r));
      changes.add(
          new Changes.Change(
              revised.revision(), revised.records().stream().map(Record::kv).toList()));
    }
    note(entry, applied);
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
