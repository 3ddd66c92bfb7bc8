package io.quorate.sim.checks;

import io.quorate.codec.PeerMessage;
import io.quorate.raft.Message;
import io.quorate.sim.SimWorld;
import java.util.HashMap;
import java.util.Map;

/**
 * Election Safety (paper, figure 3; 5.2): at most one leader a term, by what members say of
 * themselves and by what they send.
 */
public final class ElectionSafety implements SimWorld.Observer {
  private final SimWorld world;
  private final Map<Long, Long> leaderOfTerm = new HashMap<>();

  public ElectionSafety(SimWorld world) {
    this.world = world;
  }

  @Override
  public void after(SimWorld.Life life) {
    if (life.node.status().isLeader()) {
      leads(life.id, life.node.status().term());
    }
  }

  @Override
  public void sent(SimWorld.Life life, PeerMessage message) {
    if (message instanceof PeerMessage.OfRaft raft
        && (raft.message() instanceof Message.AppendRequest
            || raft.message() instanceof Message.Heartbeat
            || raft.message() instanceof Message.InstallSnapshot
            || raft.message() instanceof Message.TimeoutNow)) {
      leads(life.id, raft.message().term());
    }
  }

  private void leads(long member, long term) {
    Long known = leaderOfTerm.putIfAbsent(term, member);
    if (known != null && known != member) {
      world.violated("members " + known + " and " + member + " both lead term " + term);
    }
  }
}
