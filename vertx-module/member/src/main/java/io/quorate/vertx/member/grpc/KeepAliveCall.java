package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Result.LeaseTime;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * {@code LeaseKeepAlive}: one answer for each request, in the order of the requests. While {@value
 * #MAX_PENDING} renewals are pending, or the client does not read the answers, no further requests
 * are read.
 *
 * <p>A renewal of an expired lease is answered with a TTL of 0; any other failure ends the stream.
 */
final class KeepAliveCall extends StreamCall<LeaseKeepAliveRequest> {
  private static final int MAX_PENDING = 256;

  private final Deque<Future<LeaseTime>> pending = new ArrayDeque<>();
  private boolean halfClosed;
  private boolean reading = true;

  KeepAliveCall(
      RpcServer server,
      GrpcServerRequest<LeaseKeepAliveRequest, MessageLite> request,
      GrpcMessageDecoder<LeaseKeepAliveRequest> decoder) {
    super(server, request, decoder);
  }

  @Override
  void received(LeaseKeepAliveRequest message) {
    Future<LeaseTime> renewal = store.leaseKeepAlive(message.getID());
    pending.add(renewal);
    renewal.onComplete(done -> answer());
    updateReading();
  }

  /** Sends the answers that are complete, from the oldest request up to the first pending one. */
  private void answer() {
    while (!isOver()) {
      Future<LeaseTime> oldest = pending.peek();
      if (oldest == null || !oldest.isComplete()) {
        break;
      }
      pending.remove();
      if (oldest.failed()) {
        fail(oldest.cause());
        return;
      }
      send(ProtoMapping.keptAlive(store.memberStatus(), oldest.result()));
    }
    if (halfClosed && pending.isEmpty()) {
      finish();
    }
    updateReading();
  }

  /**
   * False: the memory is bounded here, and leases must be renewed also while the budget is used up.
   */
  @Override
  boolean isBudgeted() {
    return false;
  }

  @Override
  void halfClosed() {
    halfClosed = true;
    answer();
  }

  @Override
  void flowChanged(boolean flowing) {
    updateReading();
  }

  private void updateReading() {
    boolean read = isFlowing() && pending.size() < MAX_PENDING;
    if (read != reading && !isOver()) {
      reading = read;
      if (read) {
        request.resume();
      } else {
        request.pause();
      }
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    pending.clear();
  }
}
