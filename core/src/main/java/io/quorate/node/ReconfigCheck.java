package io.quorate.node;

/** What a change of the membership must leave behind to be proposed. */
public enum ReconfigCheck {
  /** Nothing: etcd's {@code --strict-reconfig-check=false}. */
  NONE,

  /**
   * For members that come and go by themselves, a minute old or a second: a voter counts if this
   * member is connected with it now, and a learner, on which no majority depends, is let in whoever
   * is away.
   */
  PRESENT,

  /**
   * etcd's: of the voters, those count with which this member has been connected for {@link
   * #HEALTH_MILLIS} without interruption. One that is added, learner or not, counts as away.
   */
  HEALTHY;

  /** etcd's {@code HealthInterval}. */
  static final int HEALTH_MILLIS = 5_000;
}
