package io.quorate.raft;

import io.quorate.raft.ConfChange.Step;
import io.quorate.raft.ConfChange.StepKind;
import io.quorate.raft.ConfChange.Transition;
import io.quorate.raft.Message.AppendRequest;
import io.quorate.raft.Message.AppendResponse;
import io.quorate.raft.Message.Heartbeat;
import io.quorate.raft.Message.HeartbeatResponse;
import io.quorate.raft.Message.InstallSnapshot;
import io.quorate.raft.Message.ReadIndexRequest;
import io.quorate.raft.Message.ReadIndexResponse;
import io.quorate.raft.Message.VoteRequest;
import io.quorate.raft.Message.VoteResponse;
import io.quorate.raft.RaftStatus.Role;
import io.quorate.raft.TestMember.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A cluster that is told step by step what happens, and writes down what comes of it. After each
 * command every member's turn ends and, unless paused, its writes become durable; messages wait
 * until they are delivered.
 */
final class Scenario {
  private final TreeMap<Long, TestMember> members = new TreeMap<>();
  private final TreeMap<Long, String> roles = new TreeMap<>();
  private final ArrayList<Envelope> network = new ArrayList<>();
  private final TreeSet<Long> cut = new TreeSet<>();
  private final TreeSet<Long> paused = new TreeSet<>();
  private final SafetyChecks checks = new SafetyChecks();
  private final ArrayList<String> out = new ArrayList<>();
  private long contexts;
  private long starts;

  List<String> run(String line) {
    out.clear();
    List<String> words = new ArrayList<>(Arrays.asList(line.split(" ")));
    String command = words.remove(0);
    boolean quiet = command.startsWith("-");
    execute(quiet ? command.substring(1) : command, words);
    endTurns();
    List<String> said = quiet ? List.of() : List.copyOf(out);
    out.clear();
    return said;
  }

  private void execute(String command, List<String> words) {
    switch (command) {
      // nodes N [learner=ID] [outside=ID] [prevote=false] [checkquorum=false] [append=BYTES]
      // [window=MESSAGES] [uncommitted=BYTES]: N voters, and members beside them
      case "nodes" -> nodes(words);
      // campaign ID: its election timeout passes, and nobody else's
      case "campaign" -> campaign(member(words.get(0)));
      // forget ID...: so long do they hear no leader that they may vote, but do not campaign yet
      case "forget" -> words.forEach(id -> forget(member(id)));
      // elect ID: no leader is heard, it campaigns and all is delivered
      case "elect" -> {
        members.values().stream().filter(m -> m.isUp() && !m.leads()).forEach(this::forget);
        campaign(member(words.get(0)));
        stabilize();
        out.clear();
        members.values().stream().filter(TestMember::isUp).forEach(this::noteRole);
        out.add(words.get(0) + " leads: " + member(words.get(0)).leads());
      }
      // tick ID [COUNT]
      case "tick" -> {
        for (int i = words.size() > 1 ? Integer.parseInt(words.get(1)) : 1; i > 0; i--) {
          member(words.get(0)).raft().tick();
          endTurns();
        }
      }
      // propose ID DATA...: in one turn
      case "propose" -> {
        TestMember at = member(words.remove(0));
        words.forEach(
            data -> offered(at, at.raft().propose(data.getBytes(StandardCharsets.UTF_8))));
      }
      // conf ID [v4] [l5] [r3] [joint|explicit] [refused]: vote, learn, remove; no step: leave
      case "conf" -> conf(member(words.remove(0)), words);
      // deliver TO [FROM]: what is on its way now, not what comes of it
      case "deliver" -> takeFor(words).forEach(this::deliver);
      // drop TO [FROM]
      case "drop" -> takeFor(words).forEach(e -> out.add("  dropped " + describe(e.message())));
      // stabilize: deliver until nothing is on its way
      case "stabilize" -> stabilize();
      // cut ID...: they reach each other, but nobody else; heal ends it
      case "cut" -> words.forEach(id -> cut.add(Long.parseLong(id)));
      case "heal" -> cut.clear();
      // read ID
      case "read" -> {
        out.add(words.get(0) + " asks read " + ++contexts);
        member(words.get(0)).raft().readIndex(contexts);
      }
      // transfer ID TO
      case "transfer" -> member(words.get(0)).raft().transferLeader(Long.parseLong(words.get(1)));
      // lost ID PEER...: the connection from ID to PEER broke
      case "lost" -> member(words.get(0)).raft().peerLost(Long.parseLong(words.get(1)));
      case "unreachable" -> member(words.get(0)).raft().unreachable(Long.parseLong(words.get(1)));
      // pause ID: its disk does not answer; resume: it does again
      case "pause" -> paused.add(Long.parseLong(words.get(0)));
      case "resume" -> paused.remove(Long.parseLong(words.get(0)));
      // persist ID: one write becomes durable
      case "persist" -> member(words.get(0)).persistOne();
      // crash ID...: memory and unfinished writes are lost
      case "crash" -> words.forEach(id -> member(id).crash(0));
      case "start" -> words.forEach(id -> start(member(id)));
      // compact ID INDEX: checkpoint the state and forget the log up to there
      case "compact" -> {
        member(words.get(0)).checkpoint();
        member(words.get(0)).compact(Long.parseLong(words.get(1)));
      }
      // status [ID...]
      case "status" ->
          members.values().stream()
              .filter(m -> words.isEmpty() || words.contains(Long.toString(m.id())))
              .forEach(this::status);
      // log ID
      case "log" -> {
        TestMember m = member(words.get(0));
        out.add(m.id() + " log: " + describe(m.memoryStart) + " |" + describe(m.memoryLog));
      }
      default -> throw new IllegalArgumentException("unknown command " + command);
    }
  }

