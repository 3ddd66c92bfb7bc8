package io.quorate.sim.checks;

import io.quorate.node.LogStore;
import io.quorate.node.MemoryLogStore;
import io.quorate.raft.Entry;
import io.quorate.sim.Ledger;
import io.quorate.sim.SimWorld;

/**
 * A log that holds a committed entry keeps it until its effects are in a state that would survive a
 * power cut (paper 5.4.3, 7).
 */
public final class CommittedStays implements SimWorld.Observer {
  private final SimWorld world;
  private final Ledger ledger;

  public CommittedStays(SimWorld world, Ledger ledger) {
    this.world = world;
    this.ledger = ledger;
  }

  @Override
  public void aboutToHold(long member, LogStore.Write write) {
    MemoryLogStore.Disk disk = world.disk(member);
    if (write.resetTo() != null || write.entries().isEmpty()) {
      return;
    }
    long first = write.entries().get(0).index();
    long last = write.entries().get(write.entries().size() - 1).index();
    for (long index = first; index <= disk.lastIndex(); index++) {
      Entry held = disk.entry(index);
      Entry committed = ledger.entry(index);
      if (held == null || committed == null || !held.position().equals(committed.position())) {
        return; // nothing behind it is committed and held either
      }
      if (index > last
          || !write.entries().get((int) (index - first)).position().equals(committed.position())) {
        world.violated(member + " drops " + held.position() + ", which is committed");
        return;
      }
    }
  }

  @Override
  public void after(SimWorld.Life life) {
    if (world.disk(life.id).start().index() > world.state(life.id).synced().index()) {
      world.violated(
          life.id
              + " has cut its log up to "
              + world.disk(life.id).start()
              + ", and its state would survive only up to "
              + world.state(life.id).synced());
    }
  }
}
