package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static io.quorate.vertx.testing.member.FaultyMember.answers;
import static io.quorate.vertx.testing.member.FaultyMember.breaks;
import static io.quorate.vertx.testing.member.FaultyMember.fails;
import static io.quorate.vertx.testing.member.FaultyMember.hangs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.UnreachableException;
import io.quorate.vertx.client.proto.quorate.CountRequest;
import io.quorate.vertx.client.proto.quorate.CountResponse;
import io.quorate.vertx.client.proto.quorate.Counter;
import io.quorate.vertx.client.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeResponse;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.recipe.Counters;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Loopback;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServerRequest;
import java.net.URI;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests are repeated, and at which member, when members fail, hang or refuse. */
class RemoteRetriesTest {
  private static final long TIMEOUT_MILLIS = 20_000;
  private static final long SHORT_TIMEOUT_MILLIS = 3_000;
  private static final long LEASE = 7;
  private static final ResponseHeader HEADER = ResponseHeader.newBuilder().setRevision(42).build();
  private static final PutResponse PUT = PutResponse.newBuilder().setHeader(HEADER).build();
  private static final RangeResponse RANGED = RangeResponse.newBuilder().setHeader(HEADER).build();

  private final Vertx vertx = Vertx.vertx();
  private final FaultyMember first = new FaultyMember();
  private final FaultyMember second = new FaultyMember();
  private final RemoteStore store = store(TIMEOUT_MILLIS, first.url(), second.url());
  private final QuorateClient client = QuorateClient.over(vertx, store);

  private RemoteStore store(long timeoutMillis, URI... endpoints) {
    return new RemoteStore(
        vertx, new RemoteOptions(List.of(endpoints)).setRequestTimeoutMillis(timeoutMillis));
  }

  @AfterEach
  void close() {
    Void unused = await(client.close().eventually(store::close));
    unused = await(vertx.close());
    first.close();
    second.close();
  }

  // ---- requests

  @Test
  void aPutWithALostConnectionHasAnUnknownOutcomeAndIsNotRepeated() {
    BlockingQueue<PutRequest> there = first.on(ServerMethods.PUT, breaks());
    BlockingQueue<PutRequest> next = second.on(ServerMethods.PUT, answers(PUT));
    assertThatThrownBy(() -> await(client.put("k", "1")))
        .isInstanceOf(UnknownOutcomeException.class)
        .hasMessageContaining("put");
    assertThat(there).hasSize(1);
    assertThat(next).isEmpty();
    assertThat(await(client.put("k", "2"))).isEqualTo(42);
    assertThat(there).hasSize(1);
    assertThat(next).extracting(put -> put.getValue().toStringUtf8()).containsExactly("2");
  }

  @Test
  void aRangeWithALostConnectionIsRepeatedAtTheNextMember() {
    var there = first.on(ServerMethods.RANGE, breaks());
    var next = second.on(ServerMethods.RANGE, answers(RANGED));
    assertThat(await(client.get("k"))).isEmpty();
    assertThat(there).hasSize(1);
    assertThat(next).hasSize(1);
  }

  @Test
  void aRequestWithAFailedConnectIsSentOnceToTheNextMember() {
    var next = second.on(ServerMethods.PUT, answers(PUT));
    RemoteStore toNobodyFirst =
        store(TIMEOUT_MILLIS, Loopback.url(Loopback.freePort()), second.url());
    try {
      assertThat(await(QuorateClient.over(vertx, toNobodyFirst).put("k", "v"))).isEqualTo(42);
    } finally {
      Void unused = await(toNobodyFirst.close());
    }
    assertThat(next).hasSize(1);
  }

  @Test
  void aRequestWithoutAnyReachableMemberFailsAsNotSent() {
    URI nobody = Loopback.url(Loopback.freePort());
    RemoteStore alone = store(SHORT_TIMEOUT_MILLIS, nobody);
    try {
      assertThatThrownBy(() -> await(QuorateClient.over(vertx, alone).put("k", "v")))
          .isInstanceOf(UnreachableException.class)
          .hasMessageContaining(nobody.toString())
          .hasMessageContaining("refused");
    } finally {
      Void unused = await(alone.close());
    }
  }

  @Test
  void aPutWithARefusedStreamIsSentOnceToTheNextMember() {
    first.refuse(ServerMethods.PUT);
    var next = second.on(ServerMethods.PUT, answers(PUT));
    assertThat(await(client.put("k", "v"))).isEqualTo(42);
    assertThat(first.calls(ServerMethods.PUT)).isEqualTo(1);
    assertThat(next).hasSize(1);
  }

