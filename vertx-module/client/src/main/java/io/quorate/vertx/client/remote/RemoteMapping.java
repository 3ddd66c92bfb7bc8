package io.quorate.vertx.client.remote;

import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.proto.quorate.CompareAndSet;
import io.quorate.vertx.client.proto.quorate.CountRequest;
import io.quorate.vertx.client.proto.quorate.CountResponse;
import io.quorate.vertx.client.proto.quorate.Counter;
import io.quorate.vertx.client.proto.quorate.CounterOp;
import io.quorate.vertx.client.proto.rpc.AlarmMember;
import io.quorate.vertx.client.proto.rpc.AlarmRequest;
import io.quorate.vertx.client.proto.rpc.AlarmType;
import io.quorate.vertx.client.proto.rpc.Compare;
import io.quorate.vertx.client.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.client.proto.rpc.DeleteRangeResponse;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.ResponseOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Maps the records of {@code io.quorate.command} to requests of {@code etcdserverpb}, and responses
 * back: the reverse of {@link io.quorate.vertx.client.api.ProtoMapping}. Pure functions, any
 * thread.
 */
final class RemoteMapping {
  private RemoteMapping() {}

  // requests

  static RangeRequest range(Command.Range r) {
    return RangeRequest.newBuilder()
        .setKey(ByteStrings.of(r.range().start()))
        .setRangeEnd(ByteStrings.of(r.range().end()))
        .setLimit(r.limit())
        .setRevision(r.revision())
        .setSortOrder(
            switch (r.sortOrder()) {
              case NONE -> RangeRequest.SortOrder.NONE;
              case ASCEND -> RangeRequest.SortOrder.ASCEND;
              case DESCEND -> RangeRequest.SortOrder.DESCEND;
            })
        .setSortTarget(
            switch (r.sortTarget()) {
              case KEY -> RangeRequest.SortTarget.KEY;
              case VERSION -> RangeRequest.SortTarget.VERSION;
              case CREATE -> RangeRequest.SortTarget.CREATE;
              case MOD -> RangeRequest.SortTarget.MOD;
              case VALUE -> RangeRequest.SortTarget.VALUE;
            })
        .setSerializable(r.serializable())
        .setKeysOnly(r.keysOnly())
        .setCountOnly(r.countOnly())
        .setMinModRevision(r.minModRevision())
        .setMaxModRevision(r.maxModRevision())
        .setMinCreateRevision(r.minCreateRevision())
        .setMaxCreateRevision(r.maxCreateRevision())
        .build();
  }

  static PutRequest put(Command.Put p) {
    return PutRequest.newBuilder()
        .setKey(ByteStrings.of(p.key()))
        .setValue(ByteStrings.of(p.value()))
        .setLease(p.lease())
        .setPrevKv(p.prevKv())
        .setIgnoreValue(p.ignoreValue())
        .setIgnoreLease(p.ignoreLease())
        .build();
  }

  static DeleteRangeRequest delete(Command.DeleteRange d) {
    return DeleteRangeRequest.newBuilder()
        .setKey(ByteStrings.of(d.range().start()))
        .setRangeEnd(ByteStrings.of(d.range().end()))
        .setPrevKv(d.prevKv())
        .build();
  }

  static TxnRequest txn(Command.Txn t) {
    TxnRequest.Builder b = TxnRequest.newBuilder();
    t.compares().forEach(compare -> b.addCompare(compare(compare)));
    t.success().forEach(op -> b.addSuccess(op(op)));
    t.failure().forEach(op -> b.addFailure(op(op)));
    return b.build();
  }

  private static RequestOp op(Command.Op op) {
    return op.accept(
        new Command.Op.Visitor<RequestOp>() {
          @Override
          public RequestOp range(Command.Range range) {
            return RequestOp.newBuilder().setRequestRange(RemoteMapping.range(range)).build();
          }

          @Override
          public RequestOp put(Command.Put put) {
            return RequestOp.newBuilder().setRequestPut(RemoteMapping.put(put)).build();
          }

          @Override
          public RequestOp deleteRange(Command.DeleteRange delete) {
            return RequestOp.newBuilder()
                .setRequestDeleteRange(RemoteMapping.delete(delete))
                .build();
          }

          @Override
          public RequestOp txn(Command.Txn txn) {
            return RequestOp.newBuilder().setRequestTxn(RemoteMapping.txn(txn)).build();
          }
        });
  }

  private static Compare compare(Command.Compare c) {
    KeyRange range = c.range();
    Compare.Builder b =
        Compare.newBuilder()
            .setKey(ByteStrings.of(range.start()))
            .setRangeEnd(ByteStrings.of(range.end()))
            .setResult(
                switch (c.result()) {
                  case EQUAL -> Compare.CompareResult.EQUAL;
                  case GREATER -> Compare.CompareResult.GREATER;
                  case LESS -> Compare.CompareResult.LESS;
                  case NOT_EQUAL -> Compare.CompareResult.NOT_EQUAL;
                });
    return switch (c.target()) {
      case VERSION -> b.setTarget(Compare.CompareTarget.VERSION).setVersion(c.number()).build();
      case CREATE ->
          b.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(c.number()).build();
      case MOD -> b.setTarget(Compare.CompareTarget.MOD).setModRevision(c.number()).build();
      case LEASE -> b.setTarget(Compare.CompareTarget.LEASE).setLease(c.number()).build();
      case VALUE ->
          b.setTarget(Compare.CompareTarget.VALUE).setValue(ByteStrings.of(c.value())).build();
    };
  }