  private TestMember member(String id) {
    TestMember member = members.get(Long.parseLong(id));
    if (member == null) {
      throw new IllegalArgumentException("no member " + id);
    }
    return member;
  }

  private void nodes(List<String> words) {
    int voters = Integer.parseInt(words.remove(0));
    TreeMap<String, String> options = new TreeMap<>();
    words.forEach(word -> options.put(word.split("=")[0], word.split("=")[1]));
    List<Long> ids = new ArrayList<>();
    List<Long> voting = new ArrayList<>();
    List<Long> learners = new ArrayList<>();
    for (long id = 1; id <= voters; id++) {
      ids.add(id);
      voting.add(id);
    }
    if (options.containsKey("learner")) {
      learners.add(Long.parseLong(options.getOrDefault("learner", "")));
      ids.addAll(learners);
    }
    if (options.containsKey("outside")) {
      ids.add(Long.parseLong(options.getOrDefault("outside", "")));
    }
    for (long id : ids) {
      RaftConfig config =
          new RaftConfig(
              id,
              10,
              1,
              Long.parseLong(options.getOrDefault("append", "1000")),
              Integer.parseInt(options.getOrDefault("window", "8")),
              Long.parseLong(options.getOrDefault("bytes", "100000")),
              Long.parseLong(options.getOrDefault("uncommitted", "100000")),
              Boolean.parseBoolean(options.getOrDefault("prevote", "true")),
              Boolean.parseBoolean(options.getOrDefault("checkquorum", "true")));
      ConfState conf = new ConfState(voting, List.of(), learners, List.of(), false);
      TestMember member = new TestMember(config, conf, this::send);
      members.put(id, member);
      start(member);
    }
  }

  private void start(TestMember member) {
    member.start(1000 * member.id() + ++starts);
    roles.put(member.id(), role(member));
  }

  private void forget(TestMember member) {
    for (int i = 0; i < member.config.electionTicks(); i++) {
      member.raft().tick();
    }
  }

  private void campaign(TestMember member) {
    RaftStatus before = member.raft().status();
    for (int i = 0; i < 40; i++) {
      member.raft().tick();
      endTurns();
      RaftStatus now = member.raft().status();
      if (now.role() != before.role() && now.role() != Role.FOLLOWER
          || now.term() > before.term()) {
        return;
      }
    }
    out.add(member.id() + " does not campaign");
  }

