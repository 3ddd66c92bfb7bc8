package io.quorate.vertx.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.EtcdError;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.RequestKind;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ResumingWatchTest {
  private static final Bytes KEY = Bytes.utf8("k");

  private final FakeLoop loop = new FakeLoop();
  private final ScriptedStore script = new ScriptedStore();
  private final List<Long> delivered = new ArrayList<>();
  private final List<Object> ends = new ArrayList<>();

  private ResumingWatch watch(long startRevision) {
    ResumingWatch watch =
        new ResumingWatch(
            script.store,
            WatchOptions.of(KeyRange.single(KEY)).startingAt(startRevision),
            loop,
            Promise::promise,
            Promise.promise(),
            over -> ends.add("over"));
    watch.handler(batch -> batch.events().forEach(e -> delivered.add(e.kv().modRevision())));
    watch.exceptionHandler(ends::add);
    watch.endHandler(v -> ends.add("end"));
    watch.start();
    return watch;
  }

  private static WatchResponse events(long... revisions) {
    List<Event> events = new ArrayList<>();
    for (long revision : revisions) {
      events.add(
          new Event(
              Event.Type.PUT, new KeyValue(KEY, Bytes.EMPTY, revision, revision, 1, 0), null));
    }
    return new WatchResponse.Events(0, 1_000, events, false);
  }

  private void created() {
    script.channel().send(new WatchResponse.Created(0, 99));
  }

  private long startOfChannel() {
    return script.channel().created.get(0).startRevision();
  }

  @Test
  void aWatchFromNowStartsAfterTheRevisionOfALinearizableRead() {
    ResumingWatch watch = watch(0);
    script.last(RequestKind.RANGE).answer(new Result.Ranged(41, List.of(), false, 0));
    assertThat(startOfChannel()).isEqualTo(42);
    assertThat(watch.started().isComplete()).isFalse();
    created();
    assertThat(watch.started().result()).isEqualTo(41);
  }

  @Test
  void theReadForTheStartRevisionIsRepeatedIfItFails() {
    watch(0);
    script.last(RequestKind.RANGE).fail(EtcdError.TIMEOUT.exception());
    loop.pass(50);
    assertThat(script.count(RequestKind.RANGE)).isEqualTo(2);
  }

  @Test
  void aLostChannelIsResumedAfterTheLastReceivedRevision() {
    watch(5);
    created();
    script.channel().send(events(5, 7, 7));
    ScriptedStore.Channel first = script.channel();
    first.lose();
    assertThat(first.closed).isTrue();
    loop.pass(50);
    assertThat(startOfChannel()).isEqualTo(8);
    created();
    script.channel().send(events(9));
    assertThat(delivered).containsExactly(5L, 7L, 7L, 9L);
  }

  @Test
  void responsesOfALostChannelAreIgnored() {
    watch(5);
    created();
    ScriptedStore.Channel first = script.channel();
    first.lose();
    first.send(events(6));
    loop.pass(50);
    created();
    first.send(events(6));
    first.lose();
    script.channel().send(events(6));
    assertThat(delivered).containsExactly(6L);
    assertThat(script.channels).hasSize(2);
  }

  @Test
  void aRepeatedEventIsNotDeliveredAgain() {
    watch(5);
    created();
    script.channel().send(events(5, 6));
    script.channel().send(events(6, 7));
    assertThat(delivered).containsExactly(5L, 6L, 7L);
  }

  @Test
  void progressMovesTheRevisionToResumeFrom() {
    watch(5);
    created();
    script.channel().send(new WatchResponse.Progress(-1, 50));
    script.channel().send(new WatchResponse.Progress(-1, 30));
    script.channel().lose();
    loop.pass(50);
    assertThat(startOfChannel()).isEqualTo(51);
  }

  @Test
  void theHeaderOfAMessageFromHistoryDoesNotMoveTheRevision() {
    watch(5);
    created();
    script.channel().send(events(6));
    script.channel().lose();
    loop.pass(50);
    assertThat(startOfChannel()).isEqualTo(7);
  }

  @Test
  void progressIsRequestedAfterAWhileWithoutResponses() {
    watch(5);
    created();
    loop.pass(30_000);
    assertThat(script.channel().progressRequests).isZero();
    loop.pass(30_000);
    assertThat(script.channel().progressRequests).isEqualTo(1);
  }

  @Test
  void theBackoffBetweenAttemptsGrowsUpToABound() {
    watch(5);
    LongStream.of(50, 100, 200, 400, 800, 1_600, 2_000, 2_000)
        .forEach(
            wait -> {
              int before = script.channels.size();
              script.channel().lose();
              loop.pass(wait - 1);
              assertThat(script.channels).hasSize(before);
              loop.pass(1);
              assertThat(script.channels).hasSize(before + 1);
            });
    created();
    script.channel().lose();
    int before = script.channels.size();
    loop.pass(50);
    assertThat(script.channels).hasSize(before + 1);
  }

  @Test
  void aChannelThatIsNotConfirmedInTimeIsReplaced() {
    watch(5);
    loop.pass(10_050);
    assertThat(script.channels).hasSize(2);
    assertThat(script.channels.get(0).closed).isTrue();
  }

  @Test
  void compactionOfUndeliveredEventsEndsTheWatchAfterTheReceivedOnes() {
    ResumingWatch watch = watch(5);
    created();
    watch.pause();
    script.channel().send(events(5));
    script.channel().send(new WatchResponse.Canceled(0, 0, 100));
    assertThat(ends).isEmpty();
    watch.resume();
    assertThat(delivered).containsExactly(5L);
    assertThat(ends).hasSize(3);
    assertThat(ends.get(0)).isEqualTo("over");
    assertThat(((WatchCompactedException) ends.get(1)).compactRevision()).isEqualTo(100);
    assertThat(ends.get(2)).isEqualTo("end");
    assertThat(script.channel().closed).isTrue();
    assertThat(loop.timers()).isZero();
  }

  @Test
  void compactionBeforeTheWatchHasBegunOnlyMovesItsStart() {
    ResumingWatch watch = watch(0);
    script.last(RequestKind.RANGE).answer(new Result.Ranged(41, List.of(), false, 0));
    script.channel().send(new WatchResponse.Canceled(0, 0, 60));
    loop.pass(50);
    script.last(RequestKind.RANGE).answer(new Result.Ranged(70, List.of(), false, 0));
    created();
    assertThat(watch.started().result()).isEqualTo(70);
    assertThat(ends).isEmpty();
  }

  @Test
  void aRefusedWatchFails() {
    ResumingWatch watch = watch(5);
    script.channel().send(new WatchResponse.Refused(-1, 9, "mvcc: watcher range is empty"));
    assertThat(watch.started().cause()).hasMessageContaining("range is empty");
    assertThat(ends).hasSize(3);
  }

  @Test
  void onlyRequestedEventsAreDelivered() {
    ResumingWatch watch = watch(5);
    watch.pause();
    created();
    script.channel().send(events(5));
    script.channel().send(events(6));
    script.channel().send(events(7));
    assertThat(delivered).isEmpty();
    watch.fetch(2);
    assertThat(delivered).containsExactly(5L, 6L);
    watch.resume();
    assertThat(delivered).containsExactly(5L, 6L, 7L);
  }

  @Test
  void theChannelIsPausedWhenTheQueueIsFullAndResumedOnceThereIsRoom() {
    ResumingWatch watch = watch(1);
    created();
    watch.pause();
    for (int i = 1; i <= 63; i++) {
      script.channel().send(events(i));
    }
    assertThat(script.channel().paused).isFalse();
    script.channel().send(events(64));
    assertThat(script.channel().paused).isTrue();
    watch.fetch(31);
    assertThat(script.channel().paused).isTrue();
    watch.fetch(1);
    assertThat(script.channel().paused).isFalse();
  }

  @Test
  void anExceptionFromAHandlerDoesNotEndTheWatch() {
    ResumingWatch watch = watch(1);
    created();
    watch.handler(
        batch -> {
          throw new IllegalArgumentException("mine");
        });
    script.channel().send(events(1));
    assertThat(loop.reported).singleElement().isInstanceOf(IllegalArgumentException.class);
    watch.handler(batch -> delivered.add(batch.revision()));
    script.channel().send(events(2));
    assertThat(delivered).containsExactly(2L);
  }

  @Test
  void aClosedWatchLeavesNothingBehindAndDeliversNothing() {
    ResumingWatch watch = watch(1);
    assertThat(watch.close().succeeded()).isTrue();
    assertThat(watch.started().failed()).isTrue();
    assertThat(script.channel().closed).isTrue();
    script.channel().send(events(1));
    assertThat(delivered).isEmpty();
    assertThat(ends).containsExactly("over");
    assertThat(loop.timers()).isZero();
    assertThat(watch.close().succeeded()).isTrue();
  }

  @Test
  void theWatchEndsWithItsStoreAndSendsNothingFurther() {
    ResumingWatch reading = watch(0);
    StoreClosedException closed = new StoreClosedException(null);
    script.last(RequestKind.RANGE).fail(closed);
    assertThat(reading.started().cause()).isSameAs(closed);
    assertThat(ends).containsExactly("over", closed, "end");
    ends.clear();
    ResumingWatch watching = watch(5);
    created();
    assertThat(watching.started().result()).isEqualTo(4);
    script.channel().lose(closed);
    assertThat(ends).containsExactly("over", closed, "end");
    loop.pass(60_000);
    assertThat(script.count(RequestKind.RANGE)).isEqualTo(1);
    assertThat(script.channels).hasSize(1);
    assertThat(loop.timers()).isZero();
  }
}
