package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.store.RangeAnswer;
import io.vertx.core.Future;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.impl.Utils;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code KV.Range}. A small answer is made and sent as a whole. A larger one is also a single
 * message, but is never in memory as a whole: its length is computed from the index, and its pairs
 * are read, encoded and written as fast as the client reads.
 */
final class RangeCall extends OneRequestCall<RangeRequest> {
  private static final int PIECE_BYTES = 64 << 10;

  /** How far reading may be ahead of the client; the memory that such an answer holds. */
  private static final long WINDOW_BYTES = 256 << 10;

  private static final int PREFIX_BYTES = 5;

  private RangeAnswer.@Nullable Pieces pieces;

  /** Non-null while the answer waits for its turn or has it. */
  private @Nullable Turn turn;

  private boolean reading;

  private final class Turn extends AnswerBudget.Waiter {
    private boolean begun;

    @Override
    void admitted() {
      begun = true;
      readNext();
    }
  }

  RangeCall(
      RpcServer server,
      GrpcServerRequest<RangeRequest, MessageLite> request,
      GrpcMessageDecoder<RangeRequest> decoder) {
    super(server, request, decoder);
  }

  @Override
  boolean isForLearners(RangeRequest message) {
    return message.getSerializable();
  }

  @Override
  Future<?> work(MemberStore store, RangeRequest asked) {
    Future<RangeAnswer> read = store.read(ProtoMapping.range(asked), PairWire.SIZER);
    read.onComplete(this::answer);
    return read;
  }

  private void answer(@Nullable RangeAnswer answer, @Nullable Throwable failure) {
    if (failure != null) {
      fail(failure);
    } else if (answer instanceof RangeAnswer.Whole whole) {
      finish(ProtoMapping.ranged(store.memberStatus(), whole.ranged()));
    } else if (answer instanceof RangeAnswer.Pieces some) {
      send(some);
    }
  }

  private void send(RangeAnswer.Pieces some) {
    if (isOver()) {
      some.close();
      return;
    }
    pieces = some;
    Turn mine = new Turn();
    turn = mine;
    if (!account.admit(mine, Math.min(some.sizeBytes(), WINDOW_BYTES), 0)) {
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void readNext() {
    RangeAnswer.Pieces from = pieces;
    if (isOver() || reading || from == null) {
      return;
    }
    if (!hasSent() && !sendHead(from)) {
      return;
    }
    // Pieces that are complete at once are handled in this loop, not recursively.
    while (!isOver() && pendingBytes() < WINDOW_BYTES) {
      reading = true;
      Future<List<KeyValue>> next = from.next(PIECE_BYTES);
      if (!next.isComplete()) {
        next.onComplete(
            done -> {
              reading = false;
              if (handle(next)) {
                readNext();
              }
            });
        return;
      }
      reading = false;
      if (!handle(next)) {
        return;
      }
    }
  }

  /** False if there are no further pieces. */
  private boolean handle(Future<List<KeyValue>> piece) {
    if (isOver()) {
      return false;
    }
    if (piece.failed()) {
      fail(piece.cause());
      return false;
    }
    List<KeyValue> pairs = piece.result();
    if (!pairs.isEmpty()) {
      byte[] bytes = PairWire.pairs(pairs);
      ignoringCancel(() -> write(Unpooled.wrappedBuffer(bytes)));
      return !isOver();
    }
    finish(this::sendTail);
    return false;
  }

  private void write(ByteBuf bytes) {
    int size = bytes.readableBytes();
    sent(http.response().write(BufferInternal.buffer(bytes)), size);
  }

  private boolean sendHead(RangeAnswer.Pieces from) {
    byte[] head = PairWire.head(ProtoMapping.header(store.memberStatus(), from.revision()));
    long size = head.length + from.sizeBytes() + PairWire.tail(from.more(), from.count()).length;
    if (size > Integer.MAX_VALUE) {
      fail(EtcdError.ANSWER_TOO_LARGE.exception());
      return false;
    }
    ignoringCancel(
        () -> {
          http.response()
              .putHeader("content-type", "application/grpc")
              .putHeader("grpc-encoding", "identity")
              .putHeader("grpc-accept-encoding", "gzip");
          write(
              Unpooled.buffer(PREFIX_BYTES + head.length)
                  .writeByte(0)
                  .writeInt((int) size)
                  .writeBytes(head));
        });
    return !isOver();
  }

  private void sendTail() {
    RangeAnswer.Pieces from = pieces;
    if (from != null) {
      write(Unpooled.wrappedBuffer(PairWire.tail(from.more(), from.count())));
    }
    endAfterWrites(() -> http.response().putTrailer("grpc-status", GrpcStatus.OK.toString()).end());
  }

  /**
   * After a part of the message: the client sees a truncated message, and the trailers give the
   * reason.
   */
  @Override
  void endWith(GrpcStatus status, String message) {
    if (!hasSent()) {
      super.endWith(status, message);
      return;
    }
    endAfterWrites(
        () ->
            http.response()
                .putTrailer("grpc-status", status.toString())
                .putTrailer("grpc-message", Utils.utf8PercentEncode(message))
                .end());
  }

  /** False: its turn already holds the memory for a window. */
  @Override
  boolean countsPendingWrites() {
    return turn == null;
  }

  @Override
  void onWriteCompleted() {
    if (pendingBytes() <= WINDOW_BYTES / 2) {
      readNext();
    }
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
