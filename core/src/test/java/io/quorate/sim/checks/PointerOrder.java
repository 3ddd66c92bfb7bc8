package io.quorate.sim.checks;

import io.quorate.apply.MemoryStateStore;
import io.quorate.node.MemoryLogStore;
import io.quorate.node.NodeStatus;
import io.quorate.sim.SimWorld;
import java.util.HashMap;
import java.util.Map;

/**
 * Compacted, synced, applied, committed, last: in this order, and none of those that a member
 * reports goes back while it lives (paper, figure 2: commitIndex and lastApplied increase
 * monotonically).
 */
public final class PointerOrder implements SimWorld.Observer {
  private final SimWorld world;
  private final Map<SimWorld.Life, NodeStatus> before = new HashMap<>();

  public PointerOrder(SimWorld world) {
    this.world = world;
  }

  @Override
  public void after(SimWorld.Life life) {
    NodeStatus status = life.node.status();
    NodeStatus earlier = before.put(life, status);
    MemoryLogStore.Disk disk = world.disk(life.id);
    MemoryStateStore state = world.state(life.id);
    boolean ordered =
        state.synced().index() <= state.applied().index()
            && disk.start().index() <= Math.max(disk.lastIndex(), state.synced().index())
            && status.applied() <= status.commit()
            // a snapshot reaches the state first, and synced
            && status.applied() <= Math.max(disk.lastIndex(), state.synced().index());
    if (!ordered) {
      world.violated(
          "pointers of "
              + life.id
              + " out of order: log after "
              + disk.start()
              + " up to "
              + disk.lastIndex()
              + ", state synced up to "
              + state.synced()
              + " of "
              + state.applied()
              + ", "
              + status);
    }
    if (earlier != null
        && (status.commit() < earlier.commit()
            || status.applied() < earlier.applied()
            || status.term() < earlier.term())) {
      world.violated(life.id + " goes back from " + earlier + " to " + status);
    }
  }
}
