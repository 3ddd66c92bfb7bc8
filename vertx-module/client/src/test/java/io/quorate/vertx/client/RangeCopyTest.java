package io.quorate.vertx.client;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.RequestKind;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RangeCopyTest {
  private static final KeyRange RANGE = KeyRange.prefix(Bytes.utf8("p/"));

  private final Vertx vertx = Vertx.vertx();
  private final ScriptedStore store = new ScriptedStore();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final RangeCopy copy =
      RangeCopy.follow(
          QuorateClient.over(vertx, store.store),
          RANGE,
          new RangeCopy.Listener() {
            @Override
            public void changed(NavigableMap<Bytes, KeyValue> pairs, long revision) {
              StringBuilder all = new StringBuilder().append(revision);
              pairs.forEach((key, pair) -> all.append(" " + key + "=" + pair.value()));
              heard.add(all.toString());
            }

            @Override
            public void gone(KeyValue last, long revision) {
              heard.add("gone: " + last.key() + "=" + last.value());
            }

            @Override
            public void unavailable(Throwable cause) {
              heard.add("unavailable: " + cause.getMessage());
            }

            @Override
            public void ended(Throwable cause) {
              heard.add("ended: " + cause.getMessage());
            }
          });

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private String next() throws InterruptedException {
    String next = heard.poll(10, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  /** Runs on the copy's context, where the store is called and answers. */
  private <T> T onContext(String what, Callable<@Nullable T> question) {
    return Await.until(
        what,
        () -> {
          Context home = Objects.requireNonNull(store.context);
          Promise<@Nullable T> answer = Promise.promise();
          home.runOnContext(
              v -> {
                try {
                  answer.complete(question.call());
                } catch (Exception | AssertionError e) {
                  answer.fail(e);
                }
              });
          return await(answer.future());
        });
  }

  private void answerRead(int which, Consumer<ScriptedStore.PendingRequest> answer) {
    Boolean unused =
        onContext(
            "a read",
            () -> {
              if (store.count(RequestKind.RANGE) <= which) {
                return null;
              }
              answer.accept(store.last(RequestKind.RANGE));
              return true;
            });
  }

  private void answerRead(int which, long revision, KeyValue... pairs) {
    answerRead(which, read -> read.answer(new Result.Ranged(revision, List.of(pairs), false, 0)));
  }

  private ScriptedStore.Channel channel(int which) {
    return onContext(
        "a watch", () -> store.channels.size() > which ? store.channels.get(which) : null);
  }

  private void send(ScriptedStore.Channel channel, WatchResponse response) {
    Boolean unused =
        onContext(
            "a word",
            () -> {
              channel.send(response);
              return true;
            });
  }

  private static KeyValue pair(String key, String value, long revision) {
    return new KeyValue(Bytes.utf8(key), Bytes.utf8(value), revision, revision, 1, 0);
  }

  private static WatchResponse events(long revision, Event... events) {
    return new WatchResponse.Events(0, revision, List.of(events), false);
  }

  @Test
  void theRangeIsReadOnceAndThenChangesAreReported() throws InterruptedException {
    answerRead(0, 5, pair("p/a", "1", 3));
    assertThat(next()).isEqualTo("5 p/a=1");
    ScriptedStore.Channel channel = channel(0);
    assertThat(channel.created.get(0).startRevision()).isEqualTo(6);
    send(channel, new WatchResponse.Created(0, 5));
    send(
        channel,
        events(
            7,
            new Event(Event.Type.PUT, pair("p/a", "2", 6), null),
            new Event(Event.Type.DELETE, KeyValue.tombstone(Bytes.utf8("p/a"), 7), null),
            new Event(Event.Type.PUT, pair("p/b", "2", 7), null)));
    assertThat(next()).isEqualTo("gone: p/a=2");
    assertThat(next()).isEqualTo("7 p/b=2");
    assertThat(store.count(RequestKind.RANGE)).isEqualTo(1);
  }

  @Test
  void theRangeIsReadAgainAfterACompaction() throws InterruptedException {
    answerRead(0, 5, pair("p/a", "1", 3));
    assertThat(next()).isEqualTo("5 p/a=1");
    ScriptedStore.Channel channel = channel(0);
    send(channel, new WatchResponse.Created(0, 5));
    send(channel, new WatchResponse.Canceled(0, 20, 15));
    answerRead(1, 20, pair("p/c", "9", 18));
    assertThat(next()).isEqualTo("gone: p/a=1");
    assertThat(next()).isEqualTo("20 p/c=9");
    assertThat(channel(1).created.get(0).startRevision()).isEqualTo(21);
  }

  @Test
  void aRangeOfSeveralPagesIsReadAtOneRevision() throws InterruptedException {
    answerRead(0, read -> read.answer(new Result.Ranged(5, List.of(pair("p/a", "1", 3)), true, 2)));
    answerRead(
        1,
        read -> {
          Command.Range page = (Command.Range) read.request();
          assertThat(page.range().start()).isEqualTo(Bytes.utf8("p/a\0"));
          assertThat(page.revision()).isEqualTo(5);
          read.answer(new Result.Ranged(9, List.of(pair("p/b", "2", 4)), false, 1));
        });
    assertThat(next()).isEqualTo("5 p/a=1 p/b=2");
    assertThat(channel(0).created.get(0).startRevision()).isEqualTo(6);
  }

  @Test
  void aFailedReadIsRepeated() throws InterruptedException {
    answerRead(0, read -> read.fail(EtcdError.TIMEOUT.exception()));
    assertThat(next()).startsWith("unavailable: ").contains("timed out");
    answerRead(1, 5);
    assertThat(next()).isEqualTo("5");
  }

  @Test
  void closingTheStoreEndsTheCopy() throws InterruptedException {
    answerRead(0, 5);
    assertThat(next()).isEqualTo("5");
    ScriptedStore.Channel channel = channel(0);
    Boolean unused =
        onContext(
            "the end",
            () -> {
              channel.lose(new StoreClosedException(null));
              return true;
            });
    assertThat(next()).isEqualTo("ended: the store is closed");
  }

  @Test
  void aClosedCopyReportsNothing() throws InterruptedException {
    answerRead(0, 5);
    assertThat(next()).isEqualTo("5");
    ScriptedStore.Channel channel = channel(0);
    Void unused = await(copy.close());
    assertThat(channel.closed).isTrue();
    send(channel, events(7, new Event(Event.Type.PUT, pair("p/b", "2", 7), null)));
    assertThat(heard).isEmpty();
  }
}
