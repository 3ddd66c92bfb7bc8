package io.quorate.raft.membership;

import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfChange.Transition;
import io.quorate.raft.ConfState;
import java.util.List;
import java.util.TreeSet;

/**
 * What a {@link ConfChange} makes of a {@link ConfState}. Pure; the same answer on every member is
 * what makes a change safe.
 *
 * <p>Invariants of every configuration (see {@link #check}): (1) lists ascend without repetition;
 * (2) voters of either half and learners are disjoint; (3) learners to come are outgoing voters and
 * not incoming ones; (4) outside a joint configuration nothing of one is left over.
 */
public final class Membership {
  private Membership() {}

  /**
   * The configuration after {@code change}.
   *
   * @throws IllegalArgumentException if the change cannot be applied to {@code conf}: it has steps
   *     while a joint configuration is in force, none while there is nothing to leave, names member
   *     0, or leaves no voter
   */
  public static ConfState apply(ConfState conf, ConfChange change) {
    ConfState result = change.steps().isEmpty() ? leave(conf) : change(conf, change);
    check(result);
    return result;
  }

  /** Thesis 4.3: C_old,new is left for C_new; only now outgoing voters become learners. */
  private static ConfState leave(ConfState conf) {
    if (!conf.isJoint()) {
      throw new IllegalArgumentException("no joint configuration to leave");
    }
    TreeSet<Long> learners = sorted(conf.learners());
    learners.addAll(conf.learnersNext());
    return new ConfState(conf.voters(), List.of(), List.copyOf(learners), List.of(), false);
  }

  private static ConfState change(ConfState conf, ConfChange change) {
    if (conf.isJoint()) {
      throw new IllegalArgumentException("leave the joint configuration first");
    }
    ConfState simple = steps(conf, change, List.of(), false);
    // Majorities that differ in one voter overlap (thesis 4.1), those that differ in more may not.
    boolean overlapping = voterDifference(conf.voters(), simple.voters()) <= 1;
    if (change.transition() == Transition.AUTO && overlapping) {
      return simple;
    }
    if (conf.voters().isEmpty()) {
      throw new IllegalArgumentException("a joint configuration needs voters to come from");
    }
    boolean autoLeave = change.transition() != Transition.JOINT_EXPLICIT;
    return steps(conf, change, conf.voters(), autoLeave);
  }

  private static ConfState steps(
      ConfState conf, ConfChange change, List<Long> outgoing, boolean autoLeave) {
    TreeSet<Long> voters = sorted(conf.voters());
    TreeSet<Long> learners = sorted(conf.learners());
    TreeSet<Long> learnersNext = sorted(List.of());
    for (ConfChange.Step step : change.steps()) {
      long id = step.memberId();
      if (id == 0) {
        throw new IllegalArgumentException("member id must not be 0");
      }
      voters.remove(id);
      learners.remove(id);
      learnersNext.remove(id);
      switch (step.kind()) {
        case ADD_VOTER -> voters.add(id);
        case ADD_LEARNER -> {
          // Still counted in the outgoing half; no member is voter and learner at once.
          if (outgoing.contains(id)) {
            learnersNext.add(id);
          } else {
            learners.add(id);
          }
        }
        case REMOVE -> {}
      }
    }
    if (voters.isEmpty()) {
      throw new IllegalArgumentException("the change would leave no voter");
    }
    return new ConfState(
        List.copyOf(voters), outgoing, List.copyOf(learners), List.copyOf(learnersNext), autoLeave);
  }

  private static int voterDifference(List<Long> before, List<Long> after) {
    int kept = (int) before.stream().filter(after::contains).count();
    return before.size() + after.size() - 2 * kept;
  }

  private static TreeSet<Long> sorted(List<Long> ids) {
    TreeSet<Long> set = new TreeSet<>(Long::compareUnsigned);
    set.addAll(ids);
    return set;
  }

  /**
   * Checks the invariants of {@code conf}.
   *
   * @throws IllegalArgumentException naming the first that does not hold
   */
  public static void check(ConfState conf) {
    require(ascending(conf.voters()), "voters must ascend", conf);
    require(ascending(conf.votersOutgoing()), "outgoing voters must ascend", conf);
    require(ascending(conf.learners()), "learners must ascend", conf);
    require(ascending(conf.learnersNext()), "next learners must ascend", conf);
    for (long id : conf.learners()) {
      boolean votes = conf.voters().contains(id) || conf.votersOutgoing().contains(id);
      require(!votes, "a learner must not vote", conf);
    }
    for (long id : conf.learnersNext()) {
      require(conf.votersOutgoing().contains(id), "a next learner must be outgoing", conf);
      require(!conf.voters().contains(id), "a next learner must not stay voter", conf);
    }
    require(
        conf.isJoint() || (conf.learnersNext().isEmpty() && !conf.autoLeave()),
        "nothing joint outside a joint configuration",
        conf);
    require(!conf.isJoint() || !conf.voters().isEmpty(), "a joint one needs incoming voters", conf);
  }

  private static boolean ascending(List<Long> ids) {
    for (int i = 0; i < ids.size(); i++) {
      long before = i == 0 ? 0 : ids.get(i - 1);
      if (Long.compareUnsigned(before, ids.get(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static void require(boolean holds, String what, ConfState conf) {
    if (!holds) {
      throw new IllegalArgumentException(what + ": " + conf);
    }
  }
}
