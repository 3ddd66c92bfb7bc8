package io.quorate.node;

/**
 * The state of a node after its latest turn.
 *
 * @param leader 0 if none is known
 */
public record NodeStatus(
    long leader, long term, long commit, long applied, boolean isLeader, boolean isLearner) {
  static final NodeStatus STARTING = new NodeStatus(0, 0, 0, 0, false, false);
}
