package io.quorate.sim.checks;

import io.quorate.codec.PeerMessage;
import io.quorate.raft.Message;
import io.quorate.sim.Ledger;
import io.quorate.sim.SimWorld;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who leads was elected by a majority of voters (paper 5.2), of both halves while a change is under
 * way (6); a learner's vote makes nobody leader (thesis 4.2.1).
 */
public final class ElectedByQuorum implements SimWorld.Observer {
  private record Candidacy(long candidate, long term) {}

  private final SimWorld world;
  private final Ledger ledger;
  private final Map<Candidacy, Set<Long>> granted = new HashMap<>();
  private final Map<Candidacy, Long> appliedWhenAsking = new HashMap<>();
  private final Set<Candidacy> elected = new HashSet<>();

  public ElectedByQuorum(SimWorld world, Ledger ledger) {
    this.world = world;
    this.ledger = ledger;
  }

  @Override
  public void sent(SimWorld.Life life, PeerMessage message) {
    if (message instanceof PeerMessage.OfRaft raft
        && raft.message() instanceof Message.VoteRequest request
        && !request.preVote()) {
      appliedWhenAsking.putIfAbsent(
          new Candidacy(life.id, request.term()), life.node.status().applied());
    }
    if (message instanceof PeerMessage.OfRaft raft
        && raft.message() instanceof Message.VoteResponse response
        && response.granted()
        && !response.preVote()) {
      granted
          .computeIfAbsent(new Candidacy(response.to(), response.term()), c -> new HashSet<>())
          .add(life.id);
    }
  }

  @Override
  public void after(SimWorld.Life life) {
    if (!life.node.status().isLeader()) {
      return;
    }
    Candidacy candidacy = new Candidacy(life.id, life.node.status().term());
    if (elected.add(candidacy)) {
      Set<Long> votes = new HashSet<>(granted.getOrDefault(candidacy, Set.of()));
      votes.add(life.id);
      // it may have been elected some turns ago, and have applied a change since
      long applied = appliedWhenAsking.getOrDefault(candidacy, life.node.status().applied());
      if (!ledger.isQuorumSince(applied, votes)) {
        world.violated(
            life.id + " leads term " + candidacy.term + " with the votes of " + votes + " only");
      }
    }
  }
}