  @Test
  void aPutRefusedByALearnerIsSentToTheNextMember() {
    var there = first.on(ServerMethods.PUT, fails(EtcdError.NOT_SUPPORTED_FOR_LEARNER));
    var next = second.on(ServerMethods.PUT, answers(PUT));
    assertThat(await(client.put("k", "v"))).isEqualTo(42);
    assertThat(there).hasSize(1);
    assertThat(next).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = EtcdError.class,
      names = {"NO_LEADER", "LEADER_CHANGED", "TIMEOUT", "TIMEOUT_LEADER_FAIL", "STOPPED"})
  void anErrorWithUnknownOutcomeFailsAPutAndIsRetriedForARange(EtcdError error) {
    var puts = first.on(ServerMethods.PUT, fails(error));
    var ranges = first.on(ServerMethods.RANGE, fails(error));
    var nextPuts = second.on(ServerMethods.PUT, answers(PUT));
    var nextRanges = second.on(ServerMethods.RANGE, answers(RANGED));
    assertThat(await(client.get("k"))).isEmpty();
    assertThat(ranges).hasSize(1);
    assertThat(nextRanges).hasSize(1);
    RemoteStore fresh = store(TIMEOUT_MILLIS, first.url(), second.url());
    try {
      assertThatThrownBy(() -> await(QuorateClient.over(vertx, fresh).put("k", "v")))
          .isInstanceOf(UnknownOutcomeException.class)
          .hasMessageContaining(error.message());
    } finally {
      Void unused = await(fresh.close());
    }
    assertThat(puts).hasSize(1);
    assertThat(nextPuts).isEmpty();
  }

