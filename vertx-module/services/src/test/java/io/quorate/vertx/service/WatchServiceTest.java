package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.quorate.vertx.service.server.ServicesRegistration;
import io.quorate.vertx.testing.Await;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Watches, with raw messages and with the receiver. Each test uses its own prefix. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WatchServiceTest {
  private static final int MAX_WATCHES = 3;
  private static final long REPLY_MILLIS = 1_000;

  @TempDir static Path dataDir;
  private Served served;
  private WatchService watches;

  @BeforeAll
  void start() {
    served =
        new Served(
            dataDir,
            new QuorateServicesOptions()
                .setMaxWatches(MAX_WATCHES)
                .setWatchProgressMillis(100)
                .setWatchReplyMillis(REPLY_MILLIS));
    watches = served.services.watches();
  }

  @AfterAll
  void stop() {
    served.close();
  }

  private long put(String key, String value) {
    return await(served.services.kv().put(key, value)).getRevision();
  }

  /** A caller that keeps its deliveries and replies when the test tells it to. */
  private final class Listener {
    final String address = "caller." + System.nanoTime();
    final Queue<Message<JsonObject>> unanswered = new ConcurrentLinkedQueue<>();
    final List<WatchDelivery> heard = new CopyOnWriteArrayList<>();
    final MessageConsumer<JsonObject> consumer =
        served.vertx.eventBus().consumer(address, this::hear);
    volatile boolean answers;

    private void hear(Message<JsonObject> message) {
      heard.add(new WatchDelivery(message.body()));
      if (answers) {
        message.reply(null);
      } else {
        unanswered.add(message);
      }
    }

    void answerAll() {
      answers = true;
      Message<JsonObject> message;
      while ((message = unanswered.poll()) != null) {
        message.reply(null);
      }
    }

    List<String> values() {
      return heard.stream()
          .flatMap(delivery -> delivery.getEvents().stream())
          .map(event -> event.getKv().getValue())
          .toList();
    }
  }

  private WatchStarted watch(WatchRequest request) {
    return await(watches.watch(request));
  }

  private boolean isThere(String watchId) {
    return await(watches.cancel(watchId));
  }

  @Test
  void changesAreToldWithWhatWasThereBefore() {
    long first = put("a/1", "1");
    Listener listener = new Listener();
    listener.answers = true;
    WatchStarted started =
        watch(
            new WatchRequest()
                .setPrefix("a/")
                .setStartRevision(first)
                .setPrevKv(true)
                .setAddress(listener.address));
    long second = put("a/1", "2");
    DeleteResult unused = await(served.services.kv().delete("a/1"));
    Await.untilTrue("all is heard", () -> listener.values().size() == 3);
    List<WatchEvent> events =
        listener.heard.stream().flatMap(delivery -> delivery.getEvents().stream()).toList();
    assertThat(events)
        .extracting(WatchEvent::getType)
        .containsExactly(EventType.PUT, EventType.PUT, EventType.DELETE);
    assertThat(events.get(0).getPrevKv()).isNull();
    assertThat(events.get(1).getPrevKv().getValue()).isEqualTo("1");
    assertThat(events.get(1).getKv().getModRevision()).isEqualTo(second);
    assertThat(events.get(2).getPrevKv().getValue()).isEqualTo("2");
    assertThat(started.getRevision()).isEqualTo(first - 1);
    assertThat(listener.heard)
        .extracting(WatchDelivery::getSequence)
        .isEqualTo(
            IntStream.rangeClosed(1, listener.heard.size()).mapToObj(i -> (long) i).toList());
    assertThat(listener.heard)
        .allMatch(delivery -> delivery.getNextRevision() == delivery.getRevision() + 1);
    assertThat(isThere(started.getWatchId())).isTrue();
    assertThat(isThere(started.getWatchId())).isFalse();
  }

  @Test
  void kindsOfChangesCanBeLeftOut() {
    Listener deletes = new Listener();
    deletes.answers = true;
    Listener puts = new Listener();
    puts.answers = true;
    String first =
        watch(new WatchRequest().setKey("b").setNoPut(true).setAddress(deletes.address))
            .getWatchId();
    String second =
        watch(new WatchRequest().setKey("b").setNoDelete(true).setAddress(puts.address))
            .getWatchId();
    assertThat(put("b", "1")).isPositive();
    DeleteResult unused = await(served.services.kv().delete("b"));
    assertThat(put("b", "2")).isPositive();
    Await.untilTrue(
        "all is heard", () -> puts.values().size() == 2 && deletes.values().size() == 1);
    assertThat(puts.values()).containsExactly("1", "2");
    assertThat(isThere(first) && isThere(second)).isTrue();
  }

  @Test
  void noMoreIsSentThanTheCallerGrants() {
    Listener listener = new Listener();
    String id =
        watch(new WatchRequest().setPrefix("c/").setCredit(2).setAddress(listener.address))
            .getWatchId();
    for (int i = 0; i < 20; i++) {
      assertThat(put("c/" + i, Integer.toString(i))).isPositive();
    }
    Await.untilTrue("there is no credit left", () -> listener.unanswered.size() >= 2);
    assertThat(put("c/20", "20")).isPositive();
    assertThat(listener.heard).hasSize(2);
    listener.answerAll();
    Await.untilTrue("all is heard", () -> listener.values().size() == 21);
    assertThat(listener.values())
        .isEqualTo(IntStream.rangeClosed(0, 20).mapToObj(Integer::toString).toList());
    assertThat(isThere(id)).isTrue();
  }

  @Test
  void aFloodFromHistoryComesInPortions() {
    String large = "x".repeat(400_000);
    long first = put("n", large);
    for (int i = 1; i < 10; i++) {
      assertThat(put("n", large)).isPositive();
    }
    Listener listener = new Listener();
    String id =
        watch(
                new WatchRequest()
                    .setKey("n")
                    .setStartRevision(first)
                    .setCredit(2)
                    .setAddress(listener.address))
            .getWatchId();
    Await.untilTrue("there is no credit left", () -> listener.unanswered.size() >= 2);
    assertThat(listener.heard).hasSize(2).allMatch(delivery -> delivery.getEvents().size() <= 2);
    listener.answerAll();
    Await.untilTrue("all is heard", () -> listener.values().size() == 10);
    assertThat(listener.heard).allMatch(delivery -> delivery.getEvents().size() <= 2);
    assertThat(isThere(id)).isTrue();
  }

  @Test
  void aQuietWatchSaysThatItIsThere() {
    Listener listener = new Listener();
    listener.answers = true;
    WatchStarted started = watch(new WatchRequest().setKey("d").setAddress(listener.address));
    assertThat(started.getProgressMillis()).isEqualTo(100);
    Await.untilTrue("it says so twice", () -> listener.heard.size() >= 2);
    assertThat(listener.values()).isEmpty();
    assertThat(listener.heard.get(0).getNextRevision()).isEqualTo(started.getRevision() + 1);
    assertThat(isThere(started.getWatchId())).isTrue();
  }

  @Test
  void theWatchOfACallerThatIsGoneIsForgotten() {
    Listener listener = new Listener();
    listener.answers = true;
    String id = watch(new WatchRequest().setKey("e").setAddress(listener.address)).getWatchId();
    Void unused = await(listener.consumer.unregister());
    awaitRoom();
    assertThat(isThere(id)).isFalse();
  }

  @Test
  void theWatchOfACallerThatDoesNotAnswerIsForgotten() {
    Listener listener = new Listener();
    String id = watch(new WatchRequest().setKey("f").setAddress(listener.address)).getWatchId();
    awaitRoom();
    assertThat(isThere(id)).isFalse();
    assertThat(listener.heard).hasSize(1);
  }

  /** Waits until the limit of watches is free again. */
  private void awaitRoom() {
    Await.untilTrue(
        "there is room",
        () -> {
          Listener listener = new Listener();
          listener.answers = true;
          List<String> ids = new ArrayList<>();
          try {
            for (int i = 0; i < MAX_WATCHES; i++) {
              ids.add(
                  watch(new WatchRequest().setKey("x").setAddress(listener.address)).getWatchId());
            }
            return true;
          } catch (ServiceException full) {
            return false;
          } finally {
            ids.forEach(this::isThere);
          }
        });
  }

  @Test
  void watchesAreBounded() {
    Listener listener = new Listener();
    listener.answers = true;
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < MAX_WATCHES; i++) {
      ids.add(watch(new WatchRequest().setKey("g").setAddress(listener.address)).getWatchId());
    }
    Failed.with(
        ServiceFailure.TOO_MANY_WATCHES,
        "there are 3 watches",
        watches.watch(new WatchRequest().setKey("g").setAddress(listener.address)));
    assertThat(ids).allMatch(this::isThere);
  }

  @Test
  void compactedChangesEndTheWatchWithTheRevisionThatIsLeft() {
    assertThat(put("h", "1")).isPositive();
    long second = put("h", "2");
    assertThat(await(served.services.kv().compact(new CompactRequest().setRevision(second))))
        .isPositive();
    Listener listener = new Listener();
    String unused =
        watch(new WatchRequest().setKey("h").setStartRevision(1).setAddress(listener.address))
            .getWatchId();
    Await.untilTrue("the end is heard", () -> !listener.heard.isEmpty());
    WatchEnd end = listener.heard.get(0).getEnd();
    assertThat(end).isNotNull();
    assertThat(end.getName()).isEqualTo("COMPACTED");
    assertThat(end.getCode()).isEqualTo(ServiceFailure.COMPACTED.code());
    assertThat(end.getCompactRevision()).isEqualTo(second);
    awaitRoom();
  }

  @Test
  void wrongArgumentsAreRefusedByName() {
    WatchRequest good = new WatchRequest().setKey("k").setAddress("a");
    Failed.argument("address", watches.watch(new WatchRequest().setKey("k")));
    Failed.argument("key", watches.watch(new WatchRequest().setAddress("a")));
    Failed.argument("credit", watches.watch(new WatchRequest(good).setCredit(0)));
    Failed.argument("credit", watches.watch(new WatchRequest(good).setCredit(65)));
    Failed.argument("startRevision", watches.watch(new WatchRequest(good).setStartRevision(-1)));
    Failed.argument("watchId", watches.cancel("7"));
  }

  @Test
  void anyInstanceEndsTheWatchOfAnother() {
    ServicesRegistration other = await(QuorateServicesBinder.bind(served.client, served.options));
    Listener listener = new Listener();
    listener.answers = true;
    for (int i = 0; i < 2; i++) { // the bus chooses the instances in turn
      String id = watch(new WatchRequest().setKey("i").setAddress(listener.address)).getWatchId();
      ClusterStatus unused = await(served.services.cluster().status());
      assertThat(isThere(id)).isTrue();
      assertThat(isThere(id)).isFalse();
      assertThat(isThere(id)).isFalse();
    }
    Void unused = await(other.close());
    assertThat(isThere("00000000-0000-0000-0000-000000000000.1")).isFalse();
  }

  // ---- the receiver

  /** Collects the deliveries of a receiver. */
  private static List<String> collect(WatchReceiver receiver) {
    List<String> values = new CopyOnWriteArrayList<>();
    receiver.handler(
        delivery -> delivery.getEvents().forEach(event -> values.add(event.getKv().getValue())));
    return values;
  }

  @Test
  void theReceiverGoesOnAtAnotherInstanceWithoutLossOrDouble() {
    ServicesRegistration other = await(QuorateServicesBinder.bind(served.client, served.options));
    WatchReceiver receiver = served.services.watch(new WatchRequest().setPrefix("j/"));
    List<String> values = collect(receiver);
    assertThat(await(receiver.started())).isPositive();
    assertThat(put("j/1", "1")).isPositive();
    Await.untilTrue("the first is heard", () -> values.size() == 1);
    Void unused = await(other.close());
    ServicesRegistration next = await(QuorateServicesBinder.bind(served.client, served.options));
    for (int i = 2; i <= 50; i++) {
      assertThat(put("j/1", Integer.toString(i))).isPositive();
    }
    Await.untilTrue("all is heard", () -> values.size() >= 50);
    assertThat(values).isEqualTo(IntStream.rangeClosed(1, 50).mapToObj(Integer::toString).toList());
    unused = await(next.close());
    unused = await(receiver.close());
    awaitRoom();
  }

  @Test
  void aReceiverThatPausesLongerThanTheServiceWaitsMissesNothing() {
    WatchReceiver receiver = served.services.watch(new WatchRequest().setPrefix("k/").setCredit(1));
    List<String> values = collect(receiver);
    assertThat(await(receiver.started())).isPositive();
    receiver.pause();
    for (int i = 1; i <= 10; i++) {
      assertThat(put("k/1", Integer.toString(i))).isPositive();
    }
    awaitRoom(); // the service has ended the watch
    assertThat(values).isEmpty();
    receiver.resume();
    Await.untilTrue("all is heard", () -> values.size() >= 10);
    assertThat(values).isEqualTo(IntStream.rangeClosed(1, 10).mapToObj(Integer::toString).toList());
    Void unused = await(receiver.close());
  }

  @Test
  void aPausedReceiverThatHasNothingToHearStaysThere() {
    WatchReceiver receiver = served.services.watch(new WatchRequest().setPrefix("l/"));
    receiver.pause();
    List<String> values = collect(receiver);
    assertThat(await(receiver.started())).isPositive();
    long until = System.nanoTime() + 2 * REPLY_MILLIS * 1_000_000;
    Await.untilTrue("more than its patience", () -> System.nanoTime() - until > 0);
    assertThat(put("l/1", "1")).isPositive();
    receiver.fetch(1);
    Await.untilTrue("it is heard", () -> values.size() == 1);
    Void unused = await(receiver.close());
  }

  @Test
  void aReceiverHearsThatChangesAreCompacted() {
    assertThat(put("m", "1")).isPositive();
    long second = put("m", "2");
    assertThat(await(served.services.kv().compact(new CompactRequest().setRevision(second))))
        .isPositive();
    WatchReceiver receiver =
        served.services.watch(new WatchRequest().setKey("m").setStartRevision(1));
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    List<Boolean> ended = new CopyOnWriteArrayList<>();
    receiver.exceptionHandler(failures::add).endHandler(v -> ended.add(true));
    List<String> values = collect(receiver);
    Await.untilTrue("the stream ends", () -> !ended.isEmpty());
    assertThat(ServiceFailure.of(failures.get(0))).isEqualTo(ServiceFailure.COMPACTED);
    assertThat(((ServiceException) failures.get(0)).getDebugInfo().getLong("compactRevision"))
        .isEqualTo(second);
    assertThat(values).isEmpty();
  }

  @Test
  void aReceiverThatCannotBeginFailsAtOnce() {
    QuorateServices nowhere =
        QuorateServices.of(served.vertx, new QuorateServicesOptions().setAddressPrefix("nowhere"));
    Failed.with(
        ServiceFailure.UNREACHABLE,
        "no service is registered",
        nowhere.watch(new WatchRequest().setKey("k")).started());
  }
}
