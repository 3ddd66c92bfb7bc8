package io.quorate.vertx.grpc;

import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.vertx.client.MemberStore;
import io.quorate.vertx.proto.rpc.CompactionRequest;
import io.quorate.vertx.proto.rpc.CompactionResponse;
import io.quorate.vertx.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.proto.rpc.PutRequest;
import io.quorate.vertx.proto.rpc.RangeRequest;
import io.quorate.vertx.proto.rpc.TxnRequest;
import io.vertx.grpc.common.ServiceName;

/** {@code etcdserverpb.KV}. A learner answers serializable ranges only. */
final class KvRpcs {
  private static final ServiceName SERVICE = ServiceName.create("etcdserverpb.KV");

  private final MemberStore client;
  private final RpcOptions options;

  KvRpcs(MemberStore client, RpcOptions options) {
    this.client = client;
    this.options = options;
  }

  void bind(RpcServer server) {
    server.<RangeRequest, Result.Ranged>unary(
        SERVICE,
        "Range",
        RangeRequest.parser(),
        RangeRequest::getSerializable,
        request -> client.range(ProtoMapping.range(request)),
        (status, done) -> ProtoMapping.ranged(RpcServer.header(status, done.revision()), done));
    server.<PutRequest, Result.Putted>unary(
        SERVICE,
        "Put",
        PutRequest.parser(),
        request -> client.put(ProtoMapping.put(request)),
        (status, done) -> ProtoMapping.putted(RpcServer.header(status, done.revision()), done));
    server.<DeleteRangeRequest, Result.Deleted>unary(
        SERVICE,
        "DeleteRange",
        DeleteRangeRequest.parser(),
        request -> client.delete(ProtoMapping.delete(request)),
        (status, done) -> ProtoMapping.deleted(RpcServer.header(status, done.revision()), done));
    server.<TxnRequest, Result.TxnDone>unary(
        SERVICE,
        "Txn",
        TxnRequest.parser(),
        request -> client.txn(ProtoMapping.txn(request, options.maxTxnOps())),
        (status, done) -> ProtoMapping.txnDone(RpcServer.header(status, done.revision()), done));
    server.<CompactionRequest, Result.Compacted>unary(
        SERVICE,
        "Compact",
        CompactionRequest.parser(),
        request ->
            client.compact(new Command.Compact(request.getRevision(), request.getPhysical())),
        (status, done) ->
            CompactionResponse.newBuilder()
                .setHeader(RpcServer.header(status, done.revision()))
                .build());
  }
}
