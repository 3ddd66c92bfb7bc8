package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Raises the {@link FeatureLevel} once all members speak a higher one: whoever leads asks them,
 * again and again until each has said so in one and the same round. What somebody said earlier does
 * not count, since it may have been exchanged for an older release. Node loop only.
 */
final class LevelRaise {
  private static final int ASK_AGAIN_MILLIS = 1_000;

  /** What this needs of the node. */
  interface Host {
    /** See {@link PeerLink#askFeatureLevel}. */
    void ask(long member, IntConsumer heard);

    /** Puts it into the log, if this member leads; nobody hears of the outcome. */
    void proposeLevel(int level);
  }

  private final NodeConfig config;
  private final Host host;
  private final TreeMap<Long, Integer> spoken = new TreeMap<>();
  private long round;
  private long nextRoundTick;

  LevelRaise(NodeConfig config, Host host) {
    this.config = config;
    this.host = host;
  }

  /** This member leads from now on. */
  void startLeading() {
    nextRoundTick = 0;
  }

  /**
   * Time has passed on a member that leads.
   *
   * @param level in force
   */
  void tick(long nowTick, int level, MemberTable members) {
    if (level >= config.maxFeatureLevel() || nowTick < nextRoundTick) {
      return;
    }
    nextRoundTick = nowTick + config.ticks(ASK_AGAIN_MILLIS);
    spoken.clear();
    long thisRound = ++round;
    long self = config.raft().id();
    heard(self, config.maxFeatureLevel(), level, members);
    for (Member member : members.members()) {
      if (member.id() != self) {
        host.ask(
            member.id(),
            speaks -> {
              if (thisRound == round) {
                heard(member.id(), speaks, level, members);
              }
            });
      }
    }
  }

  private void heard(long member, int speaks, int level, MemberTable members) {
    spoken.put(member, speaks);
    if (members.members().stream().anyMatch(m -> !spoken.containsKey(m.id()))) {
      return;
    }
    int lowest = spoken.values().stream().mapToInt(Integer::intValue).min().orElse(level);
    if (lowest > level) {
      host.proposeLevel(lowest);
    }
  }
}
