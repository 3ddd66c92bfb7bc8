package io.quorate.vertx.server.robustness;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.command.WatchSpec;
import io.quorate.history.WatchGuarantees;
import io.quorate.vertx.client.proto.rpc.CompactionRequest;
import io.quorate.vertx.client.proto.rpc.Compare;
import io.quorate.vertx.client.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.client.proto.rpc.DeleteRangeResponse;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.ResponseOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Converts between the vocabulary of the judges and etcd's protocol, from the client's side.
 * Separate from the product's own mapping, which is under test as well.
 */
final class Wire {
  private static final Map<String, EtcdError> ERRORS = new HashMap<>();

  static {
    for (EtcdError error : EtcdError.values()) {
      EtcdError unused = ERRORS.put(error.message(), error);
    }
  }

  private Wire() {}

  // ---- requests and their answers

  static Future<Result> range(GrpcConnection to, Command.Range range) {
    return to.unary(KVGrpcClient.Range, request(range)).map(Wire::ranged);
  }

  static Future<Result> command(GrpcConnection to, Command command) {
    if (command instanceof Command.Put put) {
      return to.unary(KVGrpcClient.Put, request(put)).map(Wire::putted);
    } else if (command instanceof Command.DeleteRange delete) {
      return to.unary(KVGrpcClient.DeleteRange, request(delete)).map(Wire::deleted);
    } else if (command instanceof Command.Txn txn) {
      return to.unary(KVGrpcClient.Txn, request(txn)).map(Wire::txnDone);
    } else if (command instanceof Command.Compact compact) {
      return to.unary(
              KVGrpcClient.Compact,
              CompactionRequest.newBuilder()
                  .setRevision(compact.revision())
                  .setPhysical(compact.physical())
                  .build())
          .map(answer -> new Result.Compacted(answer.getHeader().getRevision()));
    } else if (command instanceof Command.LeaseGrant grant) {
      return to.unary(
              LeaseGrpcClient.LeaseGrant,
              LeaseGrantRequest.newBuilder().setID(grant.id()).setTTL(grant.ttlSeconds()).build())
          .map(
              answer ->
                  new Result.LeaseGranted(
                      answer.getHeader().getRevision(), answer.getID(), answer.getTTL()));
    } else if (command instanceof Command.LeaseRevoke revoke) {
      return to.unary(
              LeaseGrpcClient.LeaseRevoke,
              LeaseRevokeRequest.newBuilder().setID(revoke.id()).build())
          .map(answer -> new Result.LeaseRevoked(answer.getHeader().getRevision()));
    }
    throw new IllegalArgumentException("no client asks for " + command);
  }

  /** Returns the time to live in seconds, 0 if the lease does not exist. */
  static Future<Long> keepAlive(GrpcConnection to, long lease) {
    return to.unary(
            LeaseGrpcClient.LeaseKeepAlive, LeaseKeepAliveRequest.newBuilder().setID(lease).build())
        .map(answer -> answer.getTTL());
  }

  /** The error with this message; null if it is not one of etcd's. */
  static @Nullable EtcdError error(@Nullable String message) {
    return ERRORS.get(message);
  }

  // ---- encoding of requests

  private static RangeRequest request(Command.Range range) {
    return RangeRequest.newBuilder()
        .setKey(bytes(range.range().start()))
        .setRangeEnd(bytes(range.range().end()))
        .setLimit(range.limit())
        .setRevision(range.revision())
        .setSortOrderValue(range.sortOrder().ordinal())
        .setSortTargetValue(range.sortTarget().ordinal())
        .setSerializable(range.serializable())
        .setKeysOnly(range.keysOnly())
        .setCountOnly(range.countOnly())
        .setMinModRevision(range.minModRevision())
        .setMaxModRevision(range.maxModRevision())
        .setMinCreateRevision(range.minCreateRevision())
        .setMaxCreateRevision(range.maxCreateRevision())
        .build();
  }

  private static PutRequest request(Command.Put put) {
    return PutRequest.newBuilder()
        .setKey(bytes(put.key()))
        .setValue(bytes(put.value()))
        .setLease(put.lease())
        .setPrevKv(put.prevKv())
        .setIgnoreValue(put.ignoreValue())
        .setIgnoreLease(put.ignoreLease())
        .build();
  }

