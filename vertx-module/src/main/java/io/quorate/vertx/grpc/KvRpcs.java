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

  private final RpcOptions options;

  KvRpcs(RpcOptions options) {
    this.options = options;
  }

  void bind(RpcServer server) {
    server.<RangeRequest>one(
        SERVICE,
        "Range",
        RangeRequest.parser(),
        (request, decoder) -> new RangeCall(server, request, decoder));
    server.<PutRequest, Result.Putted>unary(
        SERVICE,
        "Put",
        PutRequest.parser(),
        (store, request) -> store.put(ProtoMapping.put(request)),
        (status, done) -> ProtoMapping.putted(RpcServer.header(status, done.revision()), done));
    server.<DeleteRangeRequest, Command.DeleteRange, Result.Deleted>weighed(
        SERVICE,
        "DeleteRange",
        DeleteRangeRequest.parser(),
        ProtoMapping::delete,
        MemberStore::delete,
        (status, done) -> ProtoMapping.deleted(RpcServer.header(status, done.revision()), done));
    server.<TxnRequest, Command.Txn, Result.TxnDone>weighed(
        SERVICE,
        "Txn",
        TxnRequest.parser(),
        request -> ProtoMapping.txn(request, options.maxTxnOps()),
        MemberStore::txn,
        (status, done) -> ProtoMapping.txnDone(RpcServer.header(status, done.revision()), done));
    server.<CompactionRequest, Result.Compacted>unary(
        SERVICE,
        "Compact",
        CompactionRequest.parser(),
        (store, request) ->
            store.compact(new Command.Compact(request.getRevision(), request.getPhysical())),
        (status, done) ->
            CompactionResponse.newBuilder()
                .setHeader(RpcServer.header(status, done.revision()))
                .build());
  }
}
