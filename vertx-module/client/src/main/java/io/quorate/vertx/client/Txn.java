package io.quorate.vertx.client;

import io.quorate.command.Command;
import io.quorate.command.Result;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * A transaction in the making: if all compares hold, the first operations are executed, otherwise
 * the others, in one revision. Each method adds to what was said before. One thread.
 */
public final class Txn {
  private final QuorateStore store;
  private final List<Command.Compare> compares = new ArrayList<>();
  private final List<Command.Op> success = new ArrayList<>();
  private final List<Command.Op> failure = new ArrayList<>();

  Txn(QuorateStore store) {
    this.store = store;
  }

  /** {@link Compares} makes them. */
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

  /** As a command, for instance to be part of another. */
  public Command.Txn command() {
    return new Command.Txn(compares, success, failure);
  }

  /** Does not enter the log if it only reads. */
  public Future<Result.TxnDone> commit() {
    return store.txn(command());
  }
}