  private void conf(TestMember member, List<String> words) {
    Transition transition = Transition.AUTO;
    byte[] context = new byte[0];
    List<Step> steps = new ArrayList<>();
    for (String word : words) {
      switch (word) {
        case "joint" -> transition = Transition.JOINT_IMPLICIT;
        case "explicit" -> transition = Transition.JOINT_EXPLICIT;
        case "refused" -> context = TestMember.REFUSED_BY_STATE_MACHINE;
        default -> {
          StepKind kind =
              switch (word.charAt(0)) {
                case 'v' -> StepKind.ADD_VOTER;
                case 'l' -> StepKind.ADD_LEARNER;
                case 'r' -> StepKind.REMOVE;
                default -> throw new IllegalArgumentException("unknown step " + word);
              };
          steps.add(new Step(kind, Long.parseLong(word.substring(1))));
        }
      }
    }
    offered(member, member.raft().proposeConfChange(new ConfChange(transition, steps, context)));
  }

  private void offered(TestMember member, Raft.Offer offer) {
    if (offer.refusal() != null) {
      out.add(member.id() + " refuses: " + offer.refusal());
    }
  }

  private List<Envelope> takeFor(List<String> words) {
    long to = Long.parseLong(words.get(0));
    long from = words.size() > 1 ? Long.parseLong(words.get(1)) : 0;
    List<Envelope> taken =
        network.stream()
            .filter(e -> e.message().to() == to && (from == 0 || e.message().from() == from))
            .toList();
    network.removeAll(taken);
    return taken;
  }

  private void deliver(Envelope envelope) {
    Message message = envelope.message();
    TestMember to = members.get(message.to());
    boolean lost = cut.contains(message.from()) != cut.contains(message.to());
    boolean arrives = !lost && to != null && to.isUp();
    if (arrives && to != null) {
      to.receive(envelope);
    } else {
      out.add("  lost " + describe(message));
    }
    TestMember from = members.get(message.from());
    if (message instanceof InstallSnapshot && from != null && from.isUp()) {
      from.raft().snapshotSent(message.to(), arrives);
    }
  }

  private void stabilize() {
    endTurns();
    for (int i = 0; i < 100 && !network.isEmpty(); i++) {
      List<Envelope> batch = List.copyOf(network);
      network.clear();
      batch.forEach(this::deliver);
      endTurns();
    }
    if (!network.isEmpty()) {
      throw new IllegalStateException("no end of messages");
    }
  }

  private void endTurns() {
    for (TestMember member : members.values()) {
      boolean more = member.isUp();
      while (more) {
        endTurn(member);
        more = !paused.contains(member.id()) && member.persistOne();
        more |= member.raft().hasReady();
      }
    }
  }

  private void endTurn(TestMember member) {
    Ready ready = member.turn();
    checks.after(member, ready);
    noteRole(member);
    if (ready != null) {
      if (ready.write() != 0 && ready.mustSync()) {
        note(member, ready);
      }
      ready
          .committed()
          .forEach(e -> out.add(member.id() + " applies " + describe(List.of(e)).trim()));
      ready
          .reads()
          .forEach(
              r ->
                  out.add(
                      member.id()
                          + " read "
                          + r.context()
                          + (r.index() < 0 ? " given up" : " at " + r.index())));
    }
  }

  private void send(Envelope envelope) {
    network.add(envelope);
    out.add("  " + describe(envelope.message()));
  }

  private void note(TestMember member, Ready ready) {
    StringBuilder text = new StringBuilder(member.id() + " writes");
    HardState hard = ready.hardState();
    if (hard != null) {
      text.append(" term=").append(hard.term()).append(" vote=").append(hard.vote());
    }
    SnapshotMeta snapshot = ready.snapshot();
    if (snapshot != null) {
      text.append(" snapshot ").append(describe(snapshot.position()));
    }
    out.add(text + describe(ready.entries()));
  }

  private static String role(TestMember member) {
    RaftStatus status = member.raft().status();
    return status.role() + " term=" + status.term() + " leader=" + status.leader();
  }

