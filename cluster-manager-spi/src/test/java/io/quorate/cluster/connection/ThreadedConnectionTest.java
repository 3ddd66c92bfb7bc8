package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The timeout of opening a connection, and its error message. */
class ThreadedConnectionTest {
  private static final int TIMEOUT_SECONDS = 20;
  private static final long JOIN_MILLIS = 300;

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    Object unused = await(vertx.close().map(0));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  private interface Opening {
    void run(Deadline deadline) throws Exception;
  }

  private static ThreadedConnection connection(Opening opening) {
    return new ThreadedConnection(
        new QuorateClusterOptions().setJoinTimeoutMillis(JOIN_MILLIS), "opens-something") {
      @Override
      QuorateClient openAll(Vertx vertx, Deadline deadline) throws Exception {
        opening.run(deadline);
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
    ThreadedConnection connection = connection(opening);
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
  void the_error_names_the_step_at_the_deadline() throws Exception {
    assertOverWhile(
        "asking somebody",
        deadline -> {
          deadline.step("preparing");
          deadline.pause(JOIN_MILLIS / 3);
          deadline.step("asking somebody");
          deadline.await(Promise.promise().future());
        });
  }

  @Test
  void a_resource_opened_after_the_deadline_is_closed() throws Exception {
    Promise<String> opening = Promise.promise();
    AtomicBoolean closed = new AtomicBoolean();
    assertOverWhile(
        "opening the store",
        deadline -> {
          deadline.step("opening the store");
          String unused = deadline.opened(opening.future(), late -> closed.set(true));
        });
    opening.complete("late");
    assertThat(closed).isTrue();
  }

  @Test
  void close_waits_for_a_resource_being_opened() throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    Promise<String> opening = Promise.promise();
    ThreadedConnection connection =
        connection(deadline -> seen.complete(deadline.opened(opening.future(), late -> {})));
    Future<QuorateClient> unused = connection.open(vertx);
    Future<Void> closed = connection.close();
    assertThat(closed.isComplete()).isFalse();
    opening.complete("in time");
    assertThat(await(closed.map(0))).isZero();
    assertThat(seen).isCompletedWithValue("in time");
  }
}
