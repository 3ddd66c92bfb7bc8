package io.quorate.vertx.server.process;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Loopback;
import io.quorate.vertx.testing.member.Recorder;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * A client watches and holds a session while its member is killed, and while the next one hangs.
 */
class ClientFailoverIT {
  private static final int MEMBERS = 3;
  private static final KeyRange WATCHED = KeyRange.prefix(Bytes.utf8("watched/"));

  private final Vertx vertx = Vertx.vertx();

  private RemoteStore store(ProcessCluster cluster, int first) {
    List<URI> endpoints = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      endpoints.add(Loopback.url(cluster.member((first + i) % MEMBERS).clientPort()));
    }
    return new RemoteStore(
        vertx,
        new RemoteOptions(endpoints)
            .setRequestTimeoutMillis(4_000)
            .setPingIntervalMillis(5_000)
            .setPingTimeoutMillis(1_000));
  }

  @Test
  void watchesAndSessionsSurviveAKilledMemberAndAHangingOne() {
    try (ProcessCluster cluster = ProcessCluster.start("client", MEMBERS)) {
      RemoteStore store = store(cluster, 0);
      RemoteStore writingStore = store(cluster, 2);
      QuorateClient client = QuorateClient.over(vertx, store);
      Session session = await(client.session(10));
      WatchStream watch = client.watch(WatchOptions.of(WATCHED));
      Recorder recorder = Recorder.of(watch);
      long from = await(watch.started()) + 1;
      Writer writer = new Writer(QuorateClient.over(vertx, writingStore));
      writer.begin();
      writer.await(50);
      cluster.member(0).kill();
      writer.await(writer.written.get() + 50);
      cluster.startAll();
      MemberProcess hangs = cluster.member(1);
      hangs.pause();
      writer.await(writer.written.get() + 50);
      awaitEvents(recorder, writer.written.get());
      hangs.resume();
      writer.end();
      long written = writer.written.get();
      awaitEvents(recorder, written);
      QuorateClient fresh = QuorateClient.over(vertx, writingStore);
      Recorder history = Recorder.of(fresh.watch(WatchOptions.of(WATCHED).startingAt(from)));
      awaitEvents(history, written);
      assertThat(recorder.seen).isEqualTo(history.seen.subList(0, recorder.seen.size()));
      assertThat(recorder.failures).isEmpty();
      assertThat(session.isAlive()).isTrue();
      assertThat(await(client.store().leaseTimeToLive(session.leaseId(), false)).ttlSeconds())
          .isPositive();
      await(client.close());
      await(fresh.close());
      await(store.close());
      await(writingStore.close());
      await(vertx.close());
    }
  }

  private static void awaitEvents(Recorder recorder, long lastValue) {
    String last = Long.toString(lastValue);
    boolean seen = recorder.seen.stream().anyMatch(e -> e.kv().value().utf8().equals(last));
    while (!seen) {
      Event next = recorder.next();
      seen = next.kv().value().utf8().equals(last);
    }
  }

  /** Puts consecutive numbers; a failed put is repeated, which is harmless here. */
  private static final class Writer {
    private final QuorateClient client;
    final AtomicLong written = new AtomicLong();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final Promise<Void> ended = Promise.promise();

    Writer(QuorateClient client) {
      this.client = client;
    }

    void begin() {
      client.vertx().runOnContext(v -> next());
    }

    private void next() {
      if (ending.get()) {
        ended.complete();
        return;
      }
      long number = written.get() + 1;
      client
          .put("watched/" + number % 5, Long.toString(number))
          .onSuccess(done -> written.set(number))
          .eventually(() -> client.vertx().timer(5))
          .onComplete(done -> next());
    }

    void await(long number) {
      Await.untilTrue("number " + number + " is written", () -> written.get() >= number);
    }

    void end() {
      ending.set(true);
      Void unused = Await.await(ended.future());
    }
  }
}
