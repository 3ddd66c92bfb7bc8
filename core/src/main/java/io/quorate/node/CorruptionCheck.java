package io.quorate.node;

import io.quorate.codec.PeerMessage;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.log.LoggerSource;
import io.quorate.mvcc.KvStore.KvHash;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares hashes of the members' stores. The leader does so from time to time, of what compactions
 * have kept and of all there is; what a majority has is right, and the alarm CORRUPT is raised for
 * each of the others. If no majority has the same, it is raised for member 0, as in etcd: somebody
 * is wrong, and nobody knows who. A member can also compare itself with the others before it
 * serves.
 *
 * <p>Hashes can be compared if they are of the same revision, after the same compaction. Members
 * that do not answer in time, or whose hashes cannot be compared, are left out. Node loop only.
 */
final class CorruptionCheck {
  private static final System.Logger LOG = LoggerSource.loggerOf(CorruptionCheck.class);

  /** A hash of all there is may take that long. */
  private static final int LONGEST_ROUND_MILLIS = 60_000;

  /** Hashes that other members have asked for. */
  private static final int MOST_ANSWERED_AT_ONCE = 4;

  /** What this needs of the node. */
  interface Host {
    /** A hash of this member's store; see {@link QuorateNode#hash}. */
    void hash(long revision, Callback<KvHash> callback);

    /** Of the newest compactions, oldest first. */
    List<KvHash> compactionHashes();

    /** Raises CORRUPT for a member, unless it is in force. */
    void raiseCorrupt(long member);
  }

  /** One question to all members. */
  private static final class Round {
    final long context;
    final KvHash own;
    final long deadlineTick;
    final Set<Long> unanswered = new HashSet<>();

    /** Those of them to whom the question could not be sent yet. */
    final TreeSet<Long> unsent = new TreeSet<>();

    final TreeMap<Integer, TreeSet<Long>> membersByHash = new TreeMap<>(Integer::compareUnsigned);
    int compared;
    final Consumer<Round> done;

    Round(long context, KvHash own, long deadlineTick, Consumer<Round> done) {
      this.context = context;
      this.own = own;
      this.deadlineTick = deadlineTick;
      this.done = done;
    }

    void add(long member, int hash) {
      membersByHash.computeIfAbsent(hash, h -> new TreeSet<>()).add(member);
      compared++;
    }
  }

  private final NodeConfig config;
  private final long self;
  private final Membership cluster;
  private final Outbox outbox;
  private final Executor loop;
  private final Host host;
  private final Map<Long, Round> rounds = new TreeMap<>();
  private final List<Callback<Boolean>> initial = new ArrayList<>();
  private long nextContext;
  private int answering;
  private long nowTick;
  private long nextPeriodicTick;
  private long nextCompactTick;
  private long latestChecked;
  private boolean leads;
  private boolean stopped;

  CorruptionCheck(NodeConfig config, Membership cluster, Outbox outbox, Executor loop, Host host) {
    this.config = config;
    this.self = config.raft().id();
    this.cluster = cluster;
    this.outbox = outbox;
    this.loop = loop;
    this.host = host;
    nextContext = config.incarnation();
  }

  // ---- questions of other members

