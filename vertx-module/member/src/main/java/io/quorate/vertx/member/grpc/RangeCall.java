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
 * {@code KV.Range}. A small answer leaves like any other. What is not small is one message as well,
 * but never in memory as a whole: its length is known from the index, and its pairs are read,
 * encoded and written as the client takes them.
 */
final class RangeCall extends OneRequestCall<RangeRequest> {
  private static final int PIECE_BYTES = 64 << 10;

  /** Read ahead of what the client has taken; what such an answer holds of memory. */
  private static final long WINDOW_BYTES = 256 << 10;

  private static final int PREFIX_BYTES = 5;

  private RangeAnswer.@Nullable Pieces pieces;

  /** Waits for its turn, or has it. */
  private @Nullable Turn turn;

  private boolean reading;

  private final class Turn extends AnswerBudget.Waiter {
    private boolean begun;

    @Override
    void admitted() {
      begun = true;
      readOn();
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

  private void readOn() {
    RangeAnswer.Pieces from = pieces;
    if (isOver() || reading || from == null) {
      return;
    }
    if (!hasSent() && !sendHead(from)) {
      return;
    }
    // One that is here at once goes on in this loop, not in one call inside the other.
    while (!isOver() && untakenBytes() < WINDOW_BYTES) {
      reading = true;
      Future<List<KeyValue>> next = from.next(PIECE_BYTES);
      if (!next.isComplete()) {
        next.onComplete(
            done -> {
              reading = false;
              if (handle(next)) {
                readOn();
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

  /** False if that was the end. */
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
      quietly(() -> write(Unpooled.wrappedBuffer(bytes)));
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
    quietly(
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
    endBehind(() -> http.response().putTrailer("grpc-status", GrpcStatus.OK.toString()).end());
  }

  /** Behind a part of the message: to the client it is cut off, and the trailers say why. */
  @Override
  void endWith(GrpcStatus status, String message) {
    if (!hasSent()) {
      super.endWith(status, message);
      return;
    }
    endBehind(
        () ->
            http.response()
                .putTrailer("grpc-status", status.toString())
                .putTrailer("grpc-message", Utils.utf8PercentEncode(message))
                .end());
  }

  /** Its turn has been given room for a window. */
  @Override
  boolean countsWhatIsSent() {
    return turn == null;
  }

  @Override
  void taken() {
    if (untakenBytes() <= WINDOW_BYTES / 2) {
      readOn();
    }
    if (isOver() && untakenBytes() == 0) {
      endTurn();
    }
  }

  @Override
  void released() {
    super.released();
    if (pieces != null) {
      pieces.close();
    }
    if (untakenBytes() == 0) {
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
