package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.client.api.RpcException;
import io.quorate.vertx.member.lock.Contender;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * A call with one request that is answered when its turn in a line has come. It has a turn of the
 * {@link AnswerBudget} until it stands in the line, and none while it waits: so calls that wait do
 * not hold up the call that would end their wait. However it ends without an answer, it leaves the
 * line. It ends like a stream when the server stops. As in etcd, it goes on waiting while there is
 * no leader.
 */
final class WaitingCall<Q extends MessageLite> extends OneRequestCall<Q> {
  private final Line<Q> line;
  private final Rpc.Unary.Out<Contender.Turn> out;
  private @Nullable Contender contender;
  private long countedBytes;

  /** Which line a request enters. */
  @FunctionalInterface
  interface Line<Q> {
    /** For the stores see {@link Contender}. */
    Contender contender(MemberStore store, MemberStore asking, Q asked);
  }

  WaitingCall(
      RpcServer server,
      GrpcServerRequest<Q, MessageLite> request,
      GrpcMessageDecoder<Q> decoder,
      Line<Q> line,
      Rpc.Unary.Out<Contender.Turn> out) {
    super(server, request, decoder);
    this.line = line;
    this.out = out;
  }

  final void start() {
    server.opened(this);
    listen();
  }

  @Override
  boolean isForLearners(Q message) {
    return false;
  }

  @Override
  Future<?> work(MemberStore asking, Q asked) {
    long bytes = asked.getSerializedSize();
    if (!server.waitLimit().begin(bytes)) {
      throw EtcdError.TOO_MANY_REQUESTS.exception();
    }
    countedBytes = bytes;
    Contender mine = line.contender(store, asking, asked);
    contender = mine;
    mine.turn()
        .onComplete(
            (turn, failure) ->
                answer(turn, failure == null ? null : LockErrors.coded(failure), out));
    return mine.enter();
  }

  /** Ends it once it has left the line. */
  @Override
  void interrupt(EtcdError reason) {
    Contender mine = contender;
    if (mine == null) {
      super.interrupt(reason);
    } else {
      mine.leave(new RpcException(GrpcStatus.valueOf(reason.code().number()), reason.message()));
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    server.closed(this);
    if (contender != null) {
      server.waitLimit().end(countedBytes);
      contender.giveUp();
    }
  }
}
