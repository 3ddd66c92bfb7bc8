package io.quorate.node;

/** What must be true of the voters for a change of the membership to be proposed. */
public enum ReconfigCheck {
  /** Nothing: etcd's {@code --strict-reconfig-check=false}. */
  NONE,

  /**
   * For members that come and go by themselves and may have started a second ago: a voter counts if
   * this member is connected with it now. A learner, on which no majority depends, may be added
   * whichever members are away.
   */
  PRESENT,

  /**
   * etcd's check: a voter counts if this member has been connected with it for {@link
   * #HEALTH_MILLIS} without interruption. A member that is added, learner or not, counts as away.
   */
  HEALTHY;

  /** etcd's {@code HealthInterval}. */
  static final int HEALTH_MILLIS = 5_000;
}
