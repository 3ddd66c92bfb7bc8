package io.quorate.examples.vertx;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.recipe.DistributedLock;
import io.quorate.vertx.client.recipe.Held;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

/**
 * A lock in front of something that is not in the store, here a printer. No lock can keep a holder
 * from standing still, losing it, and going on without knowing: so the printer checks the fencing
 * token, which is larger for each later holder.
 */
public final class FencedLock {
  private static final long SESSION_SECONDS = 5;
  private static final long WAIT_MILLIS = 10_000;

  private FencedLock() {}

  // tag::resource[]
  /** What is protected: it takes no work from a holder before the newest that it has seen. */
  private static final class Printer {
    private long newestToken;

    synchronized void print(String page, long fencingToken) {
      if (fencingToken < newestToken) {
        throw new IllegalStateException("refused '" + page + "': its lock has been lost");
      }
      newestToken = fencingToken;
      System.out.println("printed '" + page + "'");
    }
  }

  // end::resource[]

  public static void main(String[] args) {
    Vertx vertx = Vertx.clusteredVertx(new VertxOptions()).await();
    Printer printer = new Printer();

    // tag::lock[]
    QuorateClient client = QuorateClusterManager.clientOf(vertx);
    Session mine = client.session(SESSION_SECONDS).await();
    Held lock = new DistributedLock(client, mine, "printer").acquire(WAIT_MILLIS).await();
    printer.print("my first page", lock.fencingToken());
    // end::lock[]

    // As if this process had stood still for longer than its session lasts.
    client.store().leaseRevoke(mine.leaseId()).await();

    Session another = client.session(SESSION_SECONDS).await();
    Held next = new DistributedLock(client, another, "printer").acquire(WAIT_MILLIS).await();
    printer.print("another's page", next.fencingToken());
    try {
      printer.print("my second page", lock.fencingToken());
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
    }

    // In the store itself a transaction does the same with the lock's guard.
    boolean written =
        client
            .txn()
            .when(lock.guard())
            .then(Command.Put.of(Bytes.utf8("pages"), Bytes.utf8("2")))
            .commit()
            .await()
            .succeeded();
    System.out.println("written under the lost lock: " + written);

    next.release().await();
    client.close().await();
    vertx.close().await();
  }
}
