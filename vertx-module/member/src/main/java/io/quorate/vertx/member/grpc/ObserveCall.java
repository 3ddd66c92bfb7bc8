package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.proto.election.LeaderRequest;
import io.quorate.vertx.member.lock.Leader;
import io.quorate.vertx.member.lock.Observer;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/** {@code Observe}: the leaders of an election, one message for each change, until cancelled. */
final class ObserveCall extends StreamCall<LeaderRequest> {
  private @Nullable Observer observer;
  private long countedBytes;

  ObserveCall(
      RpcServer server,
      GrpcServerRequest<LeaderRequest, MessageLite> request,
      GrpcMessageDecoder<LeaderRequest> decoder) {
    super(server, request, decoder);
  }

  @Override
  void received(LeaderRequest message) {
    if (observer != null) {
      return;
    }
    long bytes = message.getSerializedSize();
    if (!server.waitLimit().begin(bytes)) {
      throw EtcdError.TOO_MANY_REQUESTS.exception();
    }
    countedBytes = bytes;
    Observer mine =
        new Observer(
            store.onBehalfOf(account, this::isWanted),
            ByteStrings.toBytes(message.getName()),
            this::forward,
            failure -> fail(LockErrors.coded(failure)));
    observer = mine;
    mine.start();
  }

  private void forward(Leader leader) {
    if (!isOver()) {
      send(LockMapping.leader(store.memberStatus(), leader));
    }
  }

  @Override
  void halfClosed() {
    if (observer == null) {
      fail(GrpcStatus.INTERNAL, "grpc: request without a message");
    }
  }

  @Override
  void flowChanged(boolean flowing) {
    Observer mine = observer;
    if (mine == null) {
      return;
    }
    if (flowing) {
      mine.resume();
    } else {
      mine.pause();
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    if (observer != null) {
      server.waitLimit().end(countedBytes);
      observer.close();
    }
  }
}