  private static DeleteRangeRequest request(Command.DeleteRange delete) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(delete.range().start()))
        .setRangeEnd(bytes(delete.range().end()))
        .setPrevKv(delete.prevKv())
        .build();
  }

  private static TxnRequest request(Command.Txn txn) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    txn.compares().forEach(compare -> request.addCompare(compare(compare)));
    txn.success().forEach(op -> request.addSuccess(op(op)));
    txn.failure().forEach(op -> request.addFailure(op(op)));
    return request.build();
  }

  private static Compare compare(Command.Compare compare) {
    Compare.Builder request =
        Compare.newBuilder()
            .setKey(bytes(compare.range().start()))
            .setRangeEnd(bytes(compare.range().end()))
            .setResult(Compare.CompareResult.valueOf(compare.result().name()))
            .setTarget(Compare.CompareTarget.valueOf(compare.target().name()));
    return switch (compare.target()) {
      case VERSION -> request.setVersion(compare.number()).build();
      case CREATE -> request.setCreateRevision(compare.number()).build();
      case MOD -> request.setModRevision(compare.number()).build();
      case LEASE -> request.setLease(compare.number()).build();
      case VALUE -> request.setValue(bytes(compare.value())).build();
    };
  }

  private static RequestOp op(Command.Op op) {
    RequestOp.Builder request = RequestOp.newBuilder();
    if (op instanceof Command.Range range) {
      return request.setRequestRange(request(range)).build();
    } else if (op instanceof Command.Put put) {
      return request.setRequestPut(request(put)).build();
    } else if (op instanceof Command.DeleteRange delete) {
      return request.setRequestDeleteRange(request(delete)).build();
    }
    return request.setRequestTxn(request((Command.Txn) op)).build();
  }

  static WatchRequest request(WatchSpec spec) {
    WatchCreateRequest.Builder create =
        WatchCreateRequest.newBuilder()
            .setKey(bytes(spec.range().start()))
            .setRangeEnd(bytes(spec.range().end()))
            .setStartRevision(spec.startRevision())
            .setProgressNotify(spec.progressNotify())
            .setPrevKv(spec.prevKv())
            .setFragment(spec.fragment());
    if (spec.noPut()) {
      create.addFilters(WatchCreateRequest.FilterType.NOPUT);
    }
    if (spec.noDelete()) {
      create.addFilters(WatchCreateRequest.FilterType.NODELETE);
    }
    return WatchRequest.newBuilder().setCreateRequest(create).build();
  }

  private static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.array());
  }

  // ---- decoding of answers

  private static Result.Ranged ranged(RangeResponse answer) {
    return new Result.Ranged(
        answer.getHeader().getRevision(),
        answer.getKvsList().stream().map(Wire::keyValue).toList(),
        answer.getMore(),
        answer.getCount());
  }

  private static Result.Putted putted(PutResponse answer) {
    return new Result.Putted(
        answer.getHeader().getRevision(), answer.hasPrevKv() ? keyValue(answer.getPrevKv()) : null);
  }

  private static Result.Deleted deleted(DeleteRangeResponse answer) {
    return new Result.Deleted(
        answer.getHeader().getRevision(),
        answer.getDeleted(),
        answer.getPrevKvsList().stream().map(Wire::keyValue).toList());
  }

  private static Result.TxnDone txnDone(TxnResponse answer) {
    List<Result.OpResult> responses = new ArrayList<>();
    answer.getResponsesList().forEach(op -> responses.add(opResult(op)));
    return new Result.TxnDone(answer.getHeader().getRevision(), answer.getSucceeded(), responses);
  }

  private static Result.OpResult opResult(ResponseOp answer) {
    return switch (answer.getResponseCase()) {
      case RESPONSE_RANGE -> ranged(answer.getResponseRange());
      case RESPONSE_PUT -> putted(answer.getResponsePut());
      case RESPONSE_DELETE_RANGE -> deleted(answer.getResponseDeleteRange());
      case RESPONSE_TXN -> txnDone(answer.getResponseTxn());
      case RESPONSE_NOT_SET -> throw new IllegalStateException("an empty answer in a transaction");
    };
  }

  static WatchGuarantees.Received received(WatchResponse answer) {
    long revision = answer.getHeader().getRevision();
    if (answer.getCanceled()) {
      return new WatchGuarantees.Canceled(revision, answer.getCompactRevision());
    } else if (answer.getCreated()) {
      return new WatchGuarantees.Created(revision);
    } else if (answer.getEventsCount() == 0) {
      return new WatchGuarantees.Progress(revision);
    }
    return new WatchGuarantees.Events(
        revision, answer.getEventsList().stream().map(Wire::event).toList(), answer.getFragment());
  }

  private static Event event(io.quorate.vertx.client.proto.mvcc.Event event) {
    boolean delete = event.getType() == io.quorate.vertx.client.proto.mvcc.Event.EventType.DELETE;
    return new Event(
        delete ? Event.Type.DELETE : Event.Type.PUT,
        keyValue(event.getKv()),
        event.hasPrevKv() ? keyValue(event.getPrevKv()) : null);
  }

  private static KeyValue keyValue(io.quorate.vertx.client.proto.mvcc.KeyValue kv) {
    return new KeyValue(
        Bytes.of(kv.getKey().toByteArray()),
        Bytes.of(kv.getValue().toByteArray()),
        kv.getCreateRevision(),
        kv.getModRevision(),
        kv.getVersion(),
        kv.getLease());
  }
}
