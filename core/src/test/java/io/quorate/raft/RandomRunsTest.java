package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.raft.ConfChange.Step;
import io.quorate.raft.ConfChange.StepKind;
import io.quorate.raft.ConfChange.Transition;
import io.quorate.raft.Message.InstallSnapshot;
import io.quorate.raft.TestMember.Envelope;
import io.quorate.raft.membership.Membership;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Members in one thread under everything a network and a power cord can do, from a seed. After each
 * event the safety properties are checked; at the end all is healed and must converge.
 *
 * <p>{@code -Dquorate.seed=n} runs one seed, {@code -Dquorate.seeds=n} that many.
 */
class RandomRunsTest {
  private static final int EVENTS = 4_000;

  @Test
  void nothingBreaksTheSafetyPropertiesAndAllConvergesOnceHealed() {
    Long one = Long.getLong("quorate.seed");
    long from = one == null ? 1 : one;
    long to = one == null ? Long.getLong("quorate.seeds", 250) : one;
    long committed = 0;
    long reads = 0;
    long confs = 0;
    long snapshots = 0;
    for (long seed = from; seed <= to; seed++) {
      Run run = new Run(seed);
      try {
        run.storm();
        run.heal();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed "
                + seed
                + " (run again: -Dtest=RandomRunsTest -Dquorate.seed="
                + seed
                + ") after "
                + run.events
                + " events: "
                + e.getMessage(),
            e);
      }
      committed += run.checks.applied.size();
      reads += run.readsAnswered;
      confs += run.confsApplied();
      snapshots += run.snapshotsInstalled;
    }
    if (one == null) {
      // A run in which nothing happens shows nothing.
      long runs = to - from + 1;
      assertThat(committed).isGreaterThan(50 * runs);
      assertThat(reads).isGreaterThan(10 * runs);
      assertThat(confs).isGreaterThan(2 * runs);
      assertThat(snapshots).isGreaterThan(runs);
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    List<String> first = trace(3);
    assertThat(first).hasSizeGreaterThan(10).isEqualTo(trace(3));
    assertThat(first).isNotEqualTo(trace(5));
  }

  private static List<String> trace(long seed) {
    Run run = new Run(seed);
    run.storm();
    return run.checks.applied.stream()
        .map(e -> e.position() + new String(e.data(), StandardCharsets.ISO_8859_1))
        .toList();
  }

  private static final class Run {
    final SafetyChecks checks = new SafetyChecks();
    final TreeMap<Long, TestMember> members = new TreeMap<>();
    final ArrayList<Envelope> network = new ArrayList<>();
    final TreeSet<Long> cut = new TreeSet<>();
    // By member and context: how much was applied anywhere when it was asked.
    final TreeMap<Long, TreeMap<Long, Integer>> asked = new TreeMap<>();
    final Jitter chance;
    final ConfState initial =
        new ConfState(List.of(1L, 2L, 3L), List.of(), List.of(), List.of(), false);
    int events;
    long proposals;
    long contexts;
    long readsAnswered;
    long snapshotsInstalled;
    boolean calm;
    // Each run has weather of its own: what happens all the time hides what happens after it.
    final int ticks;
    final int faults;
    final int disorder;

    Run(long seed) {
      chance = new Jitter(seed);
      boolean preVote = chance.below(4) > 0;
      boolean checkQuorum = chance.below(4) > 0;
      int inflight = 1 + chance.below(4);
      int electionTicks = 3 + chance.below(8);
      ticks = 20 + chance.below(100);
      faults = chance.below(4);
      disorder = chance.below(3);
      for (long id = 1; id <= 5; id++) {
        RaftConfig config =
            new RaftConfig(id, electionTicks, 1, 150, inflight, 300, 2_000, preVote, checkQuorum);
        TestMember member = new TestMember(config, initial, this::send);
        members.put(id, member);
        asked.put(id, new TreeMap<>());
        member.start(chance.next());
      }
    }

    long confsApplied() {
      return checks.applied.stream().filter(e -> e.kind() == Entry.Kind.CONF_CHANGE).count();
    }

    private void send(Envelope envelope) {
      network.add(envelope);
      if (network.size() > 300) {
        lose(network.remove(0));
      }
    }

