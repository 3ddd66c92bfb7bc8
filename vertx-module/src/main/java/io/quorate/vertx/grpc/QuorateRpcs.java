package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.proto.quorate.CountRequest;
import io.quorate.vertx.proto.quorate.CountResponse;
import io.quorate.vertx.proto.quorate.Counter;
import io.quorate.vertx.proto.quorate.CounterOp;
import io.quorate.vertx.proto.quorate.LeaseGrantMillisRequest;
import io.quorate.vertx.proto.quorate.LeaseGrantMillisResponse;
import io.vertx.grpc.common.ServiceName;
import java.util.ArrayList;
import java.util.List;

/** {@code quorate.v1.Quorate}: what etcd has no request for. */
final class QuorateRpcs {
  private static final ServiceName SERVICE = ServiceName.create("quorate.v1.Quorate");

  void bind(RpcServer server) {
    server.<CountRequest, Result.Counted>unary(
        SERVICE,
        "Count",
        CountRequest.parser(),
        (store, request) -> store.count(count(request)),
        QuorateRpcs::counted);
    server.<LeaseGrantMillisRequest, Result.LeaseGranted>unary(
        SERVICE,
        "LeaseGrantMillis",
        LeaseGrantMillisRequest.parser(),
        (store, request) -> store.leaseGrantMillis(request.getId(), request.getTtlMillis()),
        (status, done) ->
            LeaseGrantMillisResponse.newBuilder()
                .setHeader(RpcServer.header(status, done.revision()))
                .setId(done.id())
                .setTtlSeconds(done.ttlSeconds())
                .build());
  }

  private static Command.Count count(CountRequest r) {
    List<Command.CounterOp> ops = new ArrayList<>(r.getOpsCount());
    for (CounterOp op : r.getOpsList()) {
      ops.add(op(op));
    }
    return new Command.Count(ByteStrings.toBytes(r.getSlot()), r.getSequence(), r.getLease(), ops);
  }

  /**
   * @throws RpcException INVALID_ARGUMENT for an action that is not known
   */
  private static Command.CounterOp op(CounterOp op) {
    return switch (op.getActionCase()) {
      case ADD ->
          new Command.CounterOp(
              ByteStrings.toBytes(op.getKey()), Command.CounterAction.ADD, op.getAdd(), 0);
      case COMPARE_AND_SET ->
          new Command.CounterOp(
              ByteStrings.toBytes(op.getKey()),
              Command.CounterAction.COMPARE_AND_SET,
              op.getCompareAndSet().getExpected(),
              op.getCompareAndSet().getUpdate());
      case ACTION_NOT_SET -> throw RpcException.invalid("quorate: unknown action on a counter");
    };
  }

  private static MessageLite counted(MemberStatus status, Result.Counted done) {
    CountResponse.Builder b =
        CountResponse.newBuilder().setHeader(RpcServer.header(status, done.revision()));
    for (Result.Counted.Counter counter : done.counters()) {
      b.addCounters(
          Counter.newBuilder().setBefore(counter.before()).setAfter(counter.after()).build());
    }
    return b.build();
  }
}
