package io.quorate.vertx.client.embedded;

import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.mvcc.KvStore;
import java.util.List;
import java.util.function.BooleanSupplier;

/** How much of the store an operation, or a whole transaction, will bring into its answer. */
final class Reading {
  private Reading() {}

  /** True if that cannot be told without going through many keys. */
  static boolean walks(Command.Op op) {
    if (op instanceof Command.Range range) {
      return !range.range().isSingle();
    } else if (op instanceof Command.DeleteRange delete) {
      return delete.prevKv() && !delete.range().isSingle();
    } else if (op instanceof Command.Txn txn) {
      return txn.success().stream().anyMatch(Reading::walks)
          || txn.failure().stream().anyMatch(Reading::walks);
    }
    return false;
  }

  /**
   * Of a transaction, the larger branch. What it has written itself by then is not counted: that is
   * bounded by the size of the request.
   *
   * @return in bytes of keys and values; 0 for what cannot be read, as it may be in a branch that
   *     is not taken
   */
  static long bytes(KvStore kv, Command.Op op, BooleanSupplier wanted) {
    if (op instanceof Command.Range range) {
      return kv.rangeBytes(range, wanted);
    } else if (op instanceof Command.DeleteRange delete) {
      return delete.prevKv() ? kv.rangeBytes(Command.Range.of(delete.range()), wanted) : 0;
    } else if (op instanceof Command.Put put) {
      return put.prevKv() ? kv.rangeBytes(Command.Range.of(KeyRange.single(put.key())), wanted) : 0;
    } else if (op instanceof Command.Txn txn) {
      return Math.max(sum(kv, txn.success(), wanted), sum(kv, txn.failure(), wanted));
    }
    return 0;
  }

  private static long sum(KvStore kv, List<Command.Op> ops, BooleanSupplier wanted) {
    long bytes = 0;
    for (Command.Op op : ops) {
      bytes += bytes(kv, op, wanted);
    }
    return bytes;
  }
}