  static CountRequest count(Command.Count c) {
    CountRequest.Builder b =
        CountRequest.newBuilder()
            .setSlot(ByteStrings.of(c.slot()))
            .setSequence(c.sequence())
            .setLease(c.lease());
    for (Command.CounterOp op : c.ops()) {
      CounterOp.Builder step = CounterOp.newBuilder().setKey(ByteStrings.of(op.key()));
      switch (op.action()) {
        case ADD -> step.setAdd(op.operand());
        case COMPARE_AND_SET ->
            step.setCompareAndSet(
                CompareAndSet.newBuilder().setExpected(op.operand()).setUpdate(op.update()));
      }
      b.addOps(step);
    }
    return b.build();
  }

  static AlarmRequest alarm(Command.Alarm a) {
    return AlarmRequest.newBuilder()
        .setAction(
            switch (a.action()) {
              case GET -> AlarmRequest.AlarmAction.GET;
              case ACTIVATE -> AlarmRequest.AlarmAction.ACTIVATE;
              case DEACTIVATE -> AlarmRequest.AlarmAction.DEACTIVATE;
            })
        .setMemberID(a.memberId())
        .setAlarm(
            switch (a.type()) {
              case NONE -> AlarmType.NONE;
              case NOSPACE -> AlarmType.NOSPACE;
              case CORRUPT -> AlarmType.CORRUPT;
            })
        .build();
  }

  // answers

  static Result.Ranged ranged(RangeResponse r) {
    return new Result.Ranged(
        r.getHeader().getRevision(), keyValues(r.getKvsList()), r.getMore(), r.getCount());
  }

  static Result.Putted putted(PutResponse r) {
    return new Result.Putted(
        r.getHeader().getRevision(), r.hasPrevKv() ? keyValue(r.getPrevKv()) : null);
  }

  static Result.Deleted deleted(DeleteRangeResponse r) {
    return new Result.Deleted(
        r.getHeader().getRevision(), r.getDeleted(), keyValues(r.getPrevKvsList()));
  }

  static Result.TxnDone txnDone(TxnResponse r) {
    List<Result.OpResult> results = new ArrayList<>(r.getResponsesCount());
    r.getResponsesList().forEach(op -> results.add(opResult(op)));
    return new Result.TxnDone(r.getHeader().getRevision(), r.getSucceeded(), results);
  }

  private static Result.OpResult opResult(ResponseOp op) {
    return switch (op.getResponseCase()) {
      case RESPONSE_RANGE -> ranged(op.getResponseRange());
      case RESPONSE_PUT -> putted(op.getResponsePut());
      case RESPONSE_DELETE_RANGE -> deleted(op.getResponseDeleteRange());
      case RESPONSE_TXN -> txnDone(op.getResponseTxn());
      case RESPONSE_NOT_SET ->
          throw new IllegalArgumentException("the store answered an operation with nothing");
    };
  }

  static Result.Counted counted(CountResponse r) {
    List<Result.Counted.Counter> counters = new ArrayList<>(r.getCountersCount());
    for (Counter counter : r.getCountersList()) {
      counters.add(new Result.Counted.Counter(counter.getBefore(), counter.getAfter()));
    }
    return new Result.Counted(r.getHeader().getRevision(), counters);
  }

  private static List<KeyValue> keyValues(List<io.quorate.vertx.client.proto.mvcc.KeyValue> kvs) {
    List<KeyValue> mapped = new ArrayList<>(kvs.size());
    kvs.forEach(kv -> mapped.add(keyValue(kv)));
    return mapped;
  }

  private static KeyValue keyValue(io.quorate.vertx.client.proto.mvcc.KeyValue kv) {
    return new KeyValue(
        ByteStrings.toBytes(kv.getKey()),
        ByteStrings.toBytes(kv.getValue()),
        kv.getCreateRevision(),
        kv.getModRevision(),
        kv.getVersion(),
        kv.getLease());
  }

  static Event event(io.quorate.vertx.client.proto.mvcc.Event event) {
    boolean delete = event.getType() == io.quorate.vertx.client.proto.mvcc.Event.EventType.DELETE;
    return new Event(
        delete ? Event.Type.DELETE : Event.Type.PUT,
        keyValue(event.getKv()),
        event.hasPrevKv() ? keyValue(event.getPrevKv()) : null);
  }

  static Member member(io.quorate.vertx.client.proto.rpc.Member m) {
    return new Member(
        m.getID(), m.getName(), m.getPeerURLsList(), m.getClientURLsList(), m.getIsLearner());
  }

  static Result.Members members(List<io.quorate.vertx.client.proto.rpc.Member> members) {
    return new Result.Members(null, members.stream().map(RemoteMapping::member).toList());
  }

  static Result.AlarmMember alarmMember(AlarmMember a) {
    Command.AlarmType type =
        switch (a.getAlarm()) {
          case NOSPACE -> Command.AlarmType.NOSPACE;
          case CORRUPT -> Command.AlarmType.CORRUPT;
          case NONE, UNRECOGNIZED -> Command.AlarmType.NONE;
        };
    return new Result.AlarmMember(a.getMemberID(), type);
  }
}
