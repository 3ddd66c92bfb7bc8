package io.quorate.node;

import io.quorate.apply.StateBatch;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
import io.quorate.command.Member;
import io.quorate.mvcc.KvStore;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Restored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * How a member starts: as one of the first members of a new cluster, as one that joins, or again,
 * from what its disk holds.
 *
 * <p>The first members do not write their configuration into the log as entries. They all begin
 * with the same state, as if they had installed a snapshot that ends at {@link #FIRST}. So the log
 * of a cluster never reaches back to its beginning, and a member that joins later gets a snapshot
 * with the members in it.
 */
public final class Bootstrap {
  /** The log of every cluster begins after this position. */
  public static final LogPosition FIRST = new LogPosition(1, 1);

  private static final String ADVICE =
      "; remove this member, wipe its data directory and add it again";

  private Bootstrap() {}

  /** What a member starts from. */
  public record Recovered(LogStore.Identity identity, StateStore.Loaded state, Restored raft) {}

  /** The disk does not hold what it should; the message says what and what to do, in one line. */
  public static final class RecoveryException extends IOException {
    private static final long serialVersionUID = 1L;

    public RecoveryException(String message) {
      super(message);
    }
  }

  /**
   * Writes log and state of one of the first members of a new cluster.
   *
   * @param members all first members, the same on each of them
   * @return what the log holds now
   */
  public static LogStore.Existing newCluster(
      LogStore log, StateStore state, LogStore.Identity identity, List<Member> members)
      throws IOException {
    return newCluster(log, state, identity, members, new StateBatch());
  }

  /**
   * Like {@link #newCluster(LogStore, StateStore, LogStore.Identity, List)}, for a cluster that
   * does not begin empty.
   *
   * @param batch what is left to be written of its state, the same on each of the members; members,
   *     configuration and applied position are added to it
   */
  public static LogStore.Existing newCluster(
      LogStore log,
      StateStore state,
      LogStore.Identity identity,
      List<Member> members,
      StateBatch batch)
      throws IOException {
    for (Member member : members) {
      batch.members.put(member.id(), Optional.of(member));
    }
    batch.applied = FIRST;
    batch.conf =
        new ConfState(
            members.stream().map(Member::id).sorted(Long::compareUnsigned).toList(),
            List.of(),
            List.of(),
            List.of(),
            false);
    // the state first: a log without its state would look as if the state had been lost
    state.commit(batch);
    state.sync();
    log.create(identity);
    HardState hardState = new HardState(FIRST.term(), 0, FIRST.index());
    log.write(List.of(new LogStore.Write(hardState, List.of(), FIRST)));
    return new LogStore.Existing(identity, hardState, FIRST, List.of());
  }

  /**
   * Writes the log of a member that was added to a running cluster: it is empty.
   *
   * @return what the log holds now
   */
  public static LogStore.Existing joining(LogStore log, LogStore.Identity identity)
      throws IOException {
    log.create(identity);
    return new LogStore.Existing(identity, HardState.EMPTY, LogPosition.ZERO, List.of());
  }

  /**
   * Combines what log and state hold.
   *
   * @throws RecoveryException they are damaged or do not belong together
   */
  public static Recovered recover(LogStore log, LogStore.Existing existing, StateStore state)
      throws IOException {
    StateStore.Loaded loaded = state.load();
    LogPosition applied = loaded.applied();
    LogPosition start = existing.start();
    List<Entry> entries = existing.entries();
    HardState hard = existing.hardState();
    LogPosition last = entries.isEmpty() ? start : entries.get(entries.size() - 1).position();
    if (applied.index() < start.index()) {
      throw new RecoveryException(
          "the state ends at index "
              + applied.index()
              + " but the log begins only after "
              + start.index()
              + ": the state has been lost"
              + ADVICE);
    }
    if (last.index() < applied.index() || isOfAnotherTerm(existing, applied)) {
      // The member was stopped between the two steps of installing a snapshot. Entries of the log
      // that differ from the state, beyond what was known to be committed, never were committed.
      start = applied;
      entries = List.of();
      hard =
          new HardState(
              Math.max(hard.term(), applied.term()),
              hard.term() >= applied.term() ? hard.vote() : 0,
              Math.max(hard.commit(), applied.index()));
      log.write(List.of(new LogStore.Write(hard, List.of(), start)));
    } else if (applied.index() > start.index()) {
      LogPosition inLog = entries.get((int) (applied.index() - start.index() - 1)).position();
      if (!inLog.equals(applied)) {
        throw new RecoveryException(
            "the state was applied up to "
                + applied
                + " but the log has "
                + inLog
                + " there: they are of different members or times"
                + ADVICE);
      }
    }
    hard = new HardState(hard.term(), hard.vote(), Math.max(hard.commit(), applied.index()));
    Restored restored = new Restored(hard, loaded.conf(), start, entries, applied.index());
    try {
      restored.check();
    } catch (IllegalArgumentException e) {
      throw new RecoveryException(
          "log and state contradict each other: " + e.getMessage() + ADVICE);
    }
    if (existing.identity().memberId() == 0) {
      throw new RecoveryException("the log is that of no member: its id is 0" + ADVICE);
    }
    return new Recovered(existing.identity(), loaded, restored);
  }

  /**
   * Builds the state machine from what {@code store} holds. Blocks.
   *
   * @throws UncheckedIOException with a {@link RecoveryException} if its rows contradict each other
   */
  public static StateMachine stateMachine(
      StateStore store, StateStore.Loaded loaded, long cacheBytes) {
    KvStore kv = new KvStore(store, cacheBytes);
    try {
      kv.load(loaded.revision(), loaded.compactRevision(), loaded.nextRecordId());
      return new StateMachine(kv, loaded);
    } catch (IllegalStateException e) {
      throw new UncheckedIOException(
          new RecoveryException("the state contradicts itself: " + e.getMessage() + ADVICE));
    }
  }

  /** True if the log has another entry where the state ends, one not known to be committed. */
  private static boolean isOfAnotherTerm(LogStore.Existing log, LogPosition applied) {
    long start = log.start().index();
    return applied.index() > start
        && applied.index() > log.hardState().commit()
        && !log.entries().get((int) (applied.index() - start - 1)).position().equals(applied);
  }
}
