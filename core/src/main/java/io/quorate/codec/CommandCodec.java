package io.quorate.codec;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Validation;
import java.util.List;

/**
 * Binary form of commands and of the batches that make up log entries. Each top-level value begins
 * with a version byte, each command, operation and change with a kind byte; enums are stored by
 * ordinal, so their constants are only ever appended to. What must stay readable for ever is pinned
 * by golden files. Pure functions, any thread.
 */
public final class CommandCodec {
  /** Version of all three formats, their first byte. */
  public static final int VERSION = 1;

  private static final int RANGE = 1;
  private static final int PUT = 2;
  private static final int DELETE_RANGE = 3;
  private static final int TXN = 4;
  private static final int COMPACT = 5;
  private static final int LEASE_GRANT = 6;
  private static final int LEASE_REVOKE = 7;
  private static final int LEASE_EXPIRE = 8;
  private static final int ALARM = 9;
  private static final int MEMBER_PUBLISH = 10;
  private static final int MEMBER_UPDATE = 11;
  private static final int LEASE_GRANT_MILLIS = 12;
  private static final int COUNT = 13;

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

  /** What an entry of kind NORMAL holds. */
  public record Batch(long wallClockMillis, List<Proposal> proposals) {
    public Batch {
      proposals = List.copyOf(proposals);
    }
  }

  /** What the context of a configuration change holds. */
  public record ProposedChange(long origin, long requestId, MemberChange change) {}

  /**
   * @throws IllegalStateException a transaction deeper than {@link Validation#MAX_TXN_DEPTH}, which
   *     validation would have refused
   */
  public static byte[] encode(Command command) {
    Writer out = new Writer(sizeHint(command));
    out.u8(VERSION);
    write(out, command);
    return out.toByteArray();
  }

  /** Exact or a little more for a put, which is what most commands are. */
  private static long sizeHint(Command command) {
    if (command instanceof Command.Put put) {
      return 24L + put.key().length() + put.value().length();
    }
    return command instanceof Command.Txn ? 256 : 64;
  }

  private static void write(Writer out, Command command) {
    if (command instanceof Command.Put put) {
      writePut(out, put);
    } else if (command instanceof Command.Txn txn) {
      writeTxn(out, txn, 1);
    } else if (command instanceof Command.DeleteRange delete) {
      writeDelete(out, delete);
    } else if (command instanceof Command.Compact compact) {
      out.u8(COMPACT);
      out.zigzag(compact.revision());
      out.bool(compact.physical());
    } else if (command instanceof Command.LeaseGrant grant) {
      out.u8(LEASE_GRANT);
      out.fixed64(grant.id());
      out.zigzag(grant.ttlSeconds());
    } else if (command instanceof Command.LeaseGrantMillis grant) {
      out.u8(LEASE_GRANT_MILLIS);
      out.fixed64(grant.id());
      out.zigzag(grant.ttlMillis());
    } else if (command instanceof Command.Count count) {
      writeCount(out, count);
    } else if (command instanceof Command.LeaseRevoke revoke) {
      out.u8(LEASE_REVOKE);
      out.fixed64(revoke.id());
    } else if (command instanceof Command.LeaseExpire expire) {
      out.u8(LEASE_EXPIRE);
      out.ids(expire.ids());
    } else if (command instanceof Command.Alarm alarm) {
      out.u8(ALARM);
      out.u8(alarm.action().ordinal());
      out.fixed64(alarm.memberId());
      out.u8(alarm.type().ordinal());
    } else if (command instanceof Command.MemberPublish publish) {
      out.u8(MEMBER_PUBLISH);
      out.fixed64(publish.memberId());
      out.string(publish.name());
      out.strings(publish.clientUrls());
    } else if (command instanceof Command.MemberUpdate update) {
      out.u8(MEMBER_UPDATE);
      out.fixed64(update.memberId());
      out.strings(update.peerUrls());
    } else {
      throw new IllegalStateException("no binary form for " + command.getClass());
    }
  }

  private static void writeCount(Writer out, Command.Count count) {
    out.u8(COUNT);
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
  }

  private static void writeOps(Writer out, List<Command.Op> ops, int depth) {
    out.varint(ops.size());
    for (Command.Op op : ops) {
      if (op instanceof Command.Range range) {
        writeRange(out, range);
      } else if (op instanceof Command.Put put) {
        writePut(out, put);
      } else if (op instanceof Command.DeleteRange delete) {
        writeDelete(out, delete);
      } else if (op instanceof Command.Txn txn) {
        writeTxn(out, txn, depth + 1);
      }
    }
  }

  private static void writeTxn(Writer out, Command.Txn txn, int depth) {
    if (depth > Validation.MAX_TXN_DEPTH) {
      throw new IllegalStateException("transaction is deeper than " + Validation.MAX_TXN_DEPTH);
    }
    out.u8(TXN);
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
  }

  private static void writeRange(Writer out, Command.Range range) {
    out.u8(RANGE);
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
  }

  private static void writePut(Writer out, Command.Put put) {
    out.u8(PUT);
    out.u8((put.prevKv() ? 1 : 0) | (put.ignoreValue() ? 2 : 0) | (put.ignoreLease() ? 4 : 0));
    out.varint(put.lease());
    out.bytes(put.key());
    out.bytes(put.value());
  }

