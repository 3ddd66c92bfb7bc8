package io.quorate.cluster.bundle;

import io.quorate.apply.MemberTable;
import io.quorate.command.Member;
import io.quorate.vertx.member.peer.PeerBus;
import io.vertx.core.Future;
import io.vertx.core.impl.VertxImpl;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One peer says something to another one, which then closes, and hears of that without saying
 * anything more. Prints the version of Vert.x, and who was lost.
 */
final class Peers {
  private static final int TIMEOUT_SECONDS = 60;
  private static final int CLUSTER = 9;
  private static final int ONE = 1;
  private static final int OTHER = 2;

  private Peers() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println(VertxImpl.version());
    URI here = freeUrl();
    URI there = freeUrl();
    PeerBus bus = await(PeerBus.listen(here, here));
    PeerBus other = await(PeerBus.listen(there, there));
    CompletableFuture<Void> heard = new CompletableFuture<>();
    CompletableFuture<Long> lost = new CompletableFuture<>();
    await(
        other
            .serve(
                CLUSTER,
                OTHER,
                1,
                frame -> heard.complete(null),
                peer -> {},
                heard::completeExceptionally)
            .map(0));
    await(
        bus.serve(CLUSTER, ONE, 1, frame -> {}, lost::complete, lost::completeExceptionally)
            .map(0));
    bus.context()
        .runOnContext(
            nothing -> {
              bus.membersChanged(
                  MemberTable.of(List.of(member(ONE, here), member(OTHER, there)), Set.of()));
              boolean unused = bus.send(OTHER, List.of());
            });
    Object unused = heard.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (lost.isDone()) {
      throw new IllegalStateException("lost before it was closed");
    }
    await(other.close().map(0));
    System.out.println("lost " + lost.get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    await(bus.close().map(0));
  }

  private static Member member(int id, URI url) {
    return new Member(id, "", List.of(url.toString()), List.of(), false);
  }

  private static URI freeUrl() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
