package io.quorate.codec;

import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
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
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Arbitrary values of everything that is encoded. */
public final class Values {
  private Values() {}

  static Arbitrary<Long> numbers() {
    return Arbitraries.oneOf(
        Arbitraries.longs(),
        Arbitraries.longs().between(-3, 300),
        Arbitraries.of(Long.MIN_VALUE, Long.MAX_VALUE));
  }

  static Arbitrary<Boolean> flags() {
    return Arbitraries.of(true, false);
  }

  static Arbitrary<byte[]> arrays() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
  }

  static Arbitrary<Bytes> bytes() {
    return arrays().map(Bytes::of);
  }

  static Arbitrary<String> texts() {
    return Arbitraries.integers()
        .between(0, Character.MAX_CODE_POINT)
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .list()
        .ofMaxSize(8)
        .map(
            points -> {
              StringBuilder text = new StringBuilder();
              points.forEach(text::appendCodePoint);
              return text.toString();
            });
  }

  static Arbitrary<KeyRange> ranges() {
    return Combinators.combine(bytes(), bytes()).as(KeyRange::new);
  }

  public static Arbitrary<Command> commands() {
    return Arbitraries.oneOf(
        ops(2).filter(op -> op instanceof Command).map(op -> (Command) op),
        Combinators.combine(numbers(), flags()).as(Command.Compact::new),
        Combinators.combine(numbers(), numbers()).as(Command.LeaseGrant::new),
        Combinators.combine(numbers(), numbers()).as(Command.LeaseGrantMillis::new),
        numbers().map(Command.LeaseRevoke::new),
        numbers().list().ofMaxSize(5).map(Command.LeaseExpire::new),
        Combinators.combine(bytes(), numbers(), numbers(), counterOps().list().ofMaxSize(3))
            .as(Command.Count::new),
        Combinators.combine(
                Arbitraries.of(Command.AlarmAction.class),
                numbers(),
                Arbitraries.of(Command.AlarmType.class))
            .as(Command.Alarm::new),
        Combinators.combine(numbers(), texts(), texts().list().ofMaxSize(3))
            .as(Command.MemberPublish::new),
        Combinators.combine(numbers(), texts().list().ofMaxSize(3)).as(Command.MemberUpdate::new),
        Arbitraries.integers()
            .between(FeatureLevel.FIRST, FeatureLevel.NEWEST)
            .map(Command.RaiseLevel::new),
        authChanges().map(Command.Auth::new),
        Combinators.combine(texts(), bytes(), numbers()).as(Command.Login::new));
  }

  private static Arbitrary<AuthChange> authChanges() {
    Arbitrary<Password> passwords =
        Arbitraries.oneOf(Arbitraries.just(Password.NONE), texts().map(Password.Hashed::new));
    Arbitrary<Permission> permissions =
        Combinators.combine(Arbitraries.of(Permission.Type.class), ranges()).as(Permission::new);
    return Arbitraries.oneOf(
        Arbitraries.of(new AuthChange.Enable(), new AuthChange.Disable()),
        Combinators.combine(texts(), passwords).as(AuthChange.UserAdd::new),
        texts().map(AuthChange.UserDelete::new),
        Combinators.combine(texts(), passwords).as(AuthChange.UserChangePassword::new),
        Combinators.combine(texts(), texts()).as(AuthChange.UserGrantRole::new),
        Combinators.combine(texts(), texts()).as(AuthChange.UserRevokeRole::new),
        texts().map(AuthChange.RoleAdd::new),
        texts().map(AuthChange.RoleDelete::new),
        Combinators.combine(texts(), permissions).as(AuthChange.RoleGrantPermission::new),
        Combinators.combine(texts(), ranges()).as(AuthChange.RoleRevokePermission::new));
  }

  private static Arbitrary<Command.CounterOp> counterOps() {
    return Combinators.combine(
            bytes(), Arbitraries.of(Command.CounterAction.class), numbers(), numbers())
        .as(Command.CounterOp::new);
  }

  static Arbitrary<Command.Op> ops(int depth) {
    Arbitrary<Command.Op> put =
        Combinators.combine(bytes(), bytes(), numbers(), flags(), flags(), flags())
            .as(Command.Put::new);
    Arbitrary<Command.Op> delete =
        Combinators.combine(ranges(), flags()).as(Command.DeleteRange::new);
    Arbitrary<Command.Op> range =
        Combinators.combine(
                ranges(),
                numbers().list().ofSize(6),
                Arbitraries.of(Command.SortOrder.class),
                Arbitraries.of(Command.SortTarget.class),
                flags(),
                flags(),
                flags())
            .as(
                (keys, n, order, target, serializable, keysOnly, countOnly) ->
                    new Command.Range(
                        keys,
                        n.get(0),
                        n.get(1),
                        order,
                        target,
                        serializable,
                        keysOnly,
                        countOnly,
                        n.get(2),
                        n.get(3),
                        n.get(4),
                        n.get(5)));
    if (depth == 0) {
      return Arbitraries.oneOf(put, delete, range);
    }
    Arbitrary<Command.Op> txn =
        Combinators.combine(
                compares().list().ofMaxSize(2),
                Arbitraries.lazy(() -> ops(depth - 1)).list().ofMaxSize(3),
                Arbitraries.lazy(() -> ops(depth - 1)).list().ofMaxSize(3))
            .as(Command.Txn::new);
    return Arbitraries.oneOf(put, delete, range, txn);
  }

  static Arbitrary<Command.Compare> compares() {
    return Combinators.combine(
            ranges(),
            Arbitraries.of(Command.CompareResult.class),
            Arbitraries.of(Command.CompareTarget.class),
            numbers(),
            bytes())
        .as(Command.Compare::new);
  }

  static Arbitrary<Integer> versions() {
    return Arbitraries.of(FormatVersion.FIRST, FormatVersion.WITH_CALLERS);
  }

  /** What a value of this version can say of who asks. */
  static Arbitrary<Caller> callers(int version) {
    Arbitrary<String> names = texts().filter(name -> !name.isEmpty());
    return version < FormatVersion.WITH_CALLERS
        ? Arbitraries.just(Caller.NOBODY)
        : Arbitraries.oneOf(
            Arbitraries.of(Caller.NOBODY, Caller.NODE),
            Combinators.combine(names, numbers()).as(Caller.User::new),
            Combinators.combine(names, numbers()).as(Caller.Certificate::new));
  }

  static Arbitrary<Proposal> proposals(int version) {
    return Combinators.combine(numbers(), numbers(), callers(version), arrays()).as(Proposal::new);
  }

  static Arbitrary<CommandCodec.Batch> batches() {
    return versions()
        .flatMap(
            version ->
                Combinators.combine(numbers(), proposals(version).list().ofMaxSize(6))
                    .as((clock, proposals) -> new CommandCodec.Batch(version, clock, proposals)));
  }

  public static Arbitrary<CommandCodec.ProposedChange> changes() {
    Arbitrary<MemberChange> change =
        Arbitraries.oneOf(
            Combinators.combine(numbers(), texts().list().ofMaxSize(3), flags())
                .as(MemberChange.Add::new),
            numbers().map(MemberChange.Remove::new),
            numbers().map(MemberChange.Promote::new));
    return versions()
        .flatMap(
            version ->
                Combinators.combine(numbers(), numbers(), callers(version), change)
                    .as(
                        (origin, id, caller, proposed) ->
                            new CommandCodec.ProposedChange(
                                version, origin, id, caller, proposed)));
  }

  static Arbitrary<LogPosition> positions() {
    return Combinators.combine(numbers(), numbers()).as(LogPosition::new);
  }

  static Arbitrary<SnapshotMeta> metas() {
    Arbitrary<List<Long>> ids = numbers().list().ofMaxSize(4);
    Arbitrary<ConfState> conf = Combinators.combine(ids, ids, ids, ids, flags()).as(ConfState::new);
    return Combinators.combine(positions(), conf).as(SnapshotMeta::new);
  }

  static Arbitrary<Entry> entries() {
    return Combinators.combine(positions(), Arbitraries.of(Entry.Kind.class), arrays())
        .as(Entry::new);
  }

  static Arbitrary<Message> messages() {
    Arbitrary<Long> n = numbers();
    return Arbitraries.oneOf(
        Combinators.combine(n, n, n, positions(), flags(), flags()).as(Message.VoteRequest::new),
        Combinators.combine(n, n, n, flags(), flags(), positions()).as(Message.VoteResponse::new),
        Combinators.combine(n, n, n, positions(), entries().list().ofMaxSize(4), n)
            .as(Message.AppendRequest::new),
        Combinators.combine(n, n, n, n, flags(), positions()).as(Message.AppendResponse::new),
        Combinators.combine(n, n, n, n, n).as(Message.Heartbeat::new),
        Combinators.combine(n, n, n, n).as(Message.HeartbeatResponse::new),
        Combinators.combine(n, n, n, metas()).as(Message.InstallSnapshot::new),
        Combinators.combine(n, n, n).as(Message.TimeoutNow::new),
        Combinators.combine(n, n, n, n).as(Message.ReadIndexRequest::new),
        Combinators.combine(n, n, n, n, n).as(Message.ReadIndexResponse::new));
  }

  static Arbitrary<PeerMessage> peerMessages(int version) {
    Arbitrary<Long> n = numbers();
    return Arbitraries.oneOf(
        messages().map(PeerMessage.OfRaft::new),
        proposals(version).list().ofMaxSize(4).map(PeerMessage.Forward::new),
        Combinators.combine(n, arrays()).as(PeerMessage.ForwardChange::new),
        Combinators.combine(n.list().ofMaxSize(4), texts()).as(PeerMessage.ForwardRefused::new),
        Combinators.combine(n, Arbitraries.of(PeerMessage.LeaseQuestion.class), callers(version), n)
            .as(PeerMessage.LeaseAsk::new),
        Combinators.combine(n, n, n, texts().injectNull(0.4)).as(PeerMessage.LeaseAnswer::new),
        Combinators.combine(n, n, metas(), n, n, Arbitraries.integers(), arrays())
            .as(PeerMessage.SnapshotChunk::new),
        Combinators.combine(n, n, texts().injectNull(0.4)).as(PeerMessage.SnapshotAck::new),
        Combinators.combine(n, n).as(PeerMessage.HashAsk::new),
        Combinators.combine(n, Arbitraries.integers(), n, n, texts().injectNull(0.4))
            .as(PeerMessage.HashAnswer::new));
  }

  static Arbitrary<PeerFrame> frames() {
    Arbitrary<Long> n = numbers();
    return versions()
        .flatMap(
            version ->
                Combinators.combine(n, n, n, n, n, peerMessages(version).list().ofMaxSize(4))
                    .as(
                        (cluster, from, to, incarnation, sequence, messages) ->
                            new PeerFrame(
                                version, cluster, from, to, incarnation, sequence, messages)));
  }
}
