package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.member.http.EndpointOptions;
import io.quorate.vertx.member.store.RangeAnswer;
import io.quorate.vertx.testing.RawHttp2;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A range that is answered in pieces is read no further than the client needs. */
class RangeCallTest {
  private static final RangeRequest ASKED =
      RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
  private static final int PIECES = 100;

  private final TestRpc rpc = new TestRpc(EndpointOptions.defaults());
  private final Pieces pieces = new Pieces();

  @BeforeEach
  void answerInPieces() {
    rpc.store.pieces = pieces;
  }

  @AfterEach
  void close() {
    rpc.close();
  }

  /** A hundred pieces of 64 kB, complete at once or when the test completes them. */
  private static final class Pieces implements RangeAnswer.Pieces {
    final KeyValue kv = new KeyValue(Bytes.utf8("key"), Bytes.of(new byte[64_000]), 2, 2, 1, 0);
    final AtomicInteger asked = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();
    volatile int failAt = Integer.MAX_VALUE;
    volatile @Nullable Promise<List<KeyValue>> held;

    @Override
    public long revision() {
      return 300;
    }

    @Override
    public long count() {
      return PIECES;
    }

    @Override
    public boolean more() {
      return false;
    }

    @Override
    public long sizeBytes() {
      return PIECES * PairWire.SIZER.bytes(kv.key(), 64_000, 2, 2, 1, 0);
    }

    @Override
    public boolean isAtEnd() {
      return asked.get() >= PIECES;
    }

    @Override
    public Future<List<KeyValue>> next(long maxBytes, int maxPairs) {
      int number = asked.incrementAndGet();
      Promise<List<KeyValue>> later = held;
      if (later != null) {
        return later.future();
      }
      if (number >= failAt) {
        return Future.failedFuture(EtcdError.LEADER_CHANGED.exception());
      }
      return Future.succeededFuture(number > PIECES ? List.of() : List.of(kv));
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  @Test
  void thePiecesFormOneMessage() {
    var answer = rpc.ask(KVGrpcClient.Range, ASKED);
    assertThat(answer.getKvsCount()).isEqualTo(PIECES);
    assertThat(answer.getCount()).isEqualTo(PIECES);
    assertThat(answer.getHeader().getRevision()).isEqualTo(300);
    assertThat(answer.getHeader().getMemberId()).isEqualTo(FakeClient.MEMBER_ID);
    rpc.until("closed", pieces.closed::get);
    assertThat(rpc.endpoint.answerBytes()).isZero();
  }

  @Test
  void aPassedDeadlineStopsReading() {
    pieces.held = Promise.promise();
    var end = rpc.endOf(KVGrpcClient.Range, ASKED, Map.of("grpc-timeout", "100m"));
    assertThat(end.status()).isEqualTo(GrpcStatus.DEADLINE_EXCEEDED);
    rpc.until("closed", pieces.closed::get);
    assertThat(rpc.store.wanted.getAsBoolean()).isFalse();
    assertThat(pieces.asked).hasValue(1);
    pieces.held.complete(List.of(pieces.kv));
    rpc.settle();
    assertThat(pieces.asked).as("a piece that comes late brings no other").hasValue(1);
  }

  @Test
  void aFailureBetweenPiecesFailsTheCall() {
    pieces.failAt = 50;
    var call = rpc.start(KVGrpcClient.Range, ASKED, Map.of());
    assertThat(call.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.UNAVAILABLE, EtcdError.LEADER_CHANGED.message()));
    assertThat(call.messages).isEmpty();
    rpc.until("closed", pieces.closed::get);
  }

  @Test
  void forAClientThatDoesNotReadOnlyOneWindowIsReadAhead() throws Exception {
    try (RawHttp2 raw = RawHttp2.withInitialWindow(rpc.port(), 0)) {
      raw.call(1, "/etcdserverpb.KV/Range", ASKED.toByteArray());
      raw.ping();
      rpc.until("a window is read", () -> pieces.asked.get() >= 4);
      raw.ping();
      assertThat(pieces.asked.get()).isLessThan(8);
      assertThat(rpc.endpoint.answerBytes()).isBetween(200_000L, 400_000L);
      assertThat(pieces.closed).isFalse();
      raw.reset(1);
      raw.ping();
      rpc.until("closed", pieces.closed::get);
      assertThat(rpc.endpoint.answerBytes()).isZero();
      assertThat(pieces.asked.get()).isLessThan(8);
    }
  }

  @Test
  void aLostConnectionStopsReading() throws Exception {
    try (RawHttp2 raw = RawHttp2.withInitialWindow(rpc.port(), 0)) {
      raw.call(1, "/etcdserverpb.KV/Range", ASKED.toByteArray());
      raw.ping();
    }
    rpc.until("closed", pieces.closed::get);
    assertThat(rpc.endpoint.answerBytes()).isZero();
  }

  /**
   * A put of 1 MB whose answer contains it: that the client does not read delays only its own
   * connection.
   */
  @Test
  void aConnectionThatReadsNoAnswersIsServedNoFurther() throws Exception {
    rpc.store.pieces = null;
    byte[] put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8("k"))
            .setValue(ByteString.copyFrom(new byte[1_000_000]))
            .build()
            .toByteArray();
    try (RawHttp2 raw = RawHttp2.withInitialWindow(rpc.port(), 0)) {
      raw.call(1, "/etcdserverpb.KV/Put", put);
      raw.ping();
      long most = EndpointOptions.defaults().rpc().answerBytes() / 4;
      int calls = (int) (most / 1_000_000) * 2 + 10;
      for (int i = 1; i <= calls; i++) {
        raw.call(2 * i + 1, "/etcdserverpb.KV/Range", ASKED.toByteArray());
      }
      raw.ping();
      rpc.settle();
      assertThat(rpc.endpoint.answerBytes()).isBetween(most, most + 2_000_000);
      assertThat(rpc.store.ranges.get()).isLessThan(calls);
      assertThat(rpc.ask(KVGrpcClient.Range, ASKED).getCount()).as("another client").isEqualTo(1);
    }
    rpc.until("all is released", () -> rpc.endpoint.answerBytes() == 0);
  }
}
