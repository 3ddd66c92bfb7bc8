package io.quorate.sim.checks;

import io.quorate.codec.PeerMessage;
import io.quorate.node.MemoryLogStore;
import io.quorate.raft.Message;
import io.quorate.sim.SimWorld;

/**
 * Who acknowledges entries has them on its disk (paper 5.1; thesis 10.2.1): a crash right behind
 * the answer loses none.
 */
public final class AcknowledgedIsDurable implements SimWorld.Observer {
  private final SimWorld world;

  public AcknowledgedIsDurable(SimWorld world) {
    this.world = world;
  }

  @Override
  public void sent(SimWorld.Life life, PeerMessage message) {
    if (message instanceof PeerMessage.OfRaft raft
        && raft.message() instanceof Message.AppendResponse response
        && !response.rejected()) {
      MemoryLogStore.Disk disk = world.disk(life.id);
      // what a later leader has cut meanwhile was acknowledged to an earlier one
      if (disk.hardState().term() <= response.term() && disk.lastIndex() < response.index()) {
        world.violated(
            life.id
                + " acknowledges index "
                + response.index()
                + " while its disk ends at "
                + disk.lastIndex());
      }
    }
  }
}
