package io.quorate.raft;

import java.util.List;

/**
 * A change of the configuration (Raft thesis 4.3). Steps that together alter at most one voter are
 * applied at once; anything else goes through a joint configuration. No steps: leave the joint one.
 *
 * @param context what the change means to the state machine; opaque here
 */
public record ConfChange(Transition transition, List<Step> steps, byte[] context) {

  public ConfChange {
    steps = List.copyOf(steps);
  }

  /** How a change that needs a joint configuration leaves it. */
  public enum Transition {
    /** Joint only if needed, and then left automatically. */
    AUTO,
    /** Joint in any case, left automatically. */
    JOINT_IMPLICIT,
    /** Joint in any case, left by an empty change. */
    JOINT_EXPLICIT
  }

  /** What is done with one member. */
  public enum StepKind {
    ADD_VOTER,
    ADD_LEARNER,
    REMOVE
  }

  public record Step(StepKind kind, long memberId) {}
}
