package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.QuorateClusterOptions;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long opening a connection may take, and what is said when it took too long. */
class OwnThreadTest {
  private static final int PATIENCE_SECONDS = 20;
  private static final long JOIN_MILLIS = 300;

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    Object unused = await(vertx.close().map(0));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private interface Opening {
    void run(Patience patience) throws Exception;
  }

  private static OwnThread connection(Opening opening) {
    return new OwnThread(
        new QuorateClusterOptions().setJoinTimeoutMillis(JOIN_MILLIS), "opens-something") {
      @Override
      QuorateClient openAll(Vertx vertx, Patience patience) throws Exception {
        opening.run(patience);
        throw new AssertionError("it has not taken too long");
      }

      @Override
      String aim() {
        return "cannot be opened";
      }

      @Override
      void closeAll() {}
    };
  }

  private void assertOverWhile(String step, Opening opening) throws Exception {
    OwnThread connection = connection(opening);
    long begin = System.nanoTime();
    Throwable e =
        await(connection.open(vertx).transform(opened -> Future.succeededFuture(opened.cause())));
    assertThat(e)
        .isInstanceOf(JoinFailedException.class)
        .hasMessage("cannot be opened: the 300 ms of joinTimeoutMillis were over while " + step);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))
        .isBetween(JOIN_MILLIS - 20, 10_000L);
    Object unused = await(connection.close().map(0));
  }

  @Test
  void the_step_is_named_at_which_time_was_over() throws Exception {
    assertOverWhile(
        "asking somebody",
        patience -> {
          patience.step("preparing");
          patience.pause(JOIN_MILLIS / 3);
          patience.step("asking somebody");
          patience.await(Promise.promise().future());
        });
  }

  @Test
  void what_comes_open_when_time_is_over_is_closed() throws Exception {
    Promise<String> opening = Promise.promise();
    AtomicBoolean closed = new AtomicBoolean();
    assertOverWhile(
        "opening the store",
        patience -> {
          patience.step("opening the store");
          String unused = patience.opened(opening.future(), late -> closed.set(true));
        });
    opening.complete("late");
    assertThat(closed).isTrue();
  }

  @Test
  void what_is_being_opened_is_waited_for_by_who_closes() throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    Promise<String> opening = Promise.promise();
    OwnThread connection =
        connection(patience -> seen.complete(patience.opened(opening.future(), late -> {})));
    Future<QuorateClient> unused = connection.open(vertx);
    Future<Void> closed = connection.close();
    assertThat(closed.isComplete()).isFalse();
    opening.complete("in time");
    assertThat(await(closed.map(0))).isZero();
    assertThat(seen).isCompletedWithValue("in time");
  }
}
