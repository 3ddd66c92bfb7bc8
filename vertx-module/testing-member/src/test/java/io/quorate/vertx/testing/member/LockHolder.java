package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.recipe.DistributedLock;
import io.quorate.vertx.client.recipe.Held;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A program that takes a lock and, asked by a line of input, prints whether it still holds it. */
final class LockHolder {
  private LockHolder() {}

  public static void main(String[] args) throws IOException {
    // so that the process ends after a failure below
    Vertx vertx = Vertx.vertx(new VertxOptions().setUseDaemonThread(true));
    RemoteStore store = new RemoteStore(vertx, new RemoteOptions(List.of(URI.create(args[0]))));
    QuorateClient client = QuorateClient.over(vertx, store);
    Session session = await(client.session(4));
    Held held = await(new DistributedLock(client, session, args[1]).acquire(10_000));
    System.out.println("held " + held.isHeld());
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (lines.readLine() != null) {
      System.out.println("held " + held.isHeld());
      Bytes key = Bytes.utf8(args[1] + "-guarded");
      System.out.println(
          "wrote "
              + await(
                      client
                          .txn()
                          .when(held.guard())
                          .then(Command.Put.of(key, Bytes.utf8("by the old holder")))
                          .commit())
                  .succeeded());
    }
    Void unused = await(client.close().compose(v -> store.close()).compose(v -> vertx.close()));
  }
}
