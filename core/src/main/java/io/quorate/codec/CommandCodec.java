package io.quorate.codec;

import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Validation;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Binary form of commands and of the batches that make up log entries. Each top-level value begins
 * with a version byte, each command, operation and change with a kind byte. Enums are stored by
 * ordinal, so their constants may only be added at the end. What must stay readable for ever is
 * pinned by golden files. Pure functions, any thread.
 *
 * <p>Batches and changes have two versions. The second contains the {@link Caller}; see {@link
 * FormatVersion} for when it is written.
 */
public final class CommandCodec {
  /** Version of commands, their first byte. */
  public static final int VERSION = 1;

  /** Not a {@link Command.Kind}, as a range is in the log only as part of a transaction. */
  private static final int RANGE = 1;

  /** Kinds by their numbers; null where there is none. */
  private static final Command.@Nullable Kind[] KINDS = kinds();

  private static final int MEMBER_ADD = 1;
  private static final int MEMBER_REMOVE = 2;
  private static final int MEMBER_PROMOTE = 3;

  private static final Command.SortOrder[] SORT_ORDERS = Command.SortOrder.values();
  private static final Command.SortTarget[] SORT_TARGETS = Command.SortTarget.values();
  private static final Command.CompareResult[] COMPARE_RESULTS = Command.CompareResult.values();
  private static final Command.CompareTarget[] COMPARE_TARGETS = Command.CompareTarget.values();
  private static final Command.AlarmAction[] ALARM_ACTIONS = Command.AlarmAction.values();
  private static final Command.AlarmType[] ALARM_TYPES = Command.AlarmType.values();
  private static final Command.CounterAction[] COUNTER_ACTIONS = Command.CounterAction.values();

  private CommandCodec() {}

  /**
   * What an entry of kind NORMAL holds.
   *
   * @param version {@link FormatVersion}; if it does not contain callers, they are {@link
   *     Caller#NOBODY}
   * @param wallClockMillis the leader's clock, for people who read the log; decides nothing
   */
  public record Batch(int version, long wallClockMillis, List<Proposal> proposals) {
    public Batch {
      proposals = List.copyOf(proposals);
    }
  }

  /**
   * What the context of a configuration change holds.
   *
   * @param version as that of a {@link Batch}
   */
  public record ProposedChange(
      int version, long origin, long requestId, Caller caller, MemberChange change) {}

  /**
   * @throws IllegalStateException a transaction deeper than {@link Validation#MAX_TXN_DEPTH}, which
   *     validation would have refused
   */
  public static byte[] encode(Command command) {
    Writer out = new Writer(sizeHint(command));
    out.u8(VERSION);
    out.u8(command.kind().number());
    return command.accept(new Body(out)).toByteArray();
  }

  /** A guess; for a put, the most frequent command, exact or a little too high. */
  private static long sizeHint(Command command) {
    if (command instanceof Command.Put put) {
      return 24L + put.key().length() + put.value().length();
    }
    return command instanceof Command.Txn ? 256 : 64;
  }

  private static Command.@Nullable Kind[] kinds() {
    int largest = Stream.of(Command.Kind.values()).mapToInt(Command.Kind::number).max().orElse(0);
    Command.@Nullable Kind[] kinds = new Command.Kind[largest + 1];
    for (Command.Kind kind : Command.Kind.values()) {
      if (kind.number() == RANGE || kinds[kind.number()] != null) {
        throw new IllegalStateException("two kinds of command with the number " + kind.number());
      }
      kinds[kind.number()] = kind;
    }
    return kinds;
  }

  /** Writes what follows the number of the kind. */
  private record Body(Writer out) implements Command.Visitor<Writer> {
    @Override
    public Writer put(Command.Put put) {
      return writePut(out, put);
    }

    @Override
    public Writer deleteRange(Command.DeleteRange delete) {
      return writeDelete(out, delete);
    }

    @Override
    public Writer txn(Command.Txn txn) {
      return writeTxn(out, txn, 1);
    }

    @Override
    public Writer compact(Command.Compact compact) {
      out.zigzag(compact.revision());
      out.bool(compact.physical());
      return out;
    }

    @Override
    public Writer leaseGrant(Command.LeaseGrant grant) {
      out.fixed64(grant.id());
      out.zigzag(grant.ttlSeconds());
      return out;
    }

    @Override
    public Writer leaseGrantMillis(Command.LeaseGrantMillis grant) {
      out.fixed64(grant.id());
      out.zigzag(grant.ttlMillis());
      return out;
    }

    @Override
    public Writer leaseRevoke(Command.LeaseRevoke revoke) {
      out.fixed64(revoke.id());
      return out;
    }

