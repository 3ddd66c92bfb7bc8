package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.log.LoggerSource;

/**
 * The members and the {@link FeatureLevel} of the cluster, as this member has applied them. Changed
 * on the node's loop, read on any thread.
 */
final class Membership {
  private static final System.Logger LOG = LoggerSource.loggerOf(Membership.class);

  private final long self;
  private final PeerLink link;
  private final Runnable selfRemoved;
  private volatile MemberTable members;
  private volatile int featureLevel;
  private boolean removed;

  /**
   * @param link is told of each change
   * @param selfRemoved run once, when this member is no longer one of the cluster
   */
  Membership(
      long self, MemberTable members, int featureLevel, PeerLink link, Runnable selfRemoved) {
    this.self = self;
    this.members = members;
    this.featureLevel = featureLevel;
    this.link = link;
    this.selfRemoved = selfRemoved;
  }

  MemberTable members() {
    return members;
  }

  int featureLevel() {
    return featureLevel;
  }

  boolean isLearner() {
    Member me = members.member(self);
    return me != null && me.isLearner();
  }

  /** Tells the link, and whoever waits for the removal, what was known when the node started. */
  void start() {
    link.featureLevelIs(featureLevel);
    setMembers(members);
  }

  void setMembers(MemberTable now) {
    members = now;
    link.membersChanged(now);
    if (!removed && now.isRemoved(self)) {
      removed = true;
      selfRemoved.run();
    }
  }

  void setFeatureLevel(int level) {
    LOG.log(System.Logger.Level.INFO, "feature level is {0}", level);
    featureLevel = level;
    link.featureLevelIs(level);
  }
}
