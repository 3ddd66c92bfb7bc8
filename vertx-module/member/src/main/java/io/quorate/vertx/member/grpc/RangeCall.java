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

/**
 * {@code KV.Range}. A small answer is made and sent as a whole. A larger one is also a single
 * message, but is never in memory as a whole: its length is computed from the index, and its pairs
 * are read, encoded and written as fast as the client reads.
 */
final class RangeCall extends PiecewiseCall {
  private static final int PIECE_BYTES = 64 << 10;

  /** How far reading may be ahead of the client; the memory that such an answer holds. */
  private static final long WINDOW_BYTES = 256 << 10;

  private static final int PREFIX_BYTES = 5;

  RangeCall(
      RpcServer server,
      GrpcServerRequest<RangeRequest, MessageLite> request,
      GrpcMessageDecoder<RangeRequest> decoder) {
    super(server, request, decoder, new Window(WINDOW_BYTES, WINDOW_BYTES, WINDOW_BYTES / 2));
  }

  @Override
  boolean isForLearners(RangeRequest message) {
    return message.getSerializable();
  }

  @Override
  Future<?> work(MemberStore store, RangeRequest asked) {
    Future<RangeAnswer> read = store.read(ProtoMapping.range(asked), PairWire.SIZER);
    read.onComplete(this::answered);
    return read;
  }

  @Override
  void answerWhole(RangeAnswer.Whole whole) {
    finish(ProtoMapping.ranged(store.memberStatus(), whole.ranged()));
  }

  @Override
  Future<List<KeyValue>> next(RangeAnswer.Pieces from) {
    return from.next(PIECE_BYTES);
  }

  @Override
  void write(RangeAnswer.Pieces from, List<KeyValue> pairs) {
    if (pairs.isEmpty()) {
      finish(() -> writeTail(from));
    } else {
      byte[] bytes = PairWire.pairs(pairs);
      ignoringCancel(() -> write(Unpooled.wrappedBuffer(bytes)));
    }
  }

  private void write(ByteBuf bytes) {
    int size = bytes.readableBytes();
    sent(http.response().write(BufferInternal.buffer(bytes)), size);
  }

  @Override
  boolean writeHead(RangeAnswer.Pieces from) {
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

  private void writeTail(RangeAnswer.Pieces from) {
    write(Unpooled.wrappedBuffer(PairWire.tail(from.more(), from.count())));
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
}