    @Override
    public Writer leaseExpire(Command.LeaseExpire expire) {
      out.ids(expire.ids());
      return out;
    }

    @Override
    public Writer count(Command.Count count) {
      out.bytes(count.slot());
      out.zigzag(count.sequence());
      out.fixed64(count.lease());
      out.varint(count.ops().size());
      for (Command.CounterOp op : count.ops()) {
        out.bytes(op.key());
        out.u8(op.action().ordinal());
        out.zigzag(op.operand());
        out.zigzag(op.update());
      }
      return out;
    }

    @Override
    public Writer alarm(Command.Alarm alarm) {
      out.u8(alarm.action().ordinal());
      out.fixed64(alarm.memberId());
      out.u8(alarm.type().ordinal());
      return out;
    }

    @Override
    public Writer memberPublish(Command.MemberPublish publish) {
      out.fixed64(publish.memberId());
      out.string(publish.name());
      out.strings(publish.clientUrls());
      return out;
    }

    @Override
    public Writer memberUpdate(Command.MemberUpdate update) {
      out.fixed64(update.memberId());
      out.strings(update.peerUrls());
      return out;
    }

    @Override
    public Writer raiseLevel(Command.RaiseLevel raise) {
      out.varint(raise.level());
      return out;
    }

    @Override
    public Writer auth(Command.Auth auth) {
      return AuthCodec.write(out, auth.change());
    }

    @Override
    public Writer login(Command.Login login) {
      out.string(login.user());
      out.bytes(login.tokenDigest());
      out.zigzag(login.authRevision());
      return out;
    }
  }

  private static void writeOps(Writer out, List<Command.Op> ops, int depth) {
    out.varint(ops.size());
    OpBody body = new OpBody(out, depth);
    for (Command.Op op : ops) {
      op.accept(body);
    }
  }

  /** Writes an operation of a transaction, beginning with its number. */
  private record OpBody(Writer out, int depth) implements Command.Op.Visitor<Writer> {
    @Override
    public Writer range(Command.Range range) {
      out.u8(RANGE);
      return writeRange(out, range);
    }

    @Override
    public Writer put(Command.Put put) {
      out.u8(put.kind().number());
      return writePut(out, put);
    }

    @Override
    public Writer deleteRange(Command.DeleteRange delete) {
      out.u8(delete.kind().number());
      return writeDelete(out, delete);
    }

    @Override
    public Writer txn(Command.Txn txn) {
      out.u8(txn.kind().number());
      return writeTxn(out, txn, depth + 1);
    }
  }

  private static Writer writeTxn(Writer out, Command.Txn txn, int depth) {
    if (depth > Validation.MAX_TXN_DEPTH) {
      throw new IllegalStateException("transaction is deeper than " + Validation.MAX_TXN_DEPTH);
    }
    out.varint(txn.compares().size());
    for (Command.Compare compare : txn.compares()) {
      writeKeys(out, compare.range());
      out.u8(compare.result().ordinal());
      out.u8(compare.target().ordinal());
      out.zigzag(compare.number());
      out.bytes(compare.value());
    }
    writeOps(out, txn.success(), depth);
    writeOps(out, txn.failure(), depth);
    return out;
  }

  private static Writer writeRange(Writer out, Command.Range range) {
    writeKeys(out, range.range());
    out.u8(
        (range.serializable() ? 1 : 0) | (range.keysOnly() ? 2 : 0) | (range.countOnly() ? 4 : 0));
    out.u8(range.sortOrder().ordinal());
    out.u8(range.sortTarget().ordinal());
    out.zigzag(range.limit());
    out.zigzag(range.revision());
    out.zigzag(range.minModRevision());
    out.zigzag(range.maxModRevision());
    out.zigzag(range.minCreateRevision());
    out.zigzag(range.maxCreateRevision());
    return out;
  }

  private static Writer writePut(Writer out, Command.Put put) {
    out.u8((put.prevKv() ? 1 : 0) | (put.ignoreValue() ? 2 : 0) | (put.ignoreLease() ? 4 : 0));
    out.varint(put.lease());
    out.bytes(put.key());
    out.bytes(put.value());
    return out;
  }

  private static Writer writeDelete(Writer out, Command.DeleteRange delete) {
    writeKeys(out, delete.range());
    out.bool(delete.prevKv());
    return out;
  }

  private static void writeKeys(Writer out, KeyRange range) {
    out.bytes(range.start());
    out.bytes(range.end());
  }

  /**
   * @throws CodecException malformed bytes, or a version or kind that this release does not know
   */
  public static Command decode(byte[] bytes) {
    Reader in = new Reader("command", bytes);
    in.version(VERSION, VERSION);
    Command command = readCommand(in);
    in.end();
    return command;
  }

