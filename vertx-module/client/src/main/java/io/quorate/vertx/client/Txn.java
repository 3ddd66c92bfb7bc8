package io.quorate.vertx.client;

import io.quorate.command.Command;
import io.quorate.command.Result;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a transaction: if all compares hold, the operations of {@link #then} are executed,
 * otherwise those of {@link #otherwise}, all in one revision. Each call adds to the earlier ones.
 * For one thread.
 */
public final class Txn {
  private final QuorateStore store;
  private final List<Command.Compare> compares = new ArrayList<>();
  private final List<Command.Op> success = new ArrayList<>();
  private final List<Command.Op> failure = new ArrayList<>();

  Txn(QuorateStore store) {
    this.store = store;
  }

  /** Adds conditions, made by {@link Compares}. */
  public Txn when(Command.Compare... conditions) {
    compares.addAll(List.of(conditions));
    return this;
  }

  public Txn then(Command.Op... operations) {
    success.addAll(List.of(operations));
    return this;
  }

  public Txn otherwise(Command.Op... operations) {
    failure.addAll(List.of(operations));
    return this;
  }

  /** The transaction as a command, for example to nest it in another one. */
  public Command.Txn command() {
    return new Command.Txn(compares, success, failure);
  }

  /** A transaction that only reads is not written to the log. */
  public Future<Result.TxnDone> commit() {
    return store.txn(command());
  }
}
