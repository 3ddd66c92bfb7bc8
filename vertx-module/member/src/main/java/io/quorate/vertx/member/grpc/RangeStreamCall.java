package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
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

/**
 * {@code KV.RangeStream}: a range in chunks, all of one revision, read and sent as fast as the
 * client takes them. Merged, the chunks are the answer of {@code Range}. The first chunk has few
 * pairs, so that the client can begin; chunks grow towards the largest request that is accepted, as
 * in etcd. The last chunk has the header, {@code more} and {@code count}.
 *
 * <p>Unlike etcd's, the stream is not overtaken by compaction, and ends with its last chunk even if
 * the member loses its leader in the meantime.
 */
final class RangeStreamCall extends PiecewiseCall {
  private static final int FIRST_CHUNK_PAIRS = 10;
  private static final int MAX_CHUNK_BYTES = 1536 << 10;

  private final int chunkBytes;
  private int chunkPairs = FIRST_CHUNK_PAIRS;

  RangeStreamCall(
      RpcServer server,
      GrpcServerRequest<RangeRequest, MessageLite> request,
      GrpcMessageDecoder<RangeRequest> decoder) {
    super(server, request, decoder, window(chunkBytes(server.options())));
    this.chunkBytes = chunkBytes(server.options());
  }

  private static int chunkBytes(RpcOptions options) {
    return Math.min(MAX_CHUNK_BYTES, options.maxRequestBytes());
  }

  /** What is written and has not left yet, and the chunk that is being made. */
  private static Window window(int chunkBytes) {
    return new Window(2L * chunkBytes, chunkBytes, chunkBytes);
  }

  /** As in etcd, a learner answers no stream, not even a serializable one. */
  @Override
  boolean isForLearners(RangeRequest message) {
    return false;
  }

  @Override
  Future<?> work(MemberStore store, RangeRequest asked) {
    Future<RangeAnswer> read = store.read(ProtoMapping.rangeStream(asked), PairWire.SIZER);
    read.onComplete(this::answered);
    return read;
  }

  @Override
  void answerWhole(RangeAnswer.Whole whole) {
    send(whole.pieces());
  }

  @Override
  boolean writeHead(RangeAnswer.Pieces from) {
    return true; // the header is in the last chunk
  }

  @Override
  Future<List<KeyValue>> next(RangeAnswer.Pieces from) {
    return from.next(chunkBytes, chunkPairs);
  }

  @Override
  void write(RangeAnswer.Pieces from, List<KeyValue> pairs) {
    RangeResponse.Builder response = RangeResponse.newBuilder();
    for (KeyValue pair : pairs) {
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
}