    void storm() {
      beginWithALeader();
      for (events = 0; events < EVENTS; events++) {
        TestMember member = pick();
        if (!member.isUp()) {
          if (chance.below(10) == 0) {
            member.start(chance.next());
            end(member);
          }
          continue;
        }
        event(member, chance.below(1000));
        end(member);
      }
    }

    /** Waiting for the first election would be most of the run. */
    private void beginWithALeader() {
      TestMember first = pick();
      for (int i = 0; i < 20; i++) {
        first.raft().tick();
      }
      for (int i = 0; i < 6; i++) {
        exchange();
      }
    }

    private TestMember pick() {
      List<TestMember> all = List.copyOf(members.values());
      return all.get(chance.below(all.size()));
    }

    private void event(TestMember member, int dice) {
      Raft raft = member.raft();
      if (dice < ticks) {
        raft.tick();
      } else if (dice < 600) {
        for (int i = chance.below(5); i >= 0; i--) {
          deliverAny(chance.below(disorder == 0 ? 500 : 60));
        }
      } else if (dice < 800) {
        member.persistOne();
      } else if (dice < 890) {
        propose(member);
      } else if (dice < 930) {
        read(member);
      } else if (dice < 942) {
        changeConf(member);
      } else if (dice < 950) {
        member.checkpoint();
        member.compact(raft.status().applied() - chance.below(5));
      } else if (dice < 960) {
        member.checkpoint();
      } else if (dice < 965) {
        member.reportApplied = !member.reportApplied;
      } else if (dice >= 1000 - 8 * faults) {
        fault(member, dice % 8);
      }
    }

    private void fault(TestMember member, int dice) {
      switch (dice) {
        case 0, 1 -> crash(member);
        case 2 -> member.raft().transferLeader(pick().id());
        case 3 -> member.raft().peerLost(pick().id());
        case 4 -> member.raft().unreachable(pick().id());
        case 5 -> cut.add(member.id());
        default -> cut.clear();
      }
    }

    /** The turn ends: mostly at once, sometimes several events share one. */
    private void end(TestMember member) {
      if (!calm && member.isUp() && chance.below(4) == 0) {
        member.raft().validate();
        return;
      }
      Ready ready = member.isUp() ? member.turn() : null;
      if (ready != null) {
        snapshotsInstalled += ready.snapshot() != null ? 1 : 0;
        ready.reads().forEach(read -> answered(member, read));
      }
      checks.after(member, ready);
    }

    private void deliverAny(int dice) {
      if (network.isEmpty()) {
        return;
      }
      // Mostly in order, so that something gets done.
      int at = chance.below(6) < disorder ? chance.below(network.size()) : 0;
      Envelope envelope = dice == 0 ? network.get(at) : network.remove(at);
      if (dice == 1) {
        lose(envelope);
      } else {
        deliver(envelope);
      }
    }

    private void deliver(Envelope envelope) {
      Message message = envelope.message();
      TestMember to = members.get(message.to());
      if (to == null || !to.isUp() || cut.contains(message.to()) != cut.contains(message.from())) {
        lose(envelope);
        return;
      }
      to.receive(envelope);
      end(to);
      report(message, true);
    }

    private void lose(Envelope envelope) {
      report(envelope.message(), false);
    }

    private void report(Message message, boolean arrived) {
      TestMember from = members.get(message.from());
      if (message instanceof InstallSnapshot && from != null && from.isUp()) {
        from.raft().snapshotSent(message.to(), arrived);
      }
    }

    private void propose(TestMember member) {
      TestMember at = leaderOr(member);
      String data = "p" + ++proposals + "-".repeat(chance.below(100));
      at.raft().propose(data.getBytes(StandardCharsets.UTF_8));
      end(at);
    }

    private TestMember leaderOr(TestMember member) {
      TestMember leader = members.get(member.raft().leader());
      return leader != null && leader.isUp() ? leader : member;
    }

    private void read(TestMember member) {
      long context = ++contexts;
      asked(member).put(context, checks.applied.size());
      member.raft().readIndex(context);
    }

    private TreeMap<Long, Integer> asked(TestMember member) {
      return asked.computeIfAbsent(member.id(), id -> new TreeMap<>());
    }