  private static Command readCommand(Reader in) {
    return switch (readKind(in, in.u8("kind"), "command")) {
      case PUT -> readPut(in);
      case DELETE_RANGE -> readDelete(in);
      case TXN -> readTxn(in, 1);
      case COMPACT -> new Command.Compact(in.zigzag("revision"), in.bool("physical"));
      case LEASE_GRANT -> new Command.LeaseGrant(in.fixed64("lease"), in.zigzag("ttl"));
      case LEASE_GRANT_MILLIS ->
          new Command.LeaseGrantMillis(in.fixed64("lease"), in.zigzag("ttl"));
      case COUNT -> readCount(in);
      case LEASE_REVOKE -> new Command.LeaseRevoke(in.fixed64("lease"));
      case LEASE_EXPIRE -> new Command.LeaseExpire(in.ids("leases"));
      case ALARM ->
          new Command.Alarm(
              in.constant(ALARM_ACTIONS, "alarm action"),
              in.fixed64("member"),
              in.constant(ALARM_TYPES, "alarm type"));
      case MEMBER_PUBLISH ->
          new Command.MemberPublish(
              in.fixed64("member"), in.string("name"), in.strings("client URLs"));
      case MEMBER_UPDATE -> new Command.MemberUpdate(in.fixed64("member"), in.strings("peer URLs"));
      case RAISE_LEVEL -> new Command.RaiseLevel(readLevel(in));
      case AUTH -> new Command.Auth(AuthCodec.read(in));
      case LOGIN ->
          new Command.Login(in.string("user"), in.value("digest"), in.zigzag("auth revision"));
    };
  }

  /** A level of a later release is refused like a kind of command of a later release. */
  private static int readLevel(Reader in) {
    long level = in.varint("feature level");
    if (level < FeatureLevel.FIRST || level > FeatureLevel.NEWEST) {
      throw in.bad(
          "unknown feature level "
              + Long.toUnsignedString(level)
              + " (this one knows up to "
              + FeatureLevel.NEWEST
              + ")");
    }
    return (int) level;
  }

  private static Command.Kind readKind(Reader in, int number, String what) {
    Command.Kind kind = number < KINDS.length ? KINDS[number] : null;
    if (kind == null) {
      throw in.bad("unknown kind of " + what + " " + number);
    }
    return kind;
  }

  private static Command.Count readCount(Reader in) {
    Bytes slot = in.value("slot");
    long sequence = in.zigzag("sequence");
    long lease = in.fixed64("lease");
    int count = in.count(4, "counter steps");
    List<Command.CounterOp> ops = Reader.list(count);
    for (int i = 0; i < count; i++) {
      ops.add(
          new Command.CounterOp(
              in.value("counter"),
              in.constant(COUNTER_ACTIONS, "counter action"),
              in.zigzag("operand"),
              in.zigzag("update")));
    }
    return new Command.Count(slot, sequence, lease, ops);
  }

  private static List<Command.Op> readOps(Reader in, int depth) {
    int count = in.count(4, "operations");
    List<Command.Op> ops = Reader.list(count);
    for (int i = 0; i < count; i++) {
      ops.add(readOp(in, depth));
    }
    return ops;
  }

  private static Command.Op readOp(Reader in, int depth) {
    int number = in.u8("kind");
    if (number == RANGE) {
      return readRange(in);
    }
    return switch (readKind(in, number, "operation")) {
      case PUT -> readPut(in);
      case DELETE_RANGE -> readDelete(in);
      case TXN -> readTxn(in, depth + 1);
      default -> throw in.bad("unknown kind of operation " + number);
    };
  }

  private static Command.Txn readTxn(Reader in, int depth) {
    if (depth > Validation.MAX_TXN_DEPTH) {
      throw in.bad("transaction is deeper than " + Validation.MAX_TXN_DEPTH);
    }
    int count = in.count(6, "compares");
    List<Command.Compare> compares = Reader.list(count);
    for (int i = 0; i < count; i++) {
      compares.add(
          new Command.Compare(
              readKeys(in),
              in.constant(COMPARE_RESULTS, "compare result"),
              in.constant(COMPARE_TARGETS, "compare target"),
              in.zigzag("compare number"),
              in.value("compare value")));
    }
    return new Command.Txn(compares, readOps(in, depth), readOps(in, depth));
  }