  @Test
  void aRequestThatWasAnsweredWithAnErrorIsNotRepeated() {
    var puts = first.on(ServerMethods.PUT, fails(EtcdError.NO_SPACE));
    var ranges = first.on(ServerMethods.RANGE, fails(EtcdError.COMPACTED));
    assertThatThrownBy(() -> await(client.put("k", "v")))
        .isInstanceOfSatisfying(
            EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.NO_SPACE));
    assertThatThrownBy(() -> await(client.get("k")))
        .isInstanceOfSatisfying(
            EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.COMPACTED));
    assertThat(puts).hasSize(1);
    assertThat(ranges).hasSize(1);
    assertThat(second.calls).isEmpty();
  }

  @Test
  void atAHangingMemberAPutHasAnUnknownOutcomeAndARangeIsRepeated() {
    var puts = first.on(ServerMethods.PUT, hangs());
    var ranges = first.on(ServerMethods.RANGE, hangs());
    var nextRanges = second.on(ServerMethods.RANGE, answers(RANGED));
    RemoteStore hasty = store(2 * SHORT_TIMEOUT_MILLIS, first.url(), second.url());
    RemoteStore hastier = store(SHORT_TIMEOUT_MILLIS, first.url(), second.url());
    try {
      assertThat(await(QuorateClient.over(vertx, hasty).get("k"))).isEmpty();
      assertThatThrownBy(() -> await(QuorateClient.over(vertx, hastier).put("k", "v")))
          .isInstanceOf(UnknownOutcomeException.class);
    } finally {
      Void unused = await(hasty.close().eventually(hastier::close));
    }
    assertThat(ranges).hasSize(1);
    assertThat(nextRanges).hasSize(1);
    assertThat(puts).hasSize(1);
    assertThat(second.calls(ServerMethods.PUT)).isZero();
  }

  // ---- renewals

  private void grants(long ttlSeconds) {
    first.on(
        ServerMethods.LEASE_GRANT,
        answers(
            LeaseGrantResponse.newBuilder()
                .setHeader(HEADER)
                .setID(LEASE)
                .setTTL(ttlSeconds)
                .build()));
    for (FaultyMember member : List.of(first, second)) {
      member.on(
          ServerMethods.LEASE_REVOKE,
          answers(LeaseRevokeResponse.newBuilder().setHeader(HEADER).build()));
    }
  }

  private static BiConsumer<
          LeaseKeepAliveRequest, GrpcServerRequest<LeaseKeepAliveRequest, LeaseKeepAliveResponse>>
      renews(long ttlSeconds) {
    return (message, call) -> {
      boolean unused =
          call.response()
              .write(
                  LeaseKeepAliveResponse.newBuilder()
                      .setHeader(HEADER)
                      .setID(message.getID())
                      .setTTL(ttlSeconds)
                      .build())
              .succeeded();
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRenewalStreamThatEndsOrHangsIsReopenedElsewhereBeforeTheLeaseExpires(boolean breaks) {
    grants(15);
    AtomicInteger renewals = new AtomicInteger();
    first.on(
        ServerMethods.LEASE_KEEP_ALIVE,
        (message, call) -> {
          if (renewals.incrementAndGet() == 1) {
            renews(15).accept(message, call);
          } else if (breaks) {
            FaultyMember.drop(call);
          }
        });
    var next = second.on(ServerMethods.LEASE_KEEP_ALIVE, renews(15));
    Session session = await(client.session(15));
    assertThat(await(client.store().leaseKeepAlive(LEASE)).grantedTtlSeconds()).isEqualTo(15);
    // the second renewal fails, and further ones of the session may fail too
    assertThat(await(client.store().leaseKeepAlive(LEASE)).grantedTtlSeconds()).isEqualTo(15);
    assertThat(Recorder.next(next).getID()).isEqualTo(LEASE);
    // the session's next renewal
    assertThat(Recorder.next(next).getID()).isEqualTo(LEASE);
    assertThat(session.isAlive()).isTrue();
    assertThat(session.ended().isComplete()).isFalse();
  }

  @Test
  void anExpiredLeaseEndsItsSession() {
    grants(3);
    first.on(ServerMethods.LEASE_KEEP_ALIVE, renews(0));
    Session session = await(client.session(3));
    Void unused = await(session.lost());
    assertThat(session.isAlive()).isFalse();
    assertThat(second.calls).isEmpty();
  }

  @Test
  void aSessionWithoutRenewalsIsLostAfterItsTimeToLive() {
    grants(2);
    first.on(ServerMethods.LEASE_KEEP_ALIVE, breaks());
    second.on(ServerMethods.LEASE_KEEP_ALIVE, breaks());
    long begin = System.nanoTime();
    Session session = await(client.session(2));
    Void unused = await(session.lost());
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(2_000_000_000L);
    assertThat(session.isAlive()).isFalse();
    assertThat(second.calls(ServerMethods.LEASE_KEEP_ALIVE)).isPositive();
  }

  // ---- counters

  private static CountResponse counted(long before, long after) {
    return CountResponse.newBuilder()
        .setHeader(HEADER)
        .addCounters(Counter.newBuilder().setBefore(before).setAfter(after))
        .build();
  }

  private static void assertOneRequest(Iterable<CountRequest> requests, CountRequest request) {
    assertThat(requests).isNotEmpty().allMatch(request::equals);
  }

  @Test
  void aCountWithALostConnectionIsRepeatedWithTheSameNumber() {
    grants(60);
    var there = first.on(ServerMethods.COUNT, breaks());
    var next = second.on(ServerMethods.COUNT, answers(counted(4, 5)));
    Session session = await(client.session(60));
    Counters counters = new Counters(client, session);
    assertThat(await(counters.counter(Bytes.utf8("c")).addAndGet(1))).isEqualTo(5);
    assertThat(there).hasSize(1);
    assertThat(next).hasSize(1);
    CountRequest asked = next.remove();
    assertOneRequest(there, asked);
    assertThat(asked.getSlot().isEmpty()).isFalse();
    assertThat(await(counters.counter(Bytes.utf8("c")).addAndGet(1))).isEqualTo(5);
    assertThat(next.remove().getSequence()).isEqualTo(asked.getSequence() + 1);
  }

  @Test
  void aCountWithAnUnknownOutcomeIsRepeatedWithTheSameNumberUntilItIsAnswered() {
    grants(60);
    AtomicInteger asked = new AtomicInteger();
    BiConsumer<CountRequest, GrpcServerRequest<CountRequest, CountResponse>> answer =
        answers(counted(4, 5));
    Session session = await(client.session(60));
    // longer than one request may take
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
    var there =
        first.on(
            ServerMethods.COUNT,
            (message, call) -> {
              asked.incrementAndGet();
              if (System.nanoTime() < untilNanos) {
                FaultyMember.<CountRequest, CountResponse>fails(EtcdError.LEADER_CHANGED)
                    .accept(message, call);
              } else {
                answer.accept(message, call);
              }
            });
    RemoteStore hasty = store(1_000, first.url());
    QuorateClient over = QuorateClient.over(vertx, hasty);
    try {
      assertThat(await(new Counters(over, session).counter(Bytes.utf8("c")).addAndGet(1)))
          .isEqualTo(5);
      assertThat(asked).hasValueGreaterThan(1);
      assertOneRequest(there, there.element());
    } finally {
      Void unused = await(over.close().eventually(hasty::close));
    }
  }
}