  private void noteRole(TestMember member) {
    String now = role(member);
    @Nullable String before = roles.put(member.id(), now);
    if (!now.equals(before)) {
      out.add(member.id() + " " + now);
    }
  }

  private void status(TestMember member) {
    if (!member.isUp()) {
      out.add(member.id() + " down");
      return;
    }
    RaftStatus status = member.raft().status();
    out.add(
        member.id()
            + " "
            + role(member)
            + " commit="
            + status.commit()
            + " last="
            + describe(status.last())
            + " persisted="
            + status.persisted()
            + " "
            + describe(status.conf()));
    for (RaftStatus.Follower f : status.followers()) {
      out.add(
          "    "
              + f.id()
              + (f.learner() ? " learner " : " ")
              + f.feeding()
              + " match="
              + f.match()
              + " next="
              + f.next());
    }
  }

  // --- words ---

  private static String describe(LogPosition position) {
    return position.term() + "/" + position.index();
  }

  private static String describe(ConfState conf) {
    return "voters="
        + conf.voters()
        + (conf.isJoint() ? " outgoing=" + conf.votersOutgoing() : "")
        + (conf.learners().isEmpty() ? "" : " learners=" + conf.learners())
        + (conf.learnersNext().isEmpty() ? "" : " next=" + conf.learnersNext());
  }

  private static String describe(List<Entry> entries) {
    return entries.stream().map(Scenario::describe).collect(Collectors.joining());
  }

  private static String describe(Entry entry) {
    String data = new String(entry.data(), StandardCharsets.UTF_8);
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      ConfChange change = ConfChangeCodec.decode(entry.data());
      data =
          change.steps().isEmpty()
              ? "leave"
              : change.steps().stream()
                  .map(s -> s.kind() + ":" + s.memberId())
                  .collect(Collectors.joining("+"));
    }
    return " " + describe(entry.position()) + (data.isEmpty() ? "" : ":" + data);
  }

  private static String describe(Message m) {
    String head = m.from() + " -> " + m.to() + " " + m.getClass().getSimpleName() + " t" + m.term();
    return head
        + switch (m.kind()) {
          case VOTE_REQUEST -> {
            VoteRequest v = (VoteRequest) m;
            yield (v.preVote() ? " pre" : "")
                + (v.transfer() ? " transfer" : "")
                + " last="
                + describe(v.last());
          }
          case VOTE_RESPONSE -> {
            VoteResponse v = (VoteResponse) m;
            yield (v.preVote() ? " pre" : "") + (v.granted() ? " granted" : " refused");
          }
          case APPEND_REQUEST -> {
            AppendRequest a = (AppendRequest) m;
            yield " prev="
                + describe(a.prev())
                + " commit="
                + a.commit()
                + " |"
                + describe(a.entries());
          }
          case APPEND_RESPONSE -> {
            AppendResponse a = (AppendResponse) m;
            yield a.rejected()
                ? " refused " + a.index() + " hint=" + describe(a.hint())
                : " has " + a.index();
          }
          case HEARTBEAT -> {
            Heartbeat h = (Heartbeat) m;
            yield " commit=" + h.commit() + (h.readRound() == 0 ? "" : " round=" + h.readRound());
          }
          case HEARTBEAT_RESPONSE -> {
            long round = ((HeartbeatResponse) m).readRound();
            yield round == 0 ? "" : " round=" + round;
          }
          case INSTALL_SNAPSHOT -> {
            SnapshotMeta meta = ((InstallSnapshot) m).meta();
            yield " " + describe(meta.position()) + " " + describe(meta.conf());
          }
          case TIMEOUT_NOW -> "";
          case READ_INDEX_REQUEST -> " #" + (((ReadIndexRequest) m).context() & 0xFFFF);
          case READ_INDEX_RESPONSE -> {
            ReadIndexResponse r = (ReadIndexResponse) m;
            yield " #" + (r.context() & 0xFFFF) + " at " + r.index();
          }
        };
  }
}