  private static Command.Range readRange(Reader in) {
    KeyRange keys = readKeys(in);
    int flags = in.flags(7, "range flags");
    Command.SortOrder order = in.constant(SORT_ORDERS, "sort order");
    Command.SortTarget target = in.constant(SORT_TARGETS, "sort target");
    return new Command.Range(
        keys,
        in.zigzag("limit"),
        in.zigzag("revision"),
        order,
        target,
        (flags & 1) != 0,
        (flags & 2) != 0,
        (flags & 4) != 0,
        in.zigzag("min mod revision"),
        in.zigzag("max mod revision"),
        in.zigzag("min create revision"),
        in.zigzag("max create revision"));
  }

  private static Command.Put readPut(Reader in) {
    int flags = in.flags(7, "put flags");
    long lease = in.varint("lease");
    Bytes key = in.value("key");
    Bytes value = in.value("value");
    return new Command.Put(key, value, lease, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
  }

  private static Command.DeleteRange readDelete(Reader in) {
    return new Command.DeleteRange(readKeys(in), in.bool("prev kv"));
  }

  private static KeyRange readKeys(Reader in) {
    return new KeyRange(in.value("key"), in.value("range end"));
  }

  /** Writes the commands as they are in the proposals, which is encoded already. */
  public static byte[] encodeBatch(Batch batch) {
    long expected = 16;
    for (Proposal proposal : batch.proposals()) {
      expected += proposal.sizeBytes();
    }
    Writer out = new Writer(expected);
    out.u8(batch.version());
    out.fixed64(batch.wallClockMillis());
    writeProposals(out, batch.version(), batch.proposals());
    return out.toByteArray();
  }

  /**
   * @throws CodecException malformed bytes, or a version that this release does not know; the
   *     commands themselves are not decoded
   */
  public static Batch decodeBatch(byte[] bytes) {
    Reader in = new Reader("batch", bytes);
    int version = FormatVersion.read(in);
    long wallClockMillis = in.fixed64("wall clock");
    List<Proposal> proposals = readProposals(in, version);
    in.end();
    return new Batch(version, wallClockMillis, proposals);
  }

  static void writeProposals(Writer out, int version, List<Proposal> proposals) {
    out.varint(proposals.size());
    for (Proposal proposal : proposals) {
      out.fixed64(proposal.origin());
      out.fixed64(proposal.requestId());
      CallerCodec.write(out, version, proposal.caller());
      out.bytes(proposal.command());
    }
  }

  static List<Proposal> readProposals(Reader in, int version) {
    int count = in.count(17, "proposals");
    List<Proposal> proposals = Reader.list(count);
    for (int i = 0; i < count; i++) {
      proposals.add(
          new Proposal(
              in.fixed64("origin"),
              in.fixed64("request id"),
              CallerCodec.read(in, version),
              in.bytes("command")));
    }
    return proposals;
  }

  public static byte[] encodeChange(ProposedChange proposed) {
    Writer out = new Writer(128);
    out.u8(proposed.version());
    out.fixed64(proposed.origin());
    out.fixed64(proposed.requestId());
    CallerCodec.write(out, proposed.version(), proposed.caller());
    return proposed.change().accept(new ChangeBody(out)).toByteArray();
  }

  private record ChangeBody(Writer out) implements MemberChange.Visitor<Writer> {
    @Override
    public Writer add(MemberChange.Add add) {
      out.u8(MEMBER_ADD);
      out.fixed64(add.memberId());
      out.strings(add.peerUrls());
      out.bool(add.isLearner());
      return out;
    }

    @Override
    public Writer remove(MemberChange.Remove remove) {
      out.u8(MEMBER_REMOVE);
      out.fixed64(remove.memberId());
      return out;
    }

    @Override
    public Writer promote(MemberChange.Promote promote) {
      out.u8(MEMBER_PROMOTE);
      out.fixed64(promote.memberId());
      return out;
    }
  }

  /**
   * @throws CodecException malformed bytes, or a version or kind that this release does not know
   */
  public static ProposedChange decodeChange(byte[] bytes) {
    Reader in = new Reader("member change", bytes);
    int version = FormatVersion.read(in);
    long origin = in.fixed64("origin");
    long requestId = in.fixed64("request id");
    Caller caller = CallerCodec.read(in, version);
    MemberChange change = readChange(in);
    in.end();
    return new ProposedChange(version, origin, requestId, caller, change);
  }

  private static MemberChange readChange(Reader in) {
    int kind = in.u8("kind");
    switch (kind) {
      case MEMBER_ADD:
        return new MemberChange.Add(
            in.fixed64("member"), in.strings("peer URLs"), in.bool("learner"));
      case MEMBER_REMOVE:
        return new MemberChange.Remove(in.fixed64("member"));
      case MEMBER_PROMOTE:
        return new MemberChange.Promote(in.fixed64("member"));
      default:
        throw in.bad("unknown kind of change " + kind);
    }
  }
}