  private static void writeDelete(Writer out, Command.DeleteRange delete) {
    out.u8(DELETE_RANGE);
    writeKeys(out, delete.range());
    out.bool(delete.prevKv());
  }

  private static void writeKeys(Writer out, KeyRange range) {
    out.bytes(range.start());
    out.bytes(range.end());
  }

  /**
   * @throws CodecException garbage, or a version or kind from the future
   */
  public static Command decode(byte[] bytes) {
    Reader in = new Reader("command", bytes);
    in.version(VERSION);
    Command command = readCommand(in);
    in.end();
    return command;
  }

  private static Command readCommand(Reader in) {
    int kind = in.u8("kind");
    switch (kind) {
      case PUT:
        return readPut(in);
      case DELETE_RANGE:
        return readDelete(in);
      case TXN:
        return readTxn(in, 1);
      case COMPACT:
        return new Command.Compact(in.zigzag("revision"), in.bool("physical"));
      case LEASE_GRANT:
        return new Command.LeaseGrant(in.fixed64("lease"), in.zigzag("ttl"));
      case LEASE_GRANT_MILLIS:
        return new Command.LeaseGrantMillis(in.fixed64("lease"), in.zigzag("ttl"));
      case COUNT:
        return readCount(in);
      case LEASE_REVOKE:
        return new Command.LeaseRevoke(in.fixed64("lease"));
      case LEASE_EXPIRE:
        return new Command.LeaseExpire(in.ids("leases"));
      case ALARM:
        return new Command.Alarm(
            in.constant(ALARM_ACTIONS, "alarm action"),
            in.fixed64("member"),
            in.constant(ALARM_TYPES, "alarm type"));
      case MEMBER_PUBLISH:
        return new Command.MemberPublish(
            in.fixed64("member"), in.string("name"), in.strings("client URLs"));
      case MEMBER_UPDATE:
        return new Command.MemberUpdate(in.fixed64("member"), in.strings("peer URLs"));
      default:
        throw in.bad("unknown kind of command " + kind);
    }
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
    int kind = in.u8("kind");
    switch (kind) {
      case RANGE:
        return readRange(in);
      case PUT:
        return readPut(in);
      case DELETE_RANGE:
        return readDelete(in);
      case TXN:
        return readTxn(in, depth + 1);
      default:
        throw in.bad("unknown kind of operation " + kind);
    }
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

  /**
   * The commands go in as they are, encoded where their clients were served.
   *
   * @param wallClockMillis the leader's clock, for history and audit, never for a decision
   */
  public static byte[] encodeBatch(long wallClockMillis, List<Proposal> proposals) {
    long expected = 16;
    for (Proposal proposal : proposals) {
      expected += proposal.sizeBytes();
    }
    Writer out = new Writer(expected);
    out.u8(VERSION);
    out.fixed64(wallClockMillis);
    writeProposals(out, proposals);
    return out.toByteArray();
  }

  /**
   * @throws CodecException garbage, or a version from the future; the commands are not looked into
   */
  public static Batch decodeBatch(byte[] bytes) {
    Reader in = new Reader("batch", bytes);
    in.version(VERSION);
    long wallClockMillis = in.fixed64("wall clock");
    List<Proposal> proposals = readProposals(in);
    in.end();
    return new Batch(wallClockMillis, proposals);
  }

  static void writeProposals(Writer out, List<Proposal> proposals) {
    out.varint(proposals.size());
    for (Proposal proposal : proposals) {
      out.fixed64(proposal.origin());
      out.fixed64(proposal.requestId());
      out.bytes(proposal.command());
    }
  }

  static List<Proposal> readProposals(Reader in) {
    int count = in.count(17, "proposals");
    List<Proposal> proposals = Reader.list(count);
    for (int i = 0; i < count; i++) {
      proposals.add(
          new Proposal(in.fixed64("origin"), in.fixed64("request id"), in.bytes("command")));
    }
    return proposals;
  }

  public static byte[] encodeChange(ProposedChange proposed) {
    Writer out = new Writer(128);
    out.u8(VERSION);
    out.fixed64(proposed.origin());
    out.fixed64(proposed.requestId());
    MemberChange change = proposed.change();
    if (change instanceof MemberChange.Add add) {
      out.u8(MEMBER_ADD);
      out.fixed64(add.memberId());
      out.strings(add.peerUrls());
      out.bool(add.isLearner());
    } else if (change instanceof MemberChange.Remove remove) {
      out.u8(MEMBER_REMOVE);
      out.fixed64(remove.memberId());
    } else if (change instanceof MemberChange.Promote promote) {
      out.u8(MEMBER_PROMOTE);
      out.fixed64(promote.memberId());
    }
    return out.toByteArray();
  }

  /**
   * @throws CodecException garbage, or a version or kind from the future
   */
  public static ProposedChange decodeChange(byte[] bytes) {
    Reader in = new Reader("member change", bytes);
    in.version(VERSION);
    long origin = in.fixed64("origin");
    long requestId = in.fixed64("request id");
    MemberChange change = readChange(in);
    in.end();
    return new ProposedChange(origin, requestId, change);
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
