package io.quorate.vertx.member.embedded;

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
    return op.accept(WALKS);
  }

  private static final Command.Op.Visitor<Boolean> WALKS =
      new Command.Op.Visitor<>() {
        @Override
        public Boolean range(Command.Range range) {
          return !range.range().isSingle();
        }

        @Override
        public Boolean put(Command.Put put) {
          return false;
        }

        @Override
        public Boolean deleteRange(Command.DeleteRange delete) {
          return delete.prevKv() && !delete.range().isSingle();
        }

        @Override
        public Boolean txn(Command.Txn txn) {
          return txn.success().stream().anyMatch(Reading::walks)
              || txn.failure().stream().anyMatch(Reading::walks);
        }
      };

  /**
   * Of a transaction, the larger branch. What it has written itself by then is not counted: that is
   * bounded by the size of the request.
   *
   * @return in bytes of keys and values; 0 for what cannot be read, as it may be in a branch that
   *     is not taken
   */
  static long bytes(KvStore kv, Command.Op op, BooleanSupplier wanted) {
    return op.accept(new Weighing(kv, wanted));
  }

  private record Weighing(KvStore kv, BooleanSupplier wanted) implements Command.Op.Visitor<Long> {
    @Override
    public Long range(Command.Range range) {
      return kv.rangeBytes(range, wanted);
    }

    @Override
    public Long put(Command.Put put) {
      return put.prevKv() ? bytesOf(KeyRange.single(put.key())) : 0;
    }

    @Override
    public Long deleteRange(Command.DeleteRange delete) {
      return delete.prevKv() ? bytesOf(delete.range()) : 0;
    }

    @Override
    public Long txn(Command.Txn txn) {
      return Math.max(sum(txn.success()), sum(txn.failure()));
    }

    private long bytesOf(KeyRange keys) {
      return kv.rangeBytes(Command.Range.of(keys), wanted);
    }

    private long sum(List<Command.Op> ops) {
      return ops.stream().mapToLong(op -> op.accept(this)).sum();
    }
  }
}
