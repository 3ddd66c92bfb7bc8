package io.quorate.sim.checks;

import io.quorate.node.LogStore;
import io.quorate.node.MemoryLogStore;
import io.quorate.raft.Entry;
import io.quorate.sim.Ledger;
import io.quorate.sim.SimWorld;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leader Completeness (paper, figure 3; 5.4): what is committed is in the log of every leader of a
 * later term, below the first entry of its term.
 */
public final class LeaderCompleteness implements SimWorld.Observer {
  private final SimWorld world;
  private final Ledger ledger;
  private final Map<Long, Long> leaderOfTerm = new HashMap<>();
  private final Set<Long> checked = new HashSet<>();

  /**
   * For each index from 1 on: it was committed in this term or an earlier one, whatever its own.
   */
  private final List<Long> committedByTerm = new ArrayList<>();

  public LeaderCompleteness(SimWorld world, Ledger ledger) {
    this.world = world;
    this.ledger = ledger;
  }

  @Override
  public void after(SimWorld.Life life) {
    while (committedByTerm.size() < ledger.lastIndex()) {
      committedByTerm.add(life.node.status().term()); // it is this one that has just told
    }
    if (life.node.status().isLeader()) {
      leaderOfTerm.put(life.node.status().term(), life.id);
    }
  }

  @Override
  public void aboutToHold(long member, LogStore.Write write) {
    for (Entry entry : write.entries()) {
      Long leader = leaderOfTerm.get(entry.term());
      if (leader != null && leader == member && checked.add(entry.term())) {
        check(member, entry, write);
      }
    }
  }

  private void check(long member, Entry firstOfTerm, LogStore.Write write) {
    MemoryLogStore.Disk disk = world.disk(member);
    long begins = write.resetTo() == null ? write.entries().get(0).index() : 0;
    for (long index = Math.max(disk.start().index(), 1) + 1; index <= ledger.lastIndex(); index++) {
      Entry committed = ledger.entry(index);
      if (committed == null
          || committed.term() >= firstOfTerm.term()
          || committedByTerm(index) >= firstOfTerm.term()) {
        continue; // a write that took long may come when a later leader has committed more
      }
      Entry own = index < begins ? disk.entry(index) : within(write, index);
      if (index >= firstOfTerm.index() || own == null || own.term() != committed.term()) {
        world.violated(
            member + " leads term " + firstOfTerm.term() + " without " + committed.position());
        return;
      }
    }
  }

  private long committedByTerm(long index) {
    return index <= committedByTerm.size() ? committedByTerm.get((int) index - 1) : Long.MAX_VALUE;
  }

  private static @Nullable Entry within(LogStore.Write write, long index) {
    return write.entries().stream().filter(e -> e.index() == index).findFirst().orElse(null);
  }
}
