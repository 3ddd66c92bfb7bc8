package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;

/**
 * A call with many messages. It ends when the client cancels, when its connection is lost, when its
 * deadline passes, when it requires a leader and there is none, and when the server stops.
 */
abstract class StreamCall<Q extends MessageLite> extends RpcCall<Q> {
  private final Runnable flowCheck = this::checkFlow;
  private boolean flowing = true;

  StreamCall(
      RpcServer server, GrpcServerRequest<Q, MessageLite> request, GrpcMessageDecoder<Q> decoder) {
    super(server, request, decoder);
  }

  /** Called when the client cannot take more answers for now, and when it can again. */
  abstract void flowChanged(boolean flowing);

  /** Whether the stream pauses while its connection holds too much memory. */
  boolean isBudgeted() {
    return true;
  }

  /** Whether a learner may answer. */
  boolean isForLearners() {
    return false;
  }

  final void start() {
    response.drainHandler(drained -> checkFlow());
    server.opened(this);
    listen();
    try {
      server.admit(request.headers(), isForLearners());
      if (startDeadline() && Metadata.requiresLeader(request.headers())) {
        server.leaderWatch().add(this);
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** Called if the stream requires a leader, when there has been none for long. */
  final void leaderLost() {
    interrupt(EtcdError.NO_LEADER);
  }

  /** Sends a message, then checks whether the client keeps up. */
  final void send(MessageLite message) {
    write(message);
    checkFlow();
  }

  final boolean isFlowing() {
    return flowing;
  }

  private void checkFlow() {
    if (isOver()) {
      return;
    }
    boolean kept = isBudgeted() && account.isOver();
    if (kept) {
      account.whenRoom(flowCheck);
    }
    boolean now = !kept && !response.writeQueueFull();
    if (now != flowing) {
      flowing = now;
      flowChanged(now);
    }
  }

  @Override
  void onEnd() {
    account.forget(flowCheck);
    server.leaderWatch().remove(this);
    server.closed(this);
  }
}
