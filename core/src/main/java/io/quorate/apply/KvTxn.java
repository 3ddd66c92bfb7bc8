package io.quorate.apply;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeySpans;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.lease.LeaseTable;
import io.quorate.mvcc.WriteTxn;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes one command on keys and their leases. First everything for which it may be refused is
 * checked against the state before it; only then anything is changed. So a refused command leaves
 * no trace. Used for one command, on the apply thread.
 */
final class KvTxn {
  private final WriteTxn txn;
  private final LeaseTable leases;
  private final long compactRevision;

  /** The keys that the deletes checked so far are going to delete. */
  private final KeySpans deleted = new KeySpans();

  KvTxn(WriteTxn txn, LeaseTable leases, long compactRevision) {
    this.txn = txn;
    this.leases = leases;
    this.compactRevision = compactRevision;
  }

  /**
   * The branch that a transaction takes.
   *
   * @param ops its operations
   * @param nested the branches of the nested transactions among {@code ops}, in their order
   */
  private record Branch(boolean succeeded, List<Command.Op> ops, List<Branch> nested) {}

  /**
   * @throws EtcdException KEY_NOT_FOUND, LEASE_NOT_FOUND; nothing has changed then
   */
  Result.Putted put(Command.Put put) {
    check(put);
    return write(put);
  }

  Result.Deleted delete(Command.DeleteRange delete) {
    return write(delete);
  }

  /**
   * Compares, checks, then executes.
   *
   * @throws EtcdException KEY_NOT_FOUND, LEASE_NOT_FOUND, COMPACTED, FUTURE_REV from an operation
   *     that would have run; nothing has changed then
   */
  Result.TxnDone txn(Command.Txn command) {
    Branch branch = choose(command);
    try {
      List<Result.OpResult> responses = execute(branch);
      return new Result.TxnDone(txn.revision(), branch.succeeded, responses);
    } catch (EtcdException late) {
      throw new IllegalStateException("refused after it had begun to change things", late);
    }
  }

  /** See {@link Counting}. */
  Result.Counted count(Command.Count count) {
    return new Counting(txn, leases).execute(count);
  }

  /** Deletes those of {@code keys} that exist; their changes have the same order. */
  void delete(List<Bytes> keys) {
    for (Bytes key : keys) {
      txn.delete(KeyRange.single(key)).forEach(leases::detach);
    }
  }

  // ---- checking

  /** All compares, nested ones too, see the state before the whole transaction. */
  private Branch choose(Command.Txn command) {
    boolean succeeded = true;
    for (Command.Compare compare : command.compares()) {
      if (!holds(compare)) {
        succeeded = false;
        break;
      }
    }
    List<Command.Op> ops = succeeded ? command.success() : command.failure();
    List<Branch> nested = new ArrayList<>(0);
    Checking checking = new Checking(nested);
    for (Command.Op op : ops) {
      op.accept(checking);
    }
    return new Branch(succeeded, ops, nested);
  }

  /** Checks the operations of one branch, in their order. */
  private final class Checking implements Command.Op.Visitor<Boolean> {
    private final List<Branch> nested;

    Checking(List<Branch> nested) {
      this.nested = nested;
    }

    @Override
    public Boolean put(Command.Put put) {
      check(put);
      return true;
    }

    @Override
    public Boolean range(Command.Range range) {
      check(range);
      return true;
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange delete) {
      deleted.add(delete.range());
      return true;
    }

    @Override
    public Boolean txn(Command.Txn inner) {
      return nested.add(choose(inner));
    }
  }

  /** Of a key that an earlier operation of the same transaction deletes, nothing can be kept. */
  private void check(Command.Put put) {
    if ((put.ignoreValue() || put.ignoreLease())
        && (!txn.exists(put.key()) || deleted.contains(put.key()))) {
      throw EtcdError.KEY_NOT_FOUND.exception();
    }
    if (put.lease() != 0 && !leases.exists(put.lease())) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
  }

  /**
   * In a transaction only 0 stands for the newest revision. A negative one is compared with the
   * compacted one like any other, which is -1 before the first compaction. Outside of transactions
   * etcd treats every negative one like 0.
   */
  private void check(Command.Range range) {
    if (range.revision() > txn.beginRevision()) {
      throw EtcdError.FUTURE_REV.exception();
    }
    if (range.revision() != 0 && range.revision() < compactRevision) {
      throw EtcdError.COMPACTED.exception();
    }
  }

