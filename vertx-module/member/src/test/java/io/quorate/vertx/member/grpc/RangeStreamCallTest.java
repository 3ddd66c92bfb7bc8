package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RangeStreamResponse;
import io.quorate.vertx.member.http.EndpointOptions;
import io.quorate.vertx.member.store.RangeAnswer;
import io.quorate.vertx.testing.RawHttp2;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeStreamCallTest {
  private static final RangeRequest ASKED =
      RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
  private static final int MAX_CHUNK_BYTES = 1536 << 10;

  private final TestRpc rpc = new TestRpc(EndpointOptions.defaults());

  @AfterEach
  void close() {
    rpc.close();
  }

  /** An answer that is in memory, with what the call does to it. */
  private static final class Pieces implements RangeAnswer.Pieces {
    private final RangeAnswer.Pieces pieces;
    final AtomicInteger chunks = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();
    int failAt = Integer.MAX_VALUE;

    Pieces(int pairs, int valueBytes, boolean more, long count) {
      Bytes value = Bytes.of(new byte[valueBytes]);
      List<KeyValue> kvs =
          IntStream.range(0, pairs)
              .mapToObj(i -> new KeyValue(Bytes.utf8("k" + i), value, 2, i + 2, 1, 0))
              .toList();
      pieces = new RangeAnswer.Whole(new Result.Ranged(300, kvs, more, count)).pieces();
    }

    @Override
    public long revision() {
      return pieces.revision();
    }

    @Override
    public long count() {
      return pieces.count();
    }

    @Override
    public boolean more() {
      return pieces.more();
    }

    @Override
    public long sizeBytes() {
      return pieces.sizeBytes();
    }

    @Override
    public Future<List<KeyValue>> next(long maxBytes, int maxPairs) {
      return chunks.incrementAndGet() < failAt
          ? pieces.next(maxBytes, maxPairs)
          : Future.failedFuture(EtcdError.LEADER_CHANGED.exception());
    }

    @Override
    public boolean isAtEnd() {
      return pieces.isAtEnd();
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  private Pieces answer(Pieces pieces) {
    rpc.store.pieces = pieces;
    return pieces;
  }

  private List<RangeResponse> stream(RangeRequest request) {
    var call = rpc.start(KVGrpcClient.RangeStream, request, Map.of());
    assertThat(call.end()).isEqualTo(new TestRpc.End(GrpcStatus.OK, null));
    List<RangeResponse> chunks = new ArrayList<>();
    for (RangeStreamResponse message : call.messages) {
      chunks.add(message.getRangeResponse());
    }
    return chunks;
  }

  @Test
  void chunksGrowFromTenPairsAndTheLastOneTellsOfAllOfThem() {
    Pieces pieces = answer(new Pieces(60_000, 100, true, 70_000));
    List<RangeResponse> chunks = stream(ASKED);
    assertThat(chunks.subList(0, 5))
        .extracting(RangeResponse::getKvsCount)
        .containsExactly(10, 20, 40, 80, 160);
    assertThat(chunks).allMatch(chunk -> chunk.getSerializedSize() < 1.3 * MAX_CHUNK_BYTES);
    assertThat(chunks)
        .filteredOn(chunk -> chunk.getSerializedSize() > MAX_CHUNK_BYTES / 2)
        .hasSizeGreaterThan(3);
    RangeResponse.Builder merged = RangeResponse.newBuilder();
    chunks.forEach(merged::mergeFrom);
    assertThat(merged.getKvsList().stream().map(kv -> kv.getKey().toStringUtf8()))
        .containsExactlyElementsOf(IntStream.range(0, 60_000).mapToObj(i -> "k" + i).toList());
    RangeResponse last = chunks.get(chunks.size() - 1);
    assertThat(last.getHeader().getRevision()).isEqualTo(300);
    assertThat(last.getHeader().getMemberId()).isEqualTo(FakeClient.MEMBER_ID);
    assertThat(last.getMore()).isTrue();
    assertThat(last.getCount()).isEqualTo(70_000);
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allMatch(
            chunk ->
                chunk.getKvsCount() > 0
                    && !chunk.hasHeader()
                    && !chunk.getMore()
                    && chunk.getCount() == 0);
    rpc.until("closed", pieces.closed::get);
    assertThat(rpc.endpoint.answerBytes()).isZero();
  }

  /** Ten pairs of 1 MB would be a message that clients refuse. */
  @Test
  void aChunkOfLargeValuesHasFewerPairs() {
    answer(new Pieces(20, 1_000_000, false, 20));
    List<RangeResponse> chunks = stream(ASKED);
    assertThat(chunks).hasSize(20).allMatch(chunk -> chunk.getKvsCount() == 1);
  }

  @Test
  void anEmptyRangeIsOneMessage() {
    answer(new Pieces(0, 0, false, 0));
    List<RangeResponse> chunks = stream(ASKED);
    assertThat(chunks).hasSize(1);
    assertThat(chunks.get(0).getHeader().getRevision()).isEqualTo(300);
  }

  @Test
  void aCountIsOneMessage() {
    answer(new Pieces(0, 0, false, 17));
    List<RangeResponse> chunks = stream(ASKED.toBuilder().setCountOnly(true).build());
    assertThat(chunks).hasSize(1);
    assertThat(chunks.get(0).getCount()).isEqualTo(17);
  }

  @Test
  void anotherOrderIsUnimplemented() {
    RangeRequest request = ASKED.toBuilder().setSortOrder(RangeRequest.SortOrder.DESCEND).build();
    assertThat(rpc.endOf(KVGrpcClient.RangeStream, request, Map.of()))
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.UNIMPLEMENTED, "RangeStream does not support custom sort orders"));
    assertThat(rpc.store.ranges).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void filtersAreUnimplemented(int which) {
    RangeRequest.Builder request = ASKED.toBuilder();
    switch (which) {
      case 1 -> request.setMinModRevision(1);
      case 2 -> request.setMaxModRevision(1);
      case 3 -> request.setMinCreateRevision(1);
      default -> request.setMaxCreateRevision(1);
    }
    assertThat(rpc.endOf(KVGrpcClient.RangeStream, request.build(), Map.of()))
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.UNIMPLEMENTED, "RangeStream does not support revision filters"));
  }

  @Test
  void anEmptyKeyIsReportedFirst() {
    RangeRequest request =
        RangeRequest.newBuilder().setSortOrder(RangeRequest.SortOrder.DESCEND).build();
    assertThat(rpc.endOf(KVGrpcClient.RangeStream, request, Map.of()).message())
        .isEqualTo(EtcdError.EMPTY_KEY.message());
  }

  @Test
  void aFailureAfterSomeChunksEndsTheStream() {
    Pieces pieces = new Pieces(1_000, 10, false, 1_000);
    pieces.failAt = 3;
    answer(pieces);
    var call = rpc.start(KVGrpcClient.RangeStream, ASKED, Map.of());
    assertThat(call.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.UNAVAILABLE, EtcdError.LEADER_CHANGED.message()));
    assertThat(call.messages).hasSize(2);
    rpc.until("closed", pieces.closed::get);
  }

  @Test
  void forAClientThatDoesNotReadNoMoreThanTwoChunksAreReadAhead() throws Exception {
    Pieces pieces = answer(new Pieces(20_000, 1_000, false, 20_000));
    try (RawHttp2 raw = RawHttp2.withInitialWindow(rpc.port(), 0)) {
      raw.call(1, "/etcdserverpb.KV/RangeStream", ASKED.toByteArray());
      raw.ping();
      rpc.until("chunks are read", () -> pieces.chunks.get() >= 8);
      raw.ping();
      rpc.settle();
      int read = pieces.chunks.get();
      assertThat(rpc.endpoint.answerBytes()).isEqualTo(2L * MAX_CHUNK_BYTES);
      raw.ping();
      rpc.settle();
      assertThat(pieces.chunks).hasValue(read);
      assertThat(pieces.closed).isFalse();
      raw.reset(1);
      raw.ping();
      rpc.until("closed", pieces.closed::get);
      assertThat(rpc.endpoint.answerBytes()).isZero();
    }
  }
}
