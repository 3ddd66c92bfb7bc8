package io.quorate.command;

/** Checks that need no state, made before a request is read or proposed; the seam. */
public final class Validation {
  private Validation() {}

  /**
   * @throws EtcdException EMPTY_KEY
   */
  public static void check(Command.Range range) {}

  /**
   * @throws EtcdException EMPTY_KEY, VALUE_PROVIDED, LEASE_PROVIDED
   */
  public static void check(Command.Put put) {}

  /**
   * @throws EtcdException EMPTY_KEY
   */
  public static void check(Command.DeleteRange delete) {}

  /**
   * Both branches, recursively: fields, number of operations (a nested transaction may use what its
   * parent leaves of {@code maxTxnOps}), duplicate keys.
   *
   * @throws EtcdException EMPTY_KEY, TOO_MANY_OPS, DUPLICATE_KEY, VALUE_PROVIDED, LEASE_PROVIDED
   */
  public static void check(Command.Txn txn, int maxTxnOps) {}

  /** True if no branch holds a put, a delete or a nested transaction: needs no log entry. */
  public static boolean isReadOnly(Command.Txn txn) {
    throw new IllegalStateException("seam");
  }

  /** True if it {@linkplain #isReadOnly reads only} and every range is serializable. */
  public static boolean isSerializable(Command.Txn txn) {
    throw new IllegalStateException("seam");
  }

  /** True if any branch, nested ones included, holds a put. */
  public static boolean hasPut(Command.Txn txn) {
    throw new IllegalStateException("seam");
  }
}
