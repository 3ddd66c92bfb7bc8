package io.quorate.sim.checks;

import io.quorate.codec.PeerMessage;
import io.quorate.raft.HardState;
import io.quorate.raft.Message;
import io.quorate.sim.SimWorld;
import java.util.HashMap;
import java.util.Map;

/**
 * A member votes once a term (paper 5.2), over restarts too, and a vote leaves only when it would
 * survive one (paper 5.1: term and vote are on the disk before the answer).
 */
public final class VoteOnce implements SimWorld.Observer {
  private record Ballot(long member, long term) {}

  private final SimWorld world;
  private final Map<Ballot, Long> votes = new HashMap<>();

  public VoteOnce(SimWorld world) {
    this.world = world;
  }

  @Override
  public void sent(SimWorld.Life life, PeerMessage message) {
    if (!(message instanceof PeerMessage.OfRaft raft)) {
      return;
    }
    if (raft.message() instanceof Message.VoteRequest request && !request.preVote()) {
      votes(life.id, request.term(), life.id);
    } else if (raft.message() instanceof Message.VoteResponse response
        && response.granted()
        && !response.preVote()) {
      votes(life.id, response.term(), response.to());
      HardState durable = world.disk(life.id).hardState();
      if (durable.term() < response.term()
          || durable.term() == response.term() && durable.vote() != response.to()) {
        world.violated(
            life.id + " votes for " + response.to() + " while its disk holds " + durable);
      }
    }
  }

  private void votes(long member, long term, long candidate) {
    Long before = votes.putIfAbsent(new Ballot(member, term), candidate);
    if (before != null && before != candidate) {
      world.violated(
          member + " votes for " + before + " and for " + candidate + " in term " + term);
    }
  }
}
