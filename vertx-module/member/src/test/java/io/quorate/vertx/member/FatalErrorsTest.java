package io.quorate.vertx.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.netty.channel.ConnectTimeoutException;
import io.netty.util.concurrent.EventExecutor;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.node.QuorateNode;
import io.quorate.vertx.member.fault.FatalErrors;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Loopback;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A member that loses one of its threads ends with an error; another member in the process lives
 * on.
 */
@SuppressWarnings("NullAway.Init")
class FatalErrorsTest {
  private static QuorateServer other;

  @BeforeAll
  static void startOther(@TempDir Path directory) {
    other = start(directory.resolve("other"));
  }

  @AfterAll
  static void stop() {
    Void unused = await(other.close());
  }

  private static QuorateServer start(Path dataDir) {
    URI clientUrl = Loopback.url(Loopback.freePort());
    URI peerUrl = Loopback.url(Loopback.freePort());
    return await(
        QuorateServer.start(
            new QuorateOptions()
                .setName("one")
                .setDataDir(dataDir)
                .setListenClientUrls(List.of(clientUrl))
                .setAdvertiseClientUrls(List.of(clientUrl))
                .setListenPeerUrls(List.of(peerUrl))
                .setInitialAdvertisePeerUrls(List.of(peerUrl))
                .setHeartbeatIntervalMillis(20)
                .setElectionTimeoutMillis(200)
                .setInitialCluster(Map.of("one", List.of(peerUrl)))));
  }

  /**
   * Whether the member has finished the work of its start, which would otherwise meet the fault
   * first.
   */
  private static boolean isIdle(QuorateNode node) {
    Member self = node.members().member(node.identity().memberId());
    return self != null
        && !self.name().isEmpty()
        && node.featureLevel() == FeatureLevel.NEWEST
        && node.status().applied() == node.status().commit();
  }

  /** Makes something fail in a member. */
  private interface Fault extends Consumer<QuorateServer> {}

  private static void fatal() {
    throw new OutOfMemoryError("injected");
  }

  private static void unexpected() {
    throw new IllegalStateException("injected");
  }

  private static EventExecutor loopOf(Vertx vertx) {
    return ((VertxInternal) vertx).nettyEventLoopGroup().next();
  }

  private static Arguments on(String name, Fault injury) {
    return arguments(name, injury);
  }

  private static Arguments onThread(String name, Runnable task) {
    return on(name, server -> Objects.requireNonNull(server.threads().get(name)).execute(task));
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        onThread("quorate-log", FatalErrorsTest::fatal),
        onThread("quorate-apply", FatalErrorsTest::unexpected),
        onThread("quorate-state", FatalErrorsTest::fatal),
        onThread("quorate-read", FatalErrorsTest::unexpected),
        on(
            "a read of a client",
            server -> server.node().read(server, FatalErrorsTest::fatal, () -> {})),
        on("the node's loop", server -> server.node().abdicate(FatalErrorsTest::unexpected)),
        on(
            "the bus on the node's loop",
            server -> server.peers().context().runOnContext(v -> fatal())),
        on("a client's loop", server -> server.vertx().runOnContext(v -> fatal())),
        on("a timer", server -> server.vertx().setPeriodic(1, id -> fatal())),
        on("the node's loop ends", server -> end(server.peers().vertx())),
        on("a client's loop ends", server -> end(server.vertx())));
  }

  private static void end(Vertx vertx) {
    var unused = loopOf(vertx).shutdownGracefully(0, 1, TimeUnit.MILLISECONDS);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void a_failed_member_ends_with_the_cause_and_another_member_lives_on(
      String what, Fault injury, @TempDir Path directory) throws Exception {
    QuorateServer member = start(directory.resolve("m"));
    Await.untilTrue("it has nothing left to do", () -> isIdle(member.node()));
    CompletableFuture<Void> ended = member.termination().toCompletionStage().toCompletableFuture();
    assertThat(ended).isNotDone();

    injury.accept(member);

    assertThatThrownBy(() -> ended.get(20, TimeUnit.SECONDS))
        .as(what)
        .isInstanceOf(ExecutionException.class)
        .hasMessageMatching("(?s).*(injected|an event loop has ended).*");
    Throwable cause = await(member.failing());
    assertThat(ended)
        .failsWithin(0, TimeUnit.SECONDS)
        .withThrowableThat()
        .havingCause()
        .isSameAs(cause);
    Void unused = await(member.close());
    Result.Putted put =
        await(other.client().put(Command.Put.of(Bytes.utf8("k"), Bytes.utf8(what))));
    assertThat(put.revision()).isPositive();
    assertThat(other.termination().isComplete()).isFalse();
    // everything is closed, so the member can start again
    unused = await(start(directory.resolve("m")).close());
  }

  /** Otherwise a client that finds a request with an unexpected failure could end members. */
  @Test
  void an_exception_in_work_for_a_connection_does_not_end_the_member() throws Exception {
    CompletableFuture<Void> ran = new CompletableFuture<>();
    Vertx vertx = other.vertx();
    vertx.runOnContext(v -> unexpected());
    vertx.runOnContext(
        v -> {
          throw new StackOverflowError("injected");
        });
    vertx.setTimer(50, id -> ran.complete(null));
    ran.get(20, TimeUnit.SECONDS);
    Result.Ranged unused =
        await(other.client().range(Command.Range.of(KeyRange.single(Bytes.utf8("k")))));
    assertThat(other.termination().isComplete()).isFalse();
  }

  @Test
  void an_error_is_fatal_also_as_a_cause_and_cyclic_causes_are_handled() {
    assertThat(FatalErrors.isFatal(new OutOfMemoryError())).isTrue();
    assertThat(FatalErrors.isFatal(new RuntimeException(new NoClassDefFoundError("x")))).isTrue();
    assertThat(FatalErrors.isFatal(new RuntimeException(new StackOverflowError()))).isFalse();
    assertThat(FatalErrors.isFatal(new ConnectTimeoutException())).isFalse();
    Exception first = new Exception();
    first.initCause(new Exception(first));
    assertThat(FatalErrors.isFatal(first)).isFalse();
  }
}
