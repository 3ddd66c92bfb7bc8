package io.quorate.sim.checks;

import io.quorate.node.LogStore;
import io.quorate.node.MemoryLogStore;
import io.quorate.raft.Entry;
import io.quorate.sim.SimWorld;
import java.util.HashMap;
import java.util.Map;

/**
 * Leader Append-Only (paper, figure 3; 5.3): what a leader writes in its own term overwrites
 * nothing.
 */
public final class LeaderAppendOnly implements SimWorld.Observer {
  private final SimWorld world;
  private final Map<Long, Long> leaderOfTerm = new HashMap<>();

  public LeaderAppendOnly(SimWorld world) {
    this.world = world;
  }

  @Override
  public void after(SimWorld.Life life) {
    if (life.node.status().isLeader()) {
      leaderOfTerm.put(life.node.status().term(), life.id);
    }
  }

  @Override
  public void aboutToHold(long member, LogStore.Write write) {
    MemoryLogStore.Disk disk = world.disk(member);
    if (write.entries().isEmpty() || write.resetTo() != null) {
      return;
    }
    Entry first = write.entries().get(0);
    long term = (write.hardState() == null ? disk.hardState() : write.hardState()).term();
    Long leader = leaderOfTerm.get(first.term());
    // of a term it once led it may get back from a later leader what its own disk had lost
    if (leader != null
        && leader == member
        && first.term() == term
        && first.index() <= disk.lastIndex()) {
      world.violated(
          member + " leads term " + first.term() + " and overwrites index " + first.index());
    }
  }
}
