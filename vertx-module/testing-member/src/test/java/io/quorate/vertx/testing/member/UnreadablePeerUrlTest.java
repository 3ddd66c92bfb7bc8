package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.MemberTable;
import io.quorate.codec.CommandCodec;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.node.Bootstrap;
import io.quorate.node.LogStore;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfChangeCodec;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.store.sqlite.DataDirectory;
import io.quorate.store.sqlite.SqliteLogStore;
import io.quorate.store.sqlite.SqliteStateStore;
import io.quorate.vertx.member.store.MemberStore;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store in which an older release has accepted peer URLs that cannot be connected to. */
class UnreadablePeerUrlTest {
  private static final long SELF = 1;
  private static final long LEARNER = 7;
  private static final String BAD_PORT = "http://127.0.0.1:99999";

  private final Path dataDir;

  UnreadablePeerUrlTest(@TempDir Path directory) {
    this.dataDir = directory.resolve("one");
  }

  /** A learner was added, then the URLs of the member itself were replaced. */
  @BeforeEach
  void acceptedOnce() throws Exception {
    MemberChange add = new MemberChange.Add(LEARNER, List.of(BAD_PORT), true);
    ConfChange change =
        new ConfChange(
            ConfChange.Transition.AUTO,
            List.of(MemberTable.step(add)),
            CommandCodec.encodeChange(
                new CommandCodec.ProposedChange(1, SELF, 1, Caller.NOBODY, add)));
    Command update = new Command.MemberUpdate(SELF, List.of("::::"));
    byte[] batch =
        CommandCodec.encodeBatch(
            new CommandCodec.Batch(
                1, 0, List.of(new Proposal(SELF, 2, Caller.NOBODY, CommandCodec.encode(update)))));
    try (DataDirectory directory = DataDirectory.open(dataDir);
        SqliteLogStore log = new SqliteLogStore(directory)) {
      LogStore.Recovered unused = log.recover();
      try (SqliteStateStore state = SqliteStateStore.open(directory)) {
        LogStore.Existing begun =
            Bootstrap.newCluster(
                log,
                state,
                new LogStore.Identity(9, SELF),
                List.of(new Member(SELF, "one", List.of("http://h:1"), List.of(), false)));
        assertThat(begun.entries()).isEmpty();
      }
      log.write(
          List.of(
              new LogStore.Write(
                  new HardState(1, 0, 3),
                  List.of(
                      new Entry(
                          new LogPosition(1, 2),
                          Entry.Kind.CONF_CHANGE,
                          ConfChangeCodec.encode(change)),
                      new Entry(new LogPosition(1, 3), Entry.Kind.NORMAL, batch)),
                  null)));
    }
  }

  @Test
  void a_member_with_such_urls_starts_and_serves_and_they_can_be_replaced() {
    try (OneMember member = new OneMember(dataDir)) {
      MemberStore store = member.server().client();
      assertThat(urls(await(store.memberList(true))))
          .containsExactly(List.of("::::"), List.of(BAD_PORT));
    }
    // the entries of the log have been applied to the state
    try (OneMember member = new OneMember(dataDir)) {
      MemberStore store = member.server().client();
      Result.Putted unused = await(store.put(Command.Put.of(Bytes.utf8("a"), Bytes.utf8("1"))));
      for (String bad : List.of("::::", BAD_PORT)) {
        assertThatThrownBy(() -> await(store.memberUpdate(SELF, List.of(bad))))
            .isInstanceOfSatisfying(
                EtcdException.class,
                e -> assertThat(e.error()).isEqualTo(EtcdError.MEMBER_BAD_URLS));
      }
      assertThat(urls(await(store.memberUpdate(SELF, List.of("http://127.0.0.1:1")))))
          .containsExactly(List.of("http://127.0.0.1:1"), List.of(BAD_PORT));
      assertThat(urls(await(store.memberUpdate(LEARNER, List.of("http://127.0.0.1:2")))))
          .containsExactly(List.of("http://127.0.0.1:1"), List.of("http://127.0.0.1:2"));
      assertThat(urls(await(store.memberRemove(LEARNER))))
          .containsExactly(List.of("http://127.0.0.1:1"));
    }
  }

  private static List<List<String>> urls(Result.Members members) {
    return members.members().stream().map(Member::peerUrls).toList();
  }
}
