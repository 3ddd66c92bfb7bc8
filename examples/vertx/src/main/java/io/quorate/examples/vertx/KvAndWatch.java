package io.quorate.examples.vertx;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Keys, a transaction and a watch, over the network: against {@code quorate.jar}, or an etcd.
 *
 * <p>The only argument is a member's client URL, {@code http://127.0.0.1:2379} if absent. Whatever
 * is below {@code kv-and-watch/} is deleted first.
 */
public final class KvAndWatch {
  private static final String ALL = "kv-and-watch/";
  private static final Bytes COLOUR = Bytes.utf8(ALL + "colour");
  private static final Bytes BLUE = Bytes.utf8("blue");
  private static final Bytes GREEN = Bytes.utf8("green");

  private KvAndWatch() {}

  public static void main(String[] args) throws InterruptedException {
    String endpoint = args.length > 0 ? args[0] : "http://127.0.0.1:2379";
    Vertx vertx = Vertx.vertx();
    try {
      // tag::remote[]
      RemoteStore store = new RemoteStore(vertx, new RemoteOptions(List.of(URI.create(endpoint))));
      QuorateClient client = QuorateClient.over(vertx, store);
      // end::remote[]
      long begin =
          client
              .store()
              .delete(new Command.DeleteRange(KeyRange.prefix(Bytes.utf8(ALL)), false))
              .await()
              .revision();

      putAndTransact(client);
      watch(client, begin);

      client.close().await();
      store.close().await();
    } finally {
      vertx.close().await();
    }
  }

  // tag::kv[]
  private static void putAndTransact(QuorateClient client) {
    long revision = client.put(COLOUR, BLUE).await();
    System.out.println("get: " + client.get(COLOUR).await().orElseThrow().value().utf8());

    // Only if nobody has changed it since: the store compares, whatever happens in between.
    boolean changed =
        client
            .txn()
            .when(Compares.modRevision(COLOUR).isEqualTo(revision))
            .then(Command.Put.of(COLOUR, GREEN))
            .commit()
            .await()
            .succeeded();
    System.out.println("txn: " + (changed ? "changed" : "somebody was faster"));
  }

  // end::kv[]

  // tag::watch[]
  /** History is kept until it is compacted, so a watch may begin in the past. */
  private static void watch(QuorateClient client, long begin) throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    WatchStream watch =
        client.watch(WatchOptions.of(KeyRange.prefix(Bytes.utf8(ALL))).startingAt(begin + 1));
    watch.handler(
        batch -> {
          for (Event event : batch.events()) {
            System.out.println(
                "watch: "
                    + event.type()
                    + " of "
                    + event.kv().key().utf8()
                    + " "
                    + event.kv().value().utf8());
            if (event.type() == Event.Type.DELETE) {
              end.countDown();
            }
          }
        });
    client.delete(COLOUR).await();
    end.await();
    watch.close().await();
  }
  // end::watch[]
}
