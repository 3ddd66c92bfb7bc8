package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import java.util.TreeMap;

/**
 * Raises the {@link FeatureLevel} once all members accept a higher one. The leader asks them in
 * rounds, until all have answered so in one and the same round. Answers of earlier rounds do not
 * count, since the member may run an older release by now. Node loop only.
 */
final class LevelRaise {
  private static final int ASK_AGAIN_MILLIS = 1_000;

  /** What this needs of the node. */
  interface Host {
    /** Proposes a command whose outcome nobody waits for. */
    void proposeAsNode(Command command);

    /** Lets a turn run soon, since there is something to do. Any thread. */
    void wake();
  }

  private final NodeConfig config;
  private final Membership cluster;
  private final PeerLink link;
  private final Host host;
  private final TreeMap<Long, Integer> spokenLevels = new TreeMap<>();
  private long round;
  private long nextRoundTick;

  LevelRaise(NodeConfig config, Membership cluster, PeerLink link, Host host) {
    this.config = config;
    this.cluster = cluster;
    this.link = link;
    this.host = host;
  }

  /** This member leads from now on. */
  void startLeading() {
    nextRoundTick = 0;
  }

  /** Time has passed on a member that leads. */
  void tick(long nowTick) {
    int level = cluster.featureLevel();
    if (level >= config.maxFeatureLevel() || nowTick < nextRoundTick) {
      return;
    }
    nextRoundTick = nowTick + config.ticks(ASK_AGAIN_MILLIS);
    spokenLevels.clear();
    long thisRound = ++round;
    long self = config.raft().id();
    MemberTable members = cluster.members();
    onAnswer(self, config.maxFeatureLevel(), level, members);
    for (Member member : members.members()) {
      if (member.id() != self) {
        link.askFeatureLevel(
            member.id(),
            spoken -> {
              if (thisRound == round) {
                onAnswer(member.id(), spoken, level, members);
              }
            });
      }
    }
  }

  private void onAnswer(long member, int spoken, int level, MemberTable members) {
    spokenLevels.put(member, spoken);
    if (members.members().stream().anyMatch(m -> !spokenLevels.containsKey(m.id()))) {
      return;
    }
    int lowest = spokenLevels.values().stream().mapToInt(Integer::intValue).min().orElse(level);
    if (lowest > level) {
      host.proposeAsNode(new Command.RaiseLevel(lowest));
      host.wake();
    }
  }

  /** Answers that arrive later are ignored. */
  void stop() {
    round++;
  }
}