    private void answered(TestMember member, Ready.ReadState read) {
      Integer floor = asked(member).remove(read.context());
      SafetyChecks.require(floor != null, "an answer to nothing: " + read);
      if (read.index() >= 0 && floor != null) {
        readsAnswered++;
        SafetyChecks.require(
            read.index() >= floor,
            member.id() + " reads at " + read.index() + " what was at " + floor + " when asked");
      }
    }

    private void changeConf(TestMember member) {
      List<Step> steps = new ArrayList<>();
      int count = chance.below(4);
      for (int i = 0; i < count; i++) {
        steps.add(new Step(StepKind.values()[chance.below(3)], 1 + chance.below(5)));
      }
      Transition transition = Transition.values()[chance.below(3)];
      byte[] context =
          chance.below(5) == 0 ? TestMember.REFUSED_BY_STATE_MACHINE : new byte[chance.below(3)];
      TestMember at = leaderOr(member);
      at.raft().proposeConfChange(new ConfChange(transition, steps, context));
      end(at);
    }

    private void crash(TestMember member) {
      long down = members.values().stream().filter(m -> !m.isUp()).count();
      if (down < 2) {
        member.crash(chance.below(3));
        asked(member).clear();
      }
    }

    // --- healing ---

    private ConfState settledConf() {
      ConfState conf = initial;
      for (Entry entry : checks.applied) {
        if (entry.kind() == Entry.Kind.CONF_CHANGE) {
          ConfChange change = TestMember.decided(entry);
          conf = change == null ? conf : Membership.apply(conf, change);
        }
      }
      return conf;
    }

    private static boolean isMember(ConfState conf, long id) {
      return conf.voters().contains(id)
          || conf.votersOutgoing().contains(id)
          || conf.learners().contains(id);
    }

    void heal() {
      calm = true;
      cut.clear();
      for (TestMember member : members.values()) {
        member.reportApplied = true;
      }
      int round = 0;
      for (; round < 1_000 && !(round > 100 && isConverged()); round++) {
        onlyMembersAreUp();
        members.values().stream().filter(TestMember::isUp).forEach(m -> m.raft().tick());
        for (int i = 0; i < 20; i++) {
          exchange();
        }
        if (round % 50 == 40) {
          members.values().stream().filter(TestMember::leads).forEach(this::propose);
        }
      }
      SafetyChecks.require(isConverged(), "not converged: " + status());
      long context = ++contexts;
      TestMember leader = leader();
      SafetyChecks.require(leader != null, "no leader");
      if (leader != null) {
        asked(leader).put(context, checks.applied.size());
        leader.raft().readIndex(context);
        exchange();
        exchange();
        exchange();
        SafetyChecks.require(!asked(leader).containsKey(context), "a read is not answered");
      }
      checks.atTheEnd(members.values());
    }

    /** Those removed are shut down, as their operators would. */
    private void onlyMembersAreUp() {
      ConfState conf = settledConf();
      for (TestMember member : members.values()) {
        if (member.isUp() && !isMember(conf, member.id())) {
          member.crash(0);
          asked(member).clear();
        } else if (!member.isUp() && isMember(conf, member.id())) {
          member.start(chance.next());
        }
      }
    }

    private void exchange() {
      for (TestMember member : members.values()) {
        if (member.isUp()) {
          end(member);
          while (member.persistOne()) {
            end(member);
          }
          end(member);
        }
      }
      List<Envelope> batch = List.copyOf(network);
      network.clear();
      batch.forEach(this::deliver);
    }

    private @Nullable TestMember leader() {
      return members.values().stream().filter(TestMember::leads).findFirst().orElse(null);
    }

    private boolean isConverged() {
      TestMember leader = leader();
      if (leader == null) {
        return false;
      }
      ConfState conf = settledConf();
      RaftStatus status = leader.raft().status();
      boolean allApplied =
          members.values().stream()
              .filter(m -> isMember(conf, m.id()))
              .allMatch(m -> m.isUp() && m.state.size() == checks.applied.size());
      return allApplied
          && status.commit() == status.last().index()
          && checks.applied.get(checks.applied.size() - 1).term() == status.term();
    }

    private String status() {
      StringBuilder text = new StringBuilder(settledConf().toString());
      members
          .values()
          .forEach(
              m -> text.append("\n  ").append(m.isUp() ? m.raft().status() : m.id() + " down"));
      return text.toString();
    }
  }
}
