package io.quorate.raft;

import java.util.List;

/**
 * The voters and learners as of some index of the log. All lists ascending, unsigned.
 *
 * @param voters the (incoming) voters
 * @param votersOutgoing voters of the configuration being left; empty unless in a joint one
 * @param learnersNext voters of the outgoing configuration that will be learners
 * @param autoLeave the leader leaves the joint configuration by itself as soon as it can
 */
public record ConfState(
    List<Long> voters,
    List<Long> votersOutgoing,
    List<Long> learners,
    List<Long> learnersNext,
    boolean autoLeave) {

  public static final ConfState EMPTY =
      new ConfState(List.of(), List.of(), List.of(), List.of(), false);

  public ConfState {
    voters = List.copyOf(voters);
    votersOutgoing = List.copyOf(votersOutgoing);
    learners = List.copyOf(learners);
    learnersNext = List.copyOf(learnersNext);
  }

  public boolean isJoint() {
    return !votersOutgoing.isEmpty();
  }
}
