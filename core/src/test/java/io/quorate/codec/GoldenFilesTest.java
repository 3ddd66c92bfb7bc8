package io.quorate.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.MemberChange;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Proposal;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The formats of today must be readable for ever: known values against known bytes, one a line. A
 * line that changes is a new format version. {@code -Dquorate.golden.rewrite=true} writes the files
 * anew, for lines that are added.
 */
final class GoldenFilesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/codec");
  private static final long ID = 0x8e9e05c52164694dL;
  private static final List<Caller> CALLERS =
      List.of(
          Caller.NOBODY,
          Caller.NODE,
          new Caller.User("ann", 7),
          new Caller.Certificate("näme", -1));
  private static final SnapshotMeta META =
      new SnapshotMeta(
          new LogPosition(3, 1_000),
          new ConfState(List.of(1L, ID), List.of(2L), List.of(3L), List.of(4L), true));

  @Test
  void commandsHaveTheirKnownBytes() throws IOException {
    Map<String, Command> samples = new LinkedHashMap<>();
    KeyRange keys = new KeyRange(Bytes.utf8("a"), Bytes.utf8("b"));
    samples.put("put", Command.Put.of(Bytes.utf8("key"), Bytes.utf8("value")));
    samples.put(
        "put with everything",
        new Command.Put(Bytes.utf8("k"), Bytes.EMPTY, 0x7fffffffffffffffL, true, true, true));
    samples.put(
        "put on a negative lease",
        new Command.Put(Bytes.ZERO, Bytes.utf8("v"), -1, false, false, false));
    samples.put("delete range", new Command.DeleteRange(keys, true));
    for (Command.CompareTarget target : Command.CompareTarget.values()) {
      for (Command.CompareResult result : Command.CompareResult.values()) {
        samples.put(
            "txn comparing " + target + " " + result,
            new Command.Txn(
                List.of(new Command.Compare(keys, result, target, -2, Bytes.utf8("x"))),
                List.of(),
                List.of()));
      }
    }
    for (Command.SortTarget target : Command.SortTarget.values()) {
      for (Command.SortOrder order : Command.SortOrder.values()) {
        samples.put(
            "txn with a range by " + target + " " + order,
            new Command.Txn(
                List.of(),
                List.of(
                    new Command.Range(keys, 10, 20, order, target, true, false, false, 1, 2, 3, 4)),
                List.of()));
      }
    }
    samples.put(
        "txn with ranges of each flag",
        new Command.Txn(
            List.of(),
            List.of(
                range(keys, true, false, false),
                range(keys, false, true, false),
                range(keys, false, false, true)),
            List.of()));
    samples.put(
        "nested txn",
        new Command.Txn(
            List.of(),
            List.of(
                Command.Put.of(Bytes.utf8("p"), Bytes.utf8("1")),
                new Command.Txn(
                    List.of(),
                    List.of(new Command.DeleteRange(KeyRange.all(), false)),
                    List.of(Command.Range.of(KeyRange.prefix(Bytes.utf8("q")))))),
            List.of(new Command.DeleteRange(KeyRange.single(Bytes.utf8("r")), true))));
    samples.put("compact", new Command.Compact(300, true));
    samples.put("compact to -1", new Command.Compact(-1, false));
    samples.put("lease grant", new Command.LeaseGrant(ID, 9_000_000_000L));
    samples.put("lease grant millis", new Command.LeaseGrantMillis(ID, 10));
    samples.put(
        "count",
        new Command.Count(
            Bytes.utf8("slot"),
            7,
            ID,
            List.of(
                new Command.CounterOp(Bytes.utf8("c"), Command.CounterAction.ADD, -1, 0),
                new Command.CounterOp(
                    Bytes.utf8("d"), Command.CounterAction.COMPARE_AND_SET, 1L << 40, 5))));
    samples.put("lease revoke", new Command.LeaseRevoke(-7));
    samples.put("lease expire", new Command.LeaseExpire(List.of(1L, ID)));
    for (Command.AlarmAction action : Command.AlarmAction.values()) {
      for (Command.AlarmType type : Command.AlarmType.values()) {
        samples.put("alarm " + action + " " + type, new Command.Alarm(action, ID, type));
      }
    }
    samples.put(
        "member publish",
        new Command.MemberPublish(ID, "näme", List.of("http://a:2379", "http://b:2379")));
    samples.put("member update", new Command.MemberUpdate(ID, List.of("http://a:2380")));
    samples.put("raise level", new Command.RaiseLevel(2));

    for (AuthChange change : authChanges(keys)) {
      samples.put("auth " + change.getClass().getSimpleName(), new Command.Auth(change));
    }
    samples.put(
        "auth UserAdd without a password",
        new Command.Auth(new AuthChange.UserAdd("ann", Password.NONE)));
    samples.put("login", new Command.Login("ann", Bytes.of(new byte[32]), 7));

    check("commands.txt", samples, CommandCodec::encode, CommandCodec::decode);
    assertAllKindsAmong(samples.values(), Command.class);
    assertAllKindsAmong(authChanges(keys), AuthChange.class);
  }

  private static List<AuthChange> authChanges(KeyRange keys) {
    Password hashed = new Password.Hashed("$2a$10$hash");
    return List.of(
        new AuthChange.Enable(),
        new AuthChange.Disable(),
        new AuthChange.UserAdd("ann", hashed),
        new AuthChange.UserDelete("ann"),
        new AuthChange.UserChangePassword("ann", hashed),
        new AuthChange.UserGrantRole("ann", "näme"),
        new AuthChange.UserRevokeRole("ann", "näme"),
        new AuthChange.RoleAdd("näme"),
        new AuthChange.RoleDelete("näme"),
        new AuthChange.RoleGrantPermission("näme", new Permission(Permission.Type.READWRITE, keys)),
        new AuthChange.RoleRevokePermission("näme", keys));
  }

  @Test
  void batchesHaveTheirKnownBytes() throws IOException {
    byte[] put = CommandCodec.encode(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
    Map<String, CommandCodec.Batch> samples = new LinkedHashMap<>();
    samples.put("empty", new CommandCodec.Batch(1, 0, List.of()));
    samples.put(
        "two",
        new CommandCodec.Batch(
            1,
            1_790_000_000_123L,
            List.of(
                new Proposal(ID, 1, Caller.NOBODY, put),
                new Proposal(2, -1, Caller.NOBODY, new byte[0]))));
    samples.put("empty, with callers", new CommandCodec.Batch(2, 0, List.of()));
    samples.put(
        "one of each caller",
        new CommandCodec.Batch(
            2,
            1_790_000_000_123L,
            CALLERS.stream().map(caller -> new Proposal(ID, 1, caller, put)).toList()));
    check("batches.txt", samples, CommandCodec::encodeBatch, CommandCodec::decodeBatch);
    assertAllKindsAmong(CALLERS, Caller.class);
  }

  @Test
  void changesHaveTheirKnownBytes() throws IOException {
    Map<String, CommandCodec.ProposedChange> samples = new LinkedHashMap<>();
    samples.put(
        "add learner",
        new CommandCodec.ProposedChange(
            1, ID, 5, Caller.NOBODY, new MemberChange.Add(9, List.of("http://c:2380"), true)));
    samples.put(
        "add voter",
        new CommandCodec.ProposedChange(
            1, ID, 6, Caller.NOBODY, new MemberChange.Add(9, List.of(), false)));
    samples.put(
        "remove",
        new CommandCodec.ProposedChange(1, ID, 7, Caller.NOBODY, new MemberChange.Remove(9)));
    samples.put(
        "promote",
        new CommandCodec.ProposedChange(1, ID, 8, Caller.NOBODY, new MemberChange.Promote(9)));
    samples.put(
        "asked for by a user",
        new CommandCodec.ProposedChange(
            2, ID, 9, new Caller.User("root", 3), new MemberChange.Remove(9)));
    check("changes.txt", samples, CommandCodec::encodeChange, CommandCodec::decodeChange);
    assertAllKindsAmong(
        samples.values().stream().map(CommandCodec.ProposedChange::change).toList(),
        MemberChange.class);
  }

  @Test
  void framesHaveTheirKnownBytes() throws IOException {
    LogPosition at = new LogPosition(2, 300);
    List<Message> raft =
        List.of(
            new Message.VoteRequest(1, ID, 3, at, true, false),
            new Message.VoteRequest(1, ID, 3, at, false, true),
            new Message.VoteResponse(1, ID, 3, true, false, new LogPosition(2, 300)),
            new Message.VoteResponse(1, ID, 3, false, true),
            new Message.AppendRequest(
                1,
                ID,
                3,
                at,
                List.of(
                    new Entry(new LogPosition(3, 301), Entry.Kind.NORMAL, new byte[0]),
                    new Entry(new LogPosition(3, 302), Entry.Kind.CONF_CHANGE, new byte[] {7})),
                299),
            new Message.AppendResponse(1, ID, 3, 300, true, at),
            new Message.AppendResponse(1, ID, 3, 302, false, LogPosition.ZERO),
            new Message.Heartbeat(1, ID, 3, 302, 17),
            new Message.HeartbeatResponse(1, ID, 3, 17),
            new Message.InstallSnapshot(1, ID, 3, META),
            new Message.TimeoutNow(1, ID, 3),
            new Message.ReadIndexRequest(1, ID, 3, 18),
            new Message.ReadIndexResponse(1, ID, 3, 18, -1));
    List<PeerMessage> all = new ArrayList<>();
    raft.forEach(message -> all.add(new PeerMessage.OfRaft(message)));
    all.add(
        new PeerMessage.Forward(List.of(new Proposal(ID, 1, Caller.NOBODY, new byte[] {1, 2}))));
    all.add(new PeerMessage.ForwardChange(5, new byte[] {3}));
    all.add(new PeerMessage.ForwardRefused(List.of(5L, -6L), "NOT_LEADER"));
    all.add(new PeerMessage.LeaseAsk(6, PeerMessage.LeaseQuestion.KEEP_ALIVE, Caller.NOBODY, ID));
    all.add(new PeerMessage.LeaseAsk(6, PeerMessage.LeaseQuestion.TIME_TO_LIVE, Caller.NOBODY, ID));
    all.add(new PeerMessage.LeaseAnswer(6, -1, 60, null));
    all.add(new PeerMessage.LeaseAnswer(6, 0, 0, "NOT_LEADER"));
    all.add(new PeerMessage.SnapshotChunk(8, 3, META, 10, 7, 0xcafe, new byte[] {1, 2, 3}));
    all.add(new PeerMessage.SnapshotAck(8, 10, null));
    all.add(new PeerMessage.SnapshotAck(8, 7, "no room"));

    Map<String, PeerFrame> samples = new LinkedHashMap<>();
    samples.put("empty", new PeerFrame(1, ID, 1, 2, 3, 4, List.of()));
    for (PeerMessage message : all) {
      Object named = message instanceof PeerMessage.OfRaft of ? of.message() : message;
      String name = samples.size() + " " + named.getClass().getSimpleName();
      samples.put(name, new PeerFrame(1, ID, 1, 2, 3, 4, List.of(message)));
    }
    samples.put("all together", new PeerFrame(1, ID, 1, 2, -3, 4, all));
    List<PeerMessage> hashes =
        List.of(
            new PeerMessage.HashAsk(9, 300),
            new PeerMessage.HashAnswer(9, -5, -1, 300, null),
            new PeerMessage.HashAnswer(9, 0, 0, 0, "COMPACTED"));
    samples.put("hashes", new PeerFrame(2, ID, 1, 2, 3, 4, hashes));
    samples.put("empty, with callers", new PeerFrame(2, ID, 1, 2, 3, 4, List.of()));
    samples.put(
        "with callers",
        new PeerFrame(
            2,
            ID,
            1,
            2,
            3,
            4,
            List.of(
                new PeerMessage.Forward(
                    List.of(new Proposal(ID, 1, new Caller.User("ann", 7), new byte[] {1, 2}))),
                new PeerMessage.LeaseAsk(
                    6,
                    PeerMessage.LeaseQuestion.TIME_TO_LIVE,
                    new Caller.Certificate("bob", 8),
                    ID))));
    check("frames.txt", samples, PeerCodec::encode, PeerCodec::decode);
    assertAllKindsAmong(raft, Message.class);
    assertAllKindsAmong(Stream.concat(all.stream(), hashes.stream()).toList(), PeerMessage.class);
  }

  private static Command.Range range(
      KeyRange keys, boolean serializable, boolean keysOnly, boolean countOnly) {
    return new Command.Range(
        keys,
        0,
        0,
        Command.SortOrder.NONE,
        Command.SortTarget.KEY,
        serializable,
        keysOnly,
        countOnly,
        0,
        0,
        0,
        0);
  }

  private static <T> void check(
      String file, Map<String, T> samples, Function<T, byte[]> encode, Function<byte[], T> decode)
      throws IOException {
    Map<String, String> encoded = new LinkedHashMap<>();
    samples.forEach(
        (name, sample) -> encoded.put(name, HexFormat.of().formatHex(encode.apply(sample))));
    if (Boolean.getBoolean("quorate.golden.rewrite")) {
      Files.createDirectories(DIRECTORY);
      Files.writeString(
          DIRECTORY.resolve(file),
          encoded.entrySet().stream()
              .map(line -> line.getKey() + ": " + line.getValue() + "\n")
              .collect(Collectors.joining()));
    }
    Map<String, String> known = new LinkedHashMap<>();
    for (String line : Files.readAllLines(DIRECTORY.resolve(file))) {
      int colon = line.lastIndexOf(": ");
      known.put(line.substring(0, colon), line.substring(colon + 2));
    }
    assertThat(encoded).isEqualTo(known);
    known.forEach(
        (name, hex) ->
            assertThat(RecordText.of(decode.apply(HexFormat.of().parseHex(hex))))
                .as(name)
                .isEqualTo(RecordText.of(samples.get(name))));
  }

  private static void assertAllKindsAmong(Iterable<?> samples, Class<?> sealed) {
    List<Class<?>> present = new ArrayList<>();
    samples.forEach(sample -> present.add(sample.getClass()));
    assertThat(present).containsAll(leaves(sealed).toList());
  }

  private static Stream<Class<?>> leaves(Class<?> sealed) {
    return Stream.of(sealed.getPermittedSubclasses()).filter(Class::isRecord);
  }
}
