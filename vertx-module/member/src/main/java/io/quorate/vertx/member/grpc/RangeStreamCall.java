package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RangeStreamResponse;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.store.RangeAnswer;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code KV.RangeStream}: a range in chunks, all of one revision, read and sent as fast as the
 * client takes them. Merged, the chunks are the answer of {@code Range}. The first chunk has few
 * pairs, so that the client can begin; chunks grow towards the largest request that is accepted, as
 * in etcd. The last chunk has the header, {@code more} and {@code count}.
 *
 * <p>Unlike etcd's, the stream is not overtaken by compaction, and ends with its last chunk even if
 * the member loses its leader in the meantime.
 */
final class RangeStreamCall extends OneRequestCall<RangeRequest> {
  private static final int FIRST_CHUNK_PAIRS = 10;
  private static final int MAX_CHUNK_BYTES = 1536 << 10;

  private final int chunkBytes;
  private int chunkPairs = FIRST_CHUNK_PAIRS;
  private RangeAnswer.@Nullable Pieces pieces;

  /** Non-null while the answer waits for its turn or has it. */
  private @Nullable Turn turn;

  private boolean reading;

  private final class Turn extends AnswerBudget.Waiter {
    private boolean begun;

    @Override
    void admitted() {
      begun = true;
      sendChunks();
    }
  }

  RangeStreamCall(
      RpcServer server,
      GrpcServerRequest<RangeRequest, MessageLite> request,
      GrpcMessageDecoder<RangeRequest> decoder) {
    super(server, request, decoder);
    this.chunkBytes = Math.min(MAX_CHUNK_BYTES, server.options().maxRequestBytes());
  }

  /** As in etcd, a learner answers no stream, not even a serializable one. */
  @Override
  boolean isForLearners(RangeRequest message) {
    return false;
  }

  @Override
  Future<?> work(MemberStore store, RangeRequest asked) {
    Future<RangeAnswer> read = store.read(ProtoMapping.rangeStream(asked), PairWire.SIZER);
    read.onComplete((answer, failure) -> begin(answer, failure));
    return read;
  }

  private void begin(@Nullable RangeAnswer answer, @Nullable Throwable failure) {
    if (failure != null) {
      fail(failure);
    } else if (answer instanceof RangeAnswer.Whole whole) {
      open(whole.pieces());
    } else if (answer instanceof RangeAnswer.Pieces some) {
      open(some);
    }
  }

  private void open(RangeAnswer.Pieces some) {
    if (isOver()) {
      some.close();
      return;
    }
    pieces = some;
    Turn mine = new Turn();
    turn = mine;
    // what is written and has not left yet, and the chunk that is being made
    if (!account.admit(mine, Math.min(some.sizeBytes(), 2L * chunkBytes), 0)) {
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void sendChunks() {
    RangeAnswer.Pieces from = pieces;
    if (reading || from == null) {
      return;
    }
    // Chunks that are complete at once are handled in this loop, not recursively.
    while (!isOver() && pendingBytes() < chunkBytes) {
      reading = true;
      Future<List<KeyValue>> next = from.next(chunkBytes, chunkPairs);
      if (!next.isComplete()) {
        next.onComplete(
            done -> {
              reading = false;
              send(from, next);
              sendChunks();
            });
        return;
      }
      reading = false;
      send(from, next);
    }
  }

  private void send(RangeAnswer.Pieces from, Future<List<KeyValue>> chunk) {
    if (isOver()) {
      return;
    }
    if (chunk.failed()) {
      fail(chunk.cause());
      return;
    }
    RangeResponse.Builder response = RangeResponse.newBuilder();
    for (KeyValue pair : chunk.result()) {
      response.addKvs(ProtoMapping.keyValue(pair));
    }
    if (from.isAtEnd()) {
      response
          .setHeader(ProtoMapping.header(store.memberStatus(), from.revision()))
          .setMore(from.more())
          .setCount(from.count());
      finish(message(response));
    } else {
      RangeStreamResponse message = message(response);
      if (message.getSerializedSize() < chunkBytes / 2) {
        chunkPairs = Math.min(2 * chunkPairs, Integer.MAX_VALUE / 2);
      }
      write(message);
    }
  }

  private static RangeStreamResponse message(RangeResponse.Builder response) {
    return RangeStreamResponse.newBuilder().setRangeResponse(response).build();
  }

  /** False: its turn already holds the memory. */
  @Override
  boolean countsPendingWrites() {
    return turn == null;
  }

  @Override
  void onWriteCompleted() {
    sendChunks();
    if (isOver() && pendingBytes() == 0) {
      endTurn();
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    if (pieces != null) {
      pieces.close();
    }
    if (pendingBytes() == 0) {
      endTurn();
    }
  }

  private void endTurn() {
    Turn mine = turn;
    if (mine == null) {
      return;
    }
    turn = null;
    if (mine.begun) {
      account.ended(mine);
    } else {
      account.withdraw(mine);
    }
  }
}
