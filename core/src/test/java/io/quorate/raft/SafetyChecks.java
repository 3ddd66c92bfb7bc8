package io.quorate.raft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The safety properties of the paper's figure 3, over everything that ever happened in a run. */
final class SafetyChecks {
  private record Fact(Entry entry, long termBefore) {}

  private final TreeMap<Long, Long> leaderOfTerm = new TreeMap<>();
  private final TreeMap<LogPosition, Fact> everLogged = new TreeMap<>();

  /** What was applied anywhere, in order. */
  final ArrayList<Entry> applied = new ArrayList<>();

  private final TreeMap<Long, Integer> checkedUpTo = new TreeMap<>();

  /** To be called after each event that touched {@code member}. */
  void after(TestMember member, @Nullable Ready ready) {
    if (member.isUp()) {
      member.raft().validate();
    }
    if (ready != null) {
      logMatching(member, ready.entries());
    }
    stateMachineSafety(member);
    if (member.leads()) {
      electionSafetyAndLeaderCompleteness(member);
    }
  }

  /** Election Safety: at most one leader a term. Leader Completeness: it has all committed. */
  private void electionSafetyAndLeaderCompleteness(TestMember member) {
    long term = member.raft().status().term();
    Long known = leaderOfTerm.putIfAbsent(term, member.id());
    if (known == null) {
      for (Entry entry : applied) {
        if (entry.index() > member.memoryStart.index()) {
          int at = (int) (entry.index() - member.memoryStart.index() - 1);
          boolean has =
              at < member.memoryLog.size()
                  && member.memoryLog.get(at).position().equals(entry.position());
          require(has, member.id() + " leads term " + term + " without " + entry.position());
        }
      }
    } else {
      require(known == member.id(), known + " and " + member.id() + " both lead term " + term);
    }
  }

  /** Log Matching: same position, same entry, and the same before it. */
  private void logMatching(TestMember member, List<Entry> entries) {
    for (Entry entry : entries) {
      int at = (int) (entry.index() - member.memoryStart.index() - 1);
      long termBefore =
          at == 0 ? member.memoryStart.term() : member.memoryLog.get(at - 1).position().term();
      Fact fact = new Fact(entry, termBefore);
      Fact known = everLogged.putIfAbsent(entry.position(), fact);
      if (known != null) {
        boolean same =
            known.termBefore() == termBefore
                && known.entry().kind() == entry.kind()
                && Arrays.equals(known.entry().data(), entry.data());
        require(same, "two entries at " + entry.position() + ", one at " + member.id());
      }
    }
  }

  /** State Machine Safety: what is applied at an index is the same everywhere. */
  private void stateMachineSafety(TestMember member) {
    int from = Math.min(checkedUpTo.getOrDefault(member.id(), 0), member.state.size());
    for (int i = from; i < member.state.size(); i++) {
      Entry entry = member.state.get(i);
      if (i == applied.size()) {
        applied.add(entry);
      }
      require(
          applied.get(i).position().equals(entry.position()),
          member.id() + " applied " + entry.position() + ", others " + applied.get(i).position());
    }
    checkedUpTo.put(member.id(), member.state.size());
  }

  /** The whole of it once more, without memory of what was looked at. */
  void atTheEnd(Collection<TestMember> members) {
    checkedUpTo.clear();
    members.forEach(this::stateMachineSafety);
  }

  static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
