package io.quorate.sim.bugs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Would the simulation notice? Each mistake is planted by itself; the table that is printed says
 * after how many seeds it was found, and by what.
 *
 * <p>Every build looks for a few seconds at each, and most must be found by then. With {@code
 * -Dquorate.sim.bugs.seeds=4000} all must be; it takes some minutes. {@code
 * -Dquorate.sim.bugs=text} takes those whose name contains the text.
 */
class PlantedBugsTest {
  private static final @Nullable Integer ALL_WITHIN_SEEDS =
      Integer.getInteger("quorate.sim.bugs.seeds");

  private static final int SEEDS = ALL_WITHIN_SEEDS == null ? 50 : ALL_WITHIN_SEEDS;
  private static final int FOUND_SOON = 20;

  private static final List<PlantedBug> BUGS =
      List.of(
          new PlantedBug(
              "a vote leaves before it is on the disk (paper 5.1)",
              "raft/Elections.java",
              "    s.afterPersist.add(response(m, s.term, granted));",
              "    s.now.add(response(m, s.term, granted));"),
          new PlantedBug(
              "a vote without a look at the log (paper 5.4.1)",
              "raft/Elections.java",
              "(free || later) && log >= 0",
              "(free || later)"),
          new PlantedBug(
              "votes twice in a term (paper 5.2)",
              "raft/Elections.java",
              "boolean free = s.vote == m.from() || (s.vote == 0 && s.leader == 0);",
              "boolean free = true;"),
          new PlantedBug(
              "entries are acknowledged before they are on the disk (paper 5.1)",
              "raft/Replication.java",
              "List<Message> out = s.afterPersist;",
              "List<Message> out = s.now;"),
          new PlantedBug(
              "a leader counts its own copy early (thesis 10.2.1)",
              "raft/Replication.java",
              "return s.log.persisted();",
              "return s.log.lastIndex();"),
          new PlantedBug(
              "an entry of an older term is committed by counting (paper 5.4.2)",
              "raft/Replication.java",
              "index > s.log.committed() && s.log.termAt(index) == s.term",
              "index > s.log.committed()"),
          new PlantedBug(
              "a heartbeat commits what the follower may not have (etcd raft 2014)",
              "raft/Replication.java",
              "long commit = Math.min(follower.match(), s.log.effective());",
              "long commit = s.log.effective();"),
          new PlantedBug(
              "the end of a log is dropped though it agrees (paper 5.3)",
              "raft/RaftLog.java",
              "if (termAt(entry.index()) != entry.term()) {",
              "if (entry.index() > committed) {"),
          new PlantedBug(
              "a write vouches for what has been replaced",
              "raft/RaftLog.java",
              "      write.last = Math.min(write.last, last);\n",
              ""),
          new PlantedBug(
              "what is not on the disk here is applied (etcd #14370)",
              "raft/RaftLog.java",
              "return Math.min(effective(), persisted);",
              "return effective();"),
          new PlantedBug(
              "a read index without a round of heartbeats (thesis 6.4)",
              "raft/Reads.java",
              "if (s.quorum().isJust(s.id())) {",
              "if (true) {"),
          new PlantedBug(
              "a read index before anything of the term is committed (paper 8)",
              "raft/Reads.java",
              "          && s.committedInTerm();",
              "          && true;"),
          new PlantedBug(
              "a heartbeat of an earlier round confirms a read (etcd raft #397)",
              "raft/Reads.java",
              "follower.confirmedRead(round);",
              "follower.confirmedRead(roundNumber);"),
          new PlantedBug(
              "a candidate has not applied a committed change of members (etcd raft #12136)",
              "raft/Elections.java",
              "!raft.confChanges.hasUnapplied()",
              "true"),
          new PlantedBug(
              "a read is answered before this member has applied so far",
              "node/ReadIndexes.java",
              "head.index <= applied",
              "head.index <= applied + 1"),
          new PlantedBug(
              "a renewal is answered without asking whether one still leads (etcd #15247)",
              "node/LeaseCalls.java",
              "      answerWhenConfirmed(calls);\n",
              "      calls.forEach(this::answer);\n"),
          new PlantedBug(
              "a lease is renewed while its end is under way (etcd PR #17425)",
              "node/LeaseClock.java",
              "      lease.expiringSince = nowTick;\n",
              ""),
          new PlantedBug(
              "a new leader counts on where nobody knows (etcd #13508)",
              "node/LeaseClock.java",
              "nowTick + config.ticks(lease.ttlMillis) + config.raft().electionTicks() + 1);",
              "nowTick + 1);"),
          new PlantedBug(
              "a frame that comes twice is taken twice (found here)",
              "node/ReceivedFrames.java",
              "    if (window == null) {",
              "    if (true) {\n      return true;\n    }\n    if (window == null) {"),
          new PlantedBug(
              "the log is cut below what was applied, not what was synced (etcd 3.5.0)",
              "node/ApplyLoop.java",
              "LogPosition synced = store.sync();",
              "LogPosition synced = store.load().applied();"),
          new PlantedBug(
              "a snapshot carries an older state than it says (etcd #18055)",
              "node/ApplyLoop.java",
              "          StateBatch last = flush(null);\n          onWriter(\n              () -> {\n                try {\n                  store.export(file);",
              "          StateBatch last = machine.takeBatch();\n          onWriter(\n              () -> {\n                try {\n                  store.export(file);"),
          new PlantedBug(
              "the applied index is saved ahead of the data (etcd 3.5.0, #13766)",
              "apply/StateMachine.java",
              "    batch = new StateBatch();\n    return taken;",
              "    batch = new StateBatch();\n    if (!taken.records.isEmpty()) {\n      batch.records.add(taken.records.remove(taken.records.size() - 1));\n    }\n    return taken;"),
          new PlantedBug(
              "a promotion is not written down (etcd 3.5.20)",
              "apply/StateMachine.java",
              "    batch.members.put(memberId, Optional.ofNullable(next.member(memberId)));",
              "    if (batch.members.size() >= 0 && next.member(memberId) != null) {\n      return;\n    }\n    batch.members.put(memberId, Optional.empty());"),
          new PlantedBug(
              "the keys of a lease outlive it",
              "apply/StateMachine.java",
              "    if (!keys.isEmpty()) {\n      write(",
              "    if (keys.size() > 1) {\n      write("),
          new PlantedBug(
              "an expired lease is not forgotten on the disk",
              "apply/StateMachine.java",
              "    batch.leases.put(id, Optional.empty());\n",
              "    batch.leases.remove(id);\n"),
          new PlantedBug(
              "a fencing token fits a key that is gone",
              "apply/KvTxn.java",
              "pair == null ? 0 : pair.createRevision()",
              "pair == null ? compare.number() : pair.createRevision()"),
          new PlantedBug(
              "a renewal is denied before the lease has ended (etcd PR #17425)",
              "node/LeaseCalls.java",
              "    } else if (clock.isExpiring(call.leaseId)) {",
              "    } else if (false) {"),
          new PlantedBug(
              "a watcher loses what came while it caught up (etcd #15271)",
              "watch/WatchHub.java",
              "    boolean whole = keptAll && watcher.next > done.toRevision;\n    if (whole",
              "    boolean whole = keptAll && watcher.next > done.toRevision;\n    watcher.next = Math.max(watcher.next, store.revision() + 1);\n    if (whole"),
          new PlantedBug(
              "a watcher sees the same again after catching up (etcd #15220)",
              "watch/WatchHub.java",
              "    watcher.next = Math.max(watcher.next, done.readTo() + 1);",
              "    watcher.next = Math.max(watcher.next, done.readTo());"),
          new PlantedBug(
              "a live event reaches who waits for a later one (etcd #17247)",
              "watch/WatchHub.java",
              "    if (revision < watcher.next) {\n      return;\n    }\n    if (watcher.stream",
              "    if (watcher.stream"),
          new PlantedBug(
              "a slow watcher loses the event it had no room for (etcd #17529)",
              "watch/WatchHub.java",
              "      watcher.next = revision;\n      park(watcher);",
              "      watcher.next = revision + 1;\n      park(watcher);"),
          new PlantedBug(
              "a snapshot takes from the watchers what was in it (etcd #19179)",
              "watch/WatchHub.java",
              "          watcher.next = Math.max(watcher.next, before + 1);",
              "          watcher.next = Math.max(watcher.next, newStore.revision() + 1);"),
          new PlantedBug(
              "progress is told before the events it covers (etcd #15220)",
              "watch/WatchHub.java",
              "return watcher.phase == Phase.SYNCED && watcher.startRevision <= published;",
              "return watcher.startRevision <= published;"));

  private final Path directory;

  PlantedBugsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void planted_bugs_are_found() throws ReflectiveOperationException {
    String only = System.getProperty("quorate.sim.bugs", "");
    List<String> missed = new ArrayList<>();
    int number = 0;
    for (PlantedBug bug : BUGS) {
      number++;
      if (!bug.name().contains(only)) {
        continue;
      }
      Method run =
          bug.plant()
              .loadClass("io.quorate.sim.SimulationRun")
              .getMethod("run", long.class, String.class);
      String found = null;
      long seed = 0;
      while (found == null && seed++ < SEEDS) {
        Path own = directory.resolve(number + "-" + seed);
        found = (@Nullable String) run.invoke(null, seed, own.toString());
      }
      if (found == null) {
        missed.add(bug.name());
      }
      System.out.printf(
          "%-80s %s%n", bug.name(), found == null ? "NOT FOUND" : seed + " seeds: " + found);
    }
    assertThat(missed)
        .as("not found within %d seeds", SEEDS)
        .hasSizeLessThanOrEqualTo(ALL_WITHIN_SEEDS == null ? BUGS.size() - FOUND_SOON : 0);
  }
}
