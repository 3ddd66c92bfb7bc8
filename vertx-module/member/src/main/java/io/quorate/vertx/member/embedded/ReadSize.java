package io.quorate.vertx.member.embedded;

import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.mvcc.KvStore;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Computes, from the index, how many bytes an operation or a whole transaction will read. */
final class ReadSize {
  private ReadSize() {}

  /** Whether the size is only known after going through many keys. */
  static boolean needsScan(Command.Op op) {
    return op.accept(NEEDS_SCAN);
  }

  private static final Command.Op.Visitor<Boolean> NEEDS_SCAN =
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
          return txn.success().stream().anyMatch(ReadSize::needsScan)
              || txn.failure().stream().anyMatch(ReadSize::needsScan);
        }
      };

  /**
   * For a transaction, the size of the larger branch. Values that the transaction itself writes
   * before it reads them are not counted; the size of the request bounds them.
   *
   * @return bytes of keys and values; 0 if the operation cannot be read, since it may be in a
   *     branch that is not taken
   */
  static long bytes(KvStore kv, Command.Op op, BooleanSupplier wanted) {
    return op.accept(new SizeVisitor(kv, wanted));
  }

  private record SizeVisitor(KvStore kv, BooleanSupplier wanted)
      implements Command.Op.Visitor<Long> {
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
