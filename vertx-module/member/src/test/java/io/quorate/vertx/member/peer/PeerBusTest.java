package io.quorate.vertx.member.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.apply.MemberTable;
import io.quorate.command.Member;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PeerBusTest {
  private static final Map<String, Function<JsonObject, Future<JsonObject>>> ANSWERS =
      Map.of(
          "twice",
          question ->
              Future.succeededFuture(new JsonObject().put("n", 2 * question.getInteger("n"))),
          "never",
          question -> Future.failedFuture("there is no more of it"));

  private static URI freeUrl() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static String failure(Future<JsonObject> future) {
    return String.valueOf(
        await(future.transform(r -> Future.succeededFuture(r.cause()))).getMessage());
  }

  private static void unexpected(Throwable e) {
    throw new AssertionError(e);
  }

  @Test
  void a_bus_asks_and_answers_before_its_owner_is_a_member() throws IOException {
    URI here = freeUrl();
    PeerBus asked = await(PeerBus.listen(here, here, ANSWERS, null));
    URI there = freeUrl();
    PeerBus asking = await(PeerBus.listen(there, there));
    try {
      assertThat(
              await(asking.questions().ask(here, "twice", new JsonObject().put("n", 21), 10_000)))
          .isEqualTo(new JsonObject().put("n", 42));
      assertThat(failure(asking.questions().ask(here, "never", new JsonObject(), 10_000)))
          .isEqualTo("there is no more of it");
      assertThat(failure(asking.questions().ask(here, "unknown", new JsonObject(), 100)))
          .contains("Timed out");
    } finally {
      Object unused = await(asking.close());
      unused = await(asked.close());
    }
  }

  @Test
  void a_dead_peer_is_reported_at_once_even_if_nothing_is_sent_to_it() throws Exception {
    URI here = freeUrl();
    URI there = freeUrl();
    PeerBus dying = await(PeerBus.listen(there, there));
    PeerBus bus = await(PeerBus.listen(here, here));
    try {
      CompletableFuture<Void> received = new CompletableFuture<>();
      CompletableFuture<Long> lost = new CompletableFuture<>();
      Object unused =
          await(
              dying.serve(
                  9, 2, 1, frame -> received.complete(null), peer -> {}, PeerBusTest::unexpected));
      unused = await(bus.serve(9, 1, 1, frame -> {}, lost::complete, PeerBusTest::unexpected));
      bus.context()
          .runOnContext(
              v -> {
                bus.membersChanged(
                    MemberTable.of(
                        List.of(
                            new Member(1, "", List.of(here.toString()), List.of(), false),
                            new Member(2, "", List.of(there.toString()), List.of(), false)),
                        Set.of()));
                assertThat(bus.send(2, List.of())).isTrue();
              });
      received.get(20, TimeUnit.SECONDS);
      assertThat(lost).isNotDone();

      unused = await(dying.close());

      assertThat(lost.get(20, TimeUnit.SECONDS)).isEqualTo(2);
    } finally {
      Object unused = await(bus.close());
      unused = await(dying.close());
    }
  }

  /** Older releases accepted such URLs. */
  @Test
  void a_member_with_unreadable_urls_is_unreachable_and_others_are_reachable() throws Exception {
    URI here = freeUrl();
    URI there = freeUrl();
    PeerBus other = await(PeerBus.listen(there, there));
    PeerBus bus = await(PeerBus.listen(here, here));
    try {
      CompletableFuture<Void> received = new CompletableFuture<>();
      Object unused =
          await(
              other.serve(
                  9, 2, 1, frame -> received.complete(null), peer -> {}, PeerBusTest::unexpected));
      unused = await(bus.serve(9, 1, 1, frame -> {}, peer -> {}, PeerBusTest::unexpected));
      List<List<String>> bad =
          List.of(
              List.of("http://127.0.0.1:99999"),
              List.of("::::"),
              List.of("127.0.0.1:2380"),
              List.of("http://127.0.0.1"),
              List.of());
      List<Member> members = new ArrayList<>();
      members.add(new Member(1, "", List.of("http://127.0.0.1:99999"), List.of(), false));
      members.add(new Member(2, "", List.of("::::", there.toString()), List.of(), false));
      for (int i = 0; i < bad.size(); i++) {
        members.add(new Member(3 + i, "", bad.get(i), List.of(), true));
      }
      CompletableFuture<List<Boolean>> sent = new CompletableFuture<>();
      bus.context()
          .runOnContext(
              v -> {
                bus.membersChanged(MemberTable.of(members, Set.of()));
                sent.complete(
                    members.stream().skip(1).map(m -> bus.send(m.id(), List.of())).toList());
              });
      assertThat(sent.get(20, TimeUnit.SECONDS))
          .containsExactly(true, false, false, false, false, false);
      received.get(20, TimeUnit.SECONDS);
    } finally {
      Object unused = await(bus.close());
      unused = await(other.close());
    }
  }
}