  private boolean holds(Command.Compare compare) {
    if (compare.range().isSingle()) {
      Bytes key = compare.range().start();
      if (compare.target() == Command.CompareTarget.LEASE) {
        return holdsNumber(compare, txn.leaseOf(key));
      }
      if (compare.target() == Command.CompareTarget.VALUE) {
        return holds(compare, txn.get(key));
      }
    }
    boolean keysOnly = compare.target() != Command.CompareTarget.VALUE;
    List<KeyValue> pairs = txn.range(all(compare.range(), keysOnly)).kvs();
    if (pairs.isEmpty()) {
      return holds(compare, (KeyValue) null);
    }
    for (KeyValue pair : pairs) {
      if (!holds(compare, pair)) {
        return false;
      }
    }
    return true;
  }

  /** Of a key that does not exist, all numbers are 0, and no compare of its value holds. */
  private boolean holds(Command.Compare compare, @Nullable KeyValue pair) {
    return switch (compare.target()) {
      case VERSION -> holdsNumber(compare, pair == null ? 0 : pair.version());
      case CREATE -> holdsNumber(compare, pair == null ? 0 : pair.createRevision());
      case MOD -> holdsNumber(compare, pair == null ? 0 : pair.modRevision());
      case LEASE -> holdsNumber(compare, pair == null ? 0 : txn.leaseOf(pair.key()));
      case VALUE -> pair != null && holds(compare, pair.value().compareTo(compare.value()));
    };
  }

  private static boolean holdsNumber(Command.Compare compare, long stored) {
    return holds(compare, Long.compare(stored, compare.number()));
  }

  private static boolean holds(Command.Compare compare, int storedToGiven) {
    return switch (compare.result()) {
      case EQUAL -> storedToGiven == 0;
      case GREATER -> storedToGiven > 0;
      case LESS -> storedToGiven < 0;
      case NOT_EQUAL -> storedToGiven != 0;
    };
  }

  private static Command.Range all(KeyRange keys, boolean keysOnly) {
    return Command.Range.of(keys).withSerializable(true).withKeysOnly(keysOnly);
  }

  // ---- executing

  private List<Result.OpResult> execute(Branch branch) {
    List<Result.OpResult> responses = new ArrayList<>(branch.ops.size());
    Executing executing = new Executing(branch.nested.iterator());
    for (Command.Op op : branch.ops) {
      responses.add(op.accept(executing));
    }
    return responses;
  }

  /** Executes the operations of one branch, in their order. */
  private final class Executing implements Command.Op.Visitor<Result.OpResult> {
    private final Iterator<Branch> nested;

    Executing(Iterator<Branch> nested) {
      this.nested = nested;
    }

    @Override
    public Result.OpResult put(Command.Put put) {
      return write(put);
    }

    @Override
    public Result.OpResult range(Command.Range range) {
      return txn.range(range);
    }

    @Override
    public Result.OpResult deleteRange(Command.DeleteRange delete) {
      return write(delete);
    }

    @Override
    public Result.OpResult txn(Command.Txn inner) {
      Branch branch = nested.next();
      return new Result.TxnDone(0, branch.succeeded, execute(branch));
    }
  }

  private Result.Putted write(Command.Put put) {
    Bytes key = put.key();
    KeyValue before = put.prevKv() || put.ignoreValue() ? txn.get(key) : null;
    Bytes value = put.value();
    if (put.ignoreValue()) {
      if (before == null) {
        throw new IllegalStateException("no value of " + key + " to keep, although it was checked");
      }
      value = before.value();
    }
    long lease = put.ignoreLease() ? txn.leaseOf(key) : put.lease();
    txn.put(key, value, lease);
    leases.attach(key, lease);
    return new Result.Putted(txn.revision(), put.prevKv() ? before : null);
  }

  private Result.Deleted write(Command.DeleteRange delete) {
    List<KeyValue> before =
        delete.prevKv() ? txn.range(all(delete.range(), false)).kvs() : List.of();
    List<Bytes> gone = txn.delete(delete.range());
    gone.forEach(leases::detach);
    return new Result.Deleted(txn.revision(), gone.size(), before);
  }
}