  void onAsk(long from, PeerMessage.HashAsk ask) {
    if (answering >= MOST_ANSWERED_AT_ONCE) {
      refuse(from, ask.context(), EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    answering++;
    onLoop(
        ask.revision(),
        hash -> {
          answering--;
          outbox.sendNow(
              from,
              new PeerMessage.HashAnswer(
                  ask.context(), hash.hash(), hash.compactRevision(), hash.hashRevision(), null));
        },
        error -> {
          answering--;
          refuse(from, ask.context(), error);
        });
  }

  private void refuse(long from, long context, EtcdError error) {
    outbox.sendNow(from, new PeerMessage.HashAnswer(context, 0, 0, 0, error.name()));
  }

  private void onLoop(long revision, Consumer<KvHash> hashed, Consumer<EtcdError> failed) {
    host.hash(
        revision,
        new Callback<>() {
          @Override
          public void complete(KvHash hash) {
            run(() -> hashed.accept(hash));
          }

          @Override
          public void fail(EtcdError error) {
            run(() -> failed.accept(error));
          }

          private void run(Runnable task) {
            loop.execute(
                () -> {
                  if (!stopped) {
                    task.run();
                  }
                });
          }
        });
  }

  // ---- rounds

  private void begin(KvHash own, int mostMillis, Consumer<Round> done) {
    Round round = new Round(nextContext++, own, nowTick + config.ticks(mostMillis), done);
    round.add(self, own.hash());
    rounds.put(round.context, round);
    for (Member member : cluster.members().members()) {
      if (member.id() != self) {
        round.unanswered.add(member.id());
        outbox.add(member.id(), new PeerMessage.HashAsk(round.context, own.hashRevision()));
      }
    }
    outbox.flush();
    endIfAnswered(round);
  }

  void onAnswer(long from, PeerMessage.HashAnswer answer) {
    Round round = rounds.get(answer.context());
    if (round == null || !round.unanswered.remove(from)) {
      return;
    }
    if (answer.error() == null
        && answer.hashRevision() == round.own.hashRevision()
        && answer.compactRevision() == round.own.compactRevision()) {
      round.add(from, answer.hash());
    }
    endIfAnswered(round);
  }

  /** The question could not be sent, as no connection is open yet. */
  void notSent(long peer, PeerMessage.HashAsk ask) {
    Round round = rounds.get(ask.context());
    if (round != null && round.unanswered.contains(peer)) {
      round.unsent.add(peer);
    }
  }

  private void sendAgain(Round round) {
    TreeSet<Long> again = new TreeSet<>(round.unsent);
    round.unsent.clear();
    for (long peer : again) {
      if (round.unanswered.contains(peer)) {
        outbox.add(peer, new PeerMessage.HashAsk(round.context, round.own.hashRevision()));
      }
    }
  }

  /** No answer will come from there. */
  void peerLost(long peer) {
    for (Round round : List.copyOf(rounds.values())) {
      if (round.unanswered.remove(peer)) {
        endIfAnswered(round);
      }
    }
  }

  private void endIfAnswered(Round round) {
    if (round.unanswered.isEmpty()) {
      end(round);
    }
  }

  private void end(Round round) {
    if (rounds.remove(round.context) != null) {
      round.done.accept(round);
    }
  }

  // ---- what the leader does

  /** Time has passed. */
  void tick(long tick, boolean leading) {
    nowTick = tick;
    for (Round round : List.copyOf(rounds.values())) {
      if (round.deadlineTick <= nowTick) {
        end(round);
      } else {
        sendAgain(round);
      }
    }
    if (leading != leads) {
      leads = leading;
      nextPeriodicTick = nowTick + config.ticks(config.maintenance().corruptCheckMillis());
      nextCompactTick = nowTick + config.ticks(config.maintenance().compactHashCheckMillis());
    }
    if (!leads || cluster.featureLevel() < FeatureLevel.AUTH) {
      return;
    }
    long everyMillis = config.maintenance().corruptCheckMillis();
    if (everyMillis > 0 && nowTick >= nextPeriodicTick) {
      nextPeriodicTick = nowTick + config.ticks(everyMillis);
      compareAll();
    }
    everyMillis = config.maintenance().compactHashCheckMillis();
    if (everyMillis > 0 && nowTick >= nextCompactTick) {
      nextCompactTick = nowTick + config.ticks(everyMillis);
      compareCompactions();
    }
  }

  private void compareAll() {
    onLoop(0, own -> begin(own, LONGEST_ROUND_MILLIS, this::judge), error -> {});
  }

  /** The newest first; older ones only while some members cannot say anything to newer ones. */
  private void compareCompactions() {
    Deque<KvHash> unchecked = new ArrayDeque<>();
    for (KvHash hash : host.compactionHashes()) {
      if (hash.hashRevision() > latestChecked) {
        unchecked.push(hash);
      }
    }
    compareNext(unchecked);
  }

  private void compareNext(Deque<KvHash> unchecked) {
    KvHash next = unchecked.poll();
    if (next == null) {
      return;
    }
    begin(
        next,
        LONGEST_ROUND_MILLIS,
        round -> {
          judge(round);
          if (round.membersByHash.size() > 1
              || round.compared >= cluster.members().members().size()) {
            latestChecked = Math.max(latestChecked, next.hashRevision());
          } else {
            compareNext(unchecked);
          }
        });
  }

  private void judge(Round round) {
    if (round.membersByHash.size() <= 1 || !leads) {
      return;
    }
    int majority = cluster.members().members().size() / 2 + 1;
    Integer right = null;
    for (Map.Entry<Integer, TreeSet<Long>> each : round.membersByHash.entrySet()) {
      if (each.getValue().size() >= majority) {
        right = each.getKey();
      }
    }
    report(round, right);
    if (right == null) {
      host.raiseCorrupt(0);
      return;
    }
    for (Map.Entry<Integer, TreeSet<Long>> each : round.membersByHash.entrySet()) {
      if (!each.getKey().equals(right)) {
        each.getValue().forEach(host::raiseCorrupt);
      }
    }
  }

  private static void report(Round round, @Nullable Integer right) {
    List<String> found = new ArrayList<>();
    round.membersByHash.forEach(
        (hash, members) ->
            found.add(
                Integer.toHexString(hash)
                    + (hash.equals(right) ? " (most)" : "")
                    + " on "
                    + members.stream().map(Long::toHexString).toList()));
    LOG.log(
        System.Logger.Level.ERROR,
        "members differ at revision {0}, compacted at {1}: {2}",
        Long.toString(round.own.hashRevision()),
        Long.toString(round.own.compactRevision()),
        String.join(", ", found));
  }

  // ---- before a member serves

  /** See {@link QuorateNode#compareWithPeers}. */
  void compareWithPeers(Callback<Boolean> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    if (cluster.featureLevel() < FeatureLevel.AUTH) {
      callback.complete(true);
      return;
    }
    initial.add(callback);
    onLoop(
        0,
        own ->
            begin(
                own,
                config.requestTimeoutTicks() * config.tickMillis(),
                round -> answer(callback, round)),
        error -> {
          if (initial.remove(callback)) {
            callback.fail(error);
          }
        });
  }

  private void answer(Callback<Boolean> callback, Round round) {
    if (!initial.remove(callback)) {
      return;
    }
    if (round.membersByHash.size() > 1) {
      report(round, null);
      callback.fail(EtcdError.CORRUPT);
    } else {
      callback.complete(true);
    }
  }

  /** Whoever waits gets STOPPED. */
  void stop() {
    stopped = true;
    rounds.clear();
    initial.forEach(callback -> callback.fail(EtcdError.STOPPED));
    initial.clear();
  }
}
