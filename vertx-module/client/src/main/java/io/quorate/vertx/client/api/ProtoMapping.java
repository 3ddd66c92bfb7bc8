package io.quorate.vertx.client.api;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.Validation;
import io.quorate.command.WatchSpec;
import io.quorate.vertx.client.proto.quorate.CountRequest;
import io.quorate.vertx.client.proto.quorate.CountResponse;
import io.quorate.vertx.client.proto.quorate.Counter;
import io.quorate.vertx.client.proto.quorate.CounterOp;
import io.quorate.vertx.client.proto.quorate.LeaseGrantMillisResponse;
import io.quorate.vertx.client.proto.rpc.AlarmMember;
import io.quorate.vertx.client.proto.rpc.AlarmRequest;
import io.quorate.vertx.client.proto.rpc.AlarmResponse;
import io.quorate.vertx.client.proto.rpc.AlarmType;
import io.quorate.vertx.client.proto.rpc.CompactionResponse;
import io.quorate.vertx.client.proto.rpc.Compare;
import io.quorate.vertx.client.proto.rpc.DefragmentResponse;
import io.quorate.vertx.client.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.client.proto.rpc.DeleteRangeResponse;
import io.quorate.vertx.client.proto.rpc.DowngradeInfo;
import io.quorate.vertx.client.proto.rpc.DowngradeRequest;
import io.quorate.vertx.client.proto.rpc.DowngradeResponse;
import io.quorate.vertx.client.proto.rpc.HashKVResponse;
import io.quorate.vertx.client.proto.rpc.HashResponse;
import io.quorate.vertx.client.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.quorate.vertx.client.proto.rpc.LeaseLeasesResponse;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeResponse;
import io.quorate.vertx.client.proto.rpc.LeaseStatus;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveResponse;
import io.quorate.vertx.client.proto.rpc.MemberAddResponse;
import io.quorate.vertx.client.proto.rpc.MemberListResponse;
import io.quorate.vertx.client.proto.rpc.MemberPromoteResponse;
import io.quorate.vertx.client.proto.rpc.MemberRemoveResponse;
import io.quorate.vertx.client.proto.rpc.MemberUpdateResponse;
import io.quorate.vertx.client.proto.rpc.MoveLeaderResponse;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.ResponseOp;
import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Maps protobuf messages of {@code etcdserverpb} to the records of {@code io.quorate.command}, and
 * results back. Pure functions, any thread. Keys and values are not copied.
 *
 * <p>Messages that the records cannot express (an unknown enum number, an operation without
 * content) are refused with etcd's error.
 */
public final class ProtoMapping {
  private ProtoMapping() {}

  // requests

  public static Command.Range range(RangeRequest r) {
    KeyRange range = keyRange(r.getKey(), r.getRangeEnd());
    return new Command.Range(
        range,
        r.getLimit(),
        r.getRevision(),
        sortOrder(r),
        sortTarget(r),
        r.getSerializable(),
        r.getKeysOnly(),
        r.getCountOnly(),
        r.getMinModRevision(),
        r.getMaxModRevision(),
        r.getMinCreateRevision(),
        r.getMaxCreateRevision());
  }

  /**
   * The request of {@code RangeStream}: as {@link #range}, in the order of keys and without
   * filters.
   *
   * @throws RpcException UNIMPLEMENTED for another order, and for filters, as in etcd
   */
  public static Command.Range rangeStream(RangeRequest r) {
    Command.Range range = range(r);
    if (range.range().start().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    boolean inKeyOrder =
        range.sortOrder() == Command.SortOrder.NONE
            || (range.sortTarget() == Command.SortTarget.KEY
                && range.sortOrder() == Command.SortOrder.ASCEND);
    if (!inKeyOrder) {
      throw RpcException.unimplemented("RangeStream does not support custom sort orders");
    }
    if (range.minModRevision() != 0
        || range.maxModRevision() != 0
        || range.minCreateRevision() != 0
        || range.maxCreateRevision() != 0) {
      throw RpcException.unimplemented("RangeStream does not support revision filters");
    }
    return range.sortedBy(Command.SortTarget.KEY, Command.SortOrder.NONE);
  }

  private static Command.SortOrder sortOrder(RangeRequest r) {
    return switch (r.getSortOrder()) {
      case NONE -> Command.SortOrder.NONE;
      case ASCEND -> Command.SortOrder.ASCEND;
      case DESCEND -> Command.SortOrder.DESCEND;
      case UNRECOGNIZED -> throw badSort(r);
    };
  }

  private static Command.SortTarget sortTarget(RangeRequest r) {
    return switch (r.getSortTarget()) {
      case KEY -> Command.SortTarget.KEY;
      case VERSION -> Command.SortTarget.VERSION;
      case CREATE -> Command.SortTarget.CREATE;
      case MOD -> Command.SortTarget.MOD;
      case VALUE -> Command.SortTarget.VALUE;
      case UNRECOGNIZED -> throw badSort(r);
    };
  }

  /** Like etcd, reports an empty key before an unknown sort order. */
  private static EtcdException badSort(RangeRequest r) {
    EtcdError error = r.getKey().isEmpty() ? EtcdError.EMPTY_KEY : EtcdError.INVALID_SORT_OPTION;
    return error.exception();
  }

  static Command.Put put(PutRequest r) {
    return new Command.Put(
        ByteStrings.toBytes(r.getKey()),
        ByteStrings.toBytes(r.getValue()),
        r.getLease(),
        r.getPrevKv(),
        r.getIgnoreValue(),
        r.getIgnoreLease());
  }

  static Command.DeleteRange delete(DeleteRangeRequest r) {
    return new Command.DeleteRange(keyRange(r.getKey(), r.getRangeEnd()), r.getPrevKv());
  }

  /**
   * Checks in etcd's order, so that a request with several faults gets the same error: number of
   * operations, keys of compares, then each operation.
   *
   * @param maxTxnOps operations that this transaction may hold; a nested one may hold what remains
   */
  public static Command.Txn txn(TxnRequest r, int maxTxnOps) {
    int ops = Math.max(r.getCompareCount(), Math.max(r.getSuccessCount(), r.getFailureCount()));
    if (ops > maxTxnOps) {
      throw EtcdError.TOO_MANY_OPS.exception();
    }
    List<Command.Compare> compares = new ArrayList<>(r.getCompareCount());
    for (Compare compare : r.getCompareList()) {
      compares.add(compare(compare));
    }
    return new Command.Txn(
        compares,
        branch(r.getSuccessList(), maxTxnOps - ops),
        branch(r.getFailureList(), maxTxnOps - ops));
  }

  private static List<Command.Op> branch(List<RequestOp> ops, int maxTxnOps) {
    List<Command.Op> branch = new ArrayList<>(ops.size());
    for (RequestOp op : ops) {
      branch.add(op(op, maxTxnOps));
    }
    return branch;
  }

  private static Command.Op op(RequestOp op, int maxTxnOps) {
    switch (op.getRequestCase()) {
      case REQUEST_RANGE -> {
        Command.Range range = range(op.getRequestRange());
        Validation.check(range);
        return range;
      }
      case REQUEST_PUT -> {
        Command.Put put = put(op.getRequestPut());
        Validation.check(put);
        return put;
      }
      case REQUEST_DELETE_RANGE -> {
        Command.DeleteRange delete = delete(op.getRequestDeleteRange());
        Validation.check(delete);
        return delete;
      }
      case REQUEST_TXN -> {
        return txn(op.getRequestTxn(), maxTxnOps);
      }
      case REQUEST_NOT_SET -> throw EtcdError.KEY_NOT_FOUND.exception();
    }
    throw new IllegalStateException("request case " + op.getRequestCase());
  }

  private static Command.Compare compare(Compare c) {
    if (c.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    KeyRange range = keyRange(c.getKey(), c.getRangeEnd());
    Optional<Command.CompareResult> result = compareResult(c);
    return switch (c.getTarget()) {
      case VERSION -> number(range, result, Command.CompareTarget.VERSION, c.getVersion());
      case CREATE -> number(range, result, Command.CompareTarget.CREATE, c.getCreateRevision());
      case MOD -> number(range, result, Command.CompareTarget.MOD, c.getModRevision());
      case LEASE -> number(range, result, Command.CompareTarget.LEASE, c.getLease());
      case VALUE ->
          result.isPresent()
              ? new Command.Compare(
                  range,
                  result.get(),
                  Command.CompareTarget.VALUE,
                  0,
                  ByteStrings.toBytes(c.getValue()))
              : present(range);
      case UNRECOGNIZED -> constant(range, isTrueOfEquals(result));
    };
  }

  private static Optional<Command.CompareResult> compareResult(Compare c) {
    return switch (c.getResult()) {
      case EQUAL -> Optional.of(Command.CompareResult.EQUAL);
      case GREATER -> Optional.of(Command.CompareResult.GREATER);
      case LESS -> Optional.of(Command.CompareResult.LESS);
      case NOT_EQUAL -> Optional.of(Command.CompareResult.NOT_EQUAL);
      case UNRECOGNIZED -> Optional.empty();
    };
  }

  /** In etcd, a compare with an unknown result is always true. */
  private static Command.Compare number(
      KeyRange range,
      Optional<Command.CompareResult> result,
      Command.CompareTarget target,
      long number) {
    return result.isPresent()
        ? new Command.Compare(range, result.get(), target, number, Bytes.EMPTY)
        : constant(range, true);
  }

  /** In etcd, an unknown target always equals the operand. */
  private static boolean isTrueOfEquals(Optional<Command.CompareResult> result) {
    return result.isEmpty() || result.get() == Command.CompareResult.EQUAL;
  }

  /** A compare with a fixed outcome: no version is negative, whether the key exists or not. */
  private static Command.Compare constant(KeyRange range, boolean outcome) {
    return new Command.Compare(
        range,
        outcome ? Command.CompareResult.NOT_EQUAL : Command.CompareResult.EQUAL,
        Command.CompareTarget.VERSION,
        -1,
        Bytes.EMPTY);
  }

  /**
   * A compare of values that only tests whether the key exists: in etcd, it is false for a missing
   * key, even if its result is unknown.
   */
  private static Command.Compare present(KeyRange range) {
    return new Command.Compare(
        range, Command.CompareResult.GREATER, Command.CompareTarget.VERSION, 0, Bytes.EMPTY);
  }

  /** Unknown filters are ignored, as in etcd. */
  public static WatchSpec watchSpec(WatchCreateRequest r) {
    return new WatchSpec(
        r.getWatchId(),
        keyRange(r.getKey(), r.getRangeEnd()),
        r.getStartRevision(),
        r.getFiltersList().contains(WatchCreateRequest.FilterType.NOPUT),
        r.getFiltersList().contains(WatchCreateRequest.FilterType.NODELETE),
        r.getPrevKv(),
        r.getProgressNotify(),
        r.getFragment());
  }

  /**
   * @throws RpcException INVALID_ARGUMENT for an unknown action or alarm
   */
  static Command.Alarm alarm(AlarmRequest r) {
    Command.AlarmAction action =
        switch (r.getAction()) {
          case GET -> Command.AlarmAction.GET;
          case ACTIVATE -> Command.AlarmAction.ACTIVATE;
          case DEACTIVATE -> Command.AlarmAction.DEACTIVATE;
          case UNRECOGNIZED ->
              throw RpcException.invalid("quorate: unknown alarm action " + r.getActionValue());
        };
    Command.AlarmType type =
        switch (r.getAlarm()) {
          case NONE -> Command.AlarmType.NONE;
          case NOSPACE -> Command.AlarmType.NOSPACE;
          case CORRUPT -> Command.AlarmType.CORRUPT;
          case UNRECOGNIZED ->
              throw RpcException.invalid("quorate: unknown alarm " + r.getAlarmValue());
        };
    return new Command.Alarm(action, r.getMemberID(), type);
  }

  /**
   * @throws io.quorate.command.EtcdException UNKNOWN_METHOD for an unknown action
   */
  static Request.Downgrade downgrade(DowngradeRequest r) {
    Request.DowngradeAction action =
        switch (r.getAction()) {
          case VALIDATE -> Request.DowngradeAction.VALIDATE;
          case ENABLE -> Request.DowngradeAction.ENABLE;
          case CANCEL -> Request.DowngradeAction.CANCEL;
          case UNRECOGNIZED -> throw EtcdError.UNKNOWN_METHOD.exception();
        };
    return new Request.Downgrade(action, r.getVersion());
  }

  static DowngradeResponse downgraded(Result.MemberStatus status, Result.ClusterVersion r) {
    return DowngradeResponse.newBuilder()
        .setHeader(header(status, r.revision()))
        .setVersion(r.version())
        .build();
  }

  static Command.Count count(CountRequest r) {
    List<Command.CounterOp> ops = new ArrayList<>(r.getOpsCount());
    for (CounterOp op : r.getOpsList()) {
      ops.add(counterOp(op));
    }
    return new Command.Count(ByteStrings.toBytes(r.getSlot()), r.getSequence(), r.getLease(), ops);
  }

  /**
   * @throws RpcException INVALID_ARGUMENT for an unknown action
   */
  private static Command.CounterOp counterOp(CounterOp op) {
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

  static KeyRange keyRange(ByteString key, ByteString end) {
    return new KeyRange(ByteStrings.toBytes(key), ByteStrings.toBytes(end));
  }

  // results

  /** The header of a response. */
  public static ResponseHeader header(Result.MemberStatus status, long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(status.clusterId())
        .setMemberId(status.memberId())
        .setRaftTerm(status.raftTerm())
        .setRevision(revision)
        .build();
  }

  public static RangeResponse ranged(Result.MemberStatus status, Result.Ranged r) {
    return ranged(header(status, r.revision()), r);
  }

  static PutResponse putted(Result.MemberStatus status, Result.Putted r) {
    return putted(header(status, r.revision()), r);
  }

  static DeleteRangeResponse deleted(Result.MemberStatus status, Result.Deleted r) {
    return deleted(header(status, r.revision()), r);
  }

  static TxnResponse txnDone(Result.MemberStatus status, Result.TxnDone r) {
    return txnDone(header(status, r.revision()), r);
  }

  static CompactionResponse compacted(Result.MemberStatus status, Result.Compacted r) {
    return CompactionResponse.newBuilder().setHeader(header(status, r.revision())).build();
  }

  static LeaseGrantResponse granted(Result.MemberStatus status, Result.LeaseGranted r) {
    return LeaseGrantResponse.newBuilder()
        .setHeader(header(status, r.revision()))
        .setID(r.id())
        .setTTL(r.ttlSeconds())
        .build();
  }

  static LeaseGrantMillisResponse grantedMillis(Result.MemberStatus status, Result.LeaseGranted r) {
    return LeaseGrantMillisResponse.newBuilder()
        .setHeader(header(status, r.revision()))
        .setId(r.id())
        .setTtlSeconds(r.ttlSeconds())
        .build();
  }

  static LeaseRevokeResponse revoked(Result.MemberStatus status, Result.LeaseRevoked r) {
    return LeaseRevokeResponse.newBuilder().setHeader(header(status, r.revision())).build();
  }

  /** The response to a lease renewal. */
  public static LeaseKeepAliveResponse keptAlive(
      Result.MemberStatus status, Result.LeaseTime time) {
    return LeaseKeepAliveResponse.newBuilder()
        .setHeader(header(status, time.revision()))
        .setID(time.id())
        .setTTL(time.grantedTtlSeconds())
        .build();
  }

  static LeaseTimeToLiveResponse timeToLive(Result.MemberStatus status, Result.LeaseTime time) {
    LeaseTimeToLiveResponse.Builder b =
        LeaseTimeToLiveResponse.newBuilder()
            .setHeader(header(status, time.revision()))
            .setID(time.id())
            .setTTL(time.ttlSeconds())
            .setGrantedTTL(time.grantedTtlSeconds());
    for (Bytes key : time.keys()) {
      b.addKeys(ByteStrings.of(key));
    }
    return b.build();
  }

  static LeaseLeasesResponse leases(Result.MemberStatus status, List<Long> ids) {
    LeaseLeasesResponse.Builder b =
        LeaseLeasesResponse.newBuilder().setHeader(header(status, status.revision()));
    for (long id : ids) {
      b.addLeases(LeaseStatus.newBuilder().setID(id));
    }
    return b.build();
  }

  static MemberAddResponse memberAdded(Result.MemberStatus status, Result.Members r) {
    Member added = r.member();
    if (added == null) {
      throw new IllegalStateException("a member was added, but which?");
    }
    return MemberAddResponse.newBuilder()
        .setHeader(header(status, 0))
        .setMember(member(added))
        .addAllMembers(members(r))
        .build();
  }

  static MemberRemoveResponse memberRemoved(Result.MemberStatus status, Result.Members r) {
    return MemberRemoveResponse.newBuilder()
        .setHeader(header(status, 0))
        .addAllMembers(members(r))
        .build();
  }

  static MemberUpdateResponse memberUpdated(Result.MemberStatus status, Result.Members r) {
    return MemberUpdateResponse.newBuilder()
        .setHeader(header(status, 0))
        .addAllMembers(members(r))
        .build();
  }

  static MemberListResponse memberList(Result.MemberStatus status, Result.Members r) {
    return MemberListResponse.newBuilder()
        .setHeader(header(status, 0))
        .addAllMembers(members(r))
        .build();
  }

  static MemberPromoteResponse memberPromoted(Result.MemberStatus status, Result.Members r) {
    return MemberPromoteResponse.newBuilder()
        .setHeader(header(status, 0))
        .addAllMembers(members(r))
        .build();
  }

  static AlarmResponse alarms(Result.MemberStatus status, Result.Alarms r) {
    AlarmResponse.Builder b = AlarmResponse.newBuilder().setHeader(header(status, r.revision()));
    for (Result.AlarmMember alarm : r.alarms()) {
      b.addAlarms(alarmMember(alarm));
    }
    return b.build();
  }

  static StatusResponse status(Result.MemberStatus s) {
    StatusResponse.Builder b =
        StatusResponse.newBuilder()
            .setHeader(header(s, s.revision()))
            .setVersion(EtcdVersion.SERVER)
            .setStorageVersion(EtcdVersion.STORAGE)
            .setDbSize(s.dbSizeBytes())
            .setDbSizeInUse(s.dbSizeInUseBytes())
            .setDbSizeQuota(s.dbSizeQuotaBytes())
            .setLeader(s.leader())
            .setRaftIndex(s.raftIndex())
            .setRaftTerm(s.raftTerm())
            .setRaftAppliedIndex(s.raftAppliedIndex())
            .setIsLearner(s.isLearner())
            .setDowngradeInfo(DowngradeInfo.getDefaultInstance());
    if (s.leader() == 0) {
      b.addErrors(EtcdError.NO_LEADER.message());
    }
    for (Result.AlarmMember alarm : s.alarms()) {
      b.addErrors(
          "memberID:" + Long.toUnsignedString(alarm.memberId()) + " alarm:" + alarm.type().name());
    }
    return b.build();
  }

  static HashResponse hash(Result.MemberStatus status, Result.HashedKv hash) {
    return HashResponse.newBuilder()
        .setHeader(header(status, hash.revision()))
        .setHash(hash.hash())
        .build();
  }

  static HashKVResponse hashKv(Result.MemberStatus status, Result.HashedKv hash) {
    return HashKVResponse.newBuilder()
        .setHeader(header(status, hash.revision()))
        .setHash(hash.hash())
        .setCompactRevision(hash.compactRevision())
        .setHashRevision(hash.hashRevision())
        .build();
  }

  static DefragmentResponse defragmented(Result.MemberStatus status, Void done) {
    return DefragmentResponse.getDefaultInstance();
  }

  static MoveLeaderResponse leaderMoved(Result.MemberStatus status, Void done) {
    return MoveLeaderResponse.getDefaultInstance();
  }

  static CountResponse counted(Result.MemberStatus status, Result.Counted done) {
    CountResponse.Builder b = CountResponse.newBuilder().setHeader(header(status, done.revision()));
    for (Result.Counted.Counter counter : done.counters()) {
      b.addCounters(
          Counter.newBuilder().setBefore(counter.before()).setAfter(counter.after()).build());
    }
    return b.build();
  }

  public static RangeResponse ranged(ResponseHeader header, Result.Ranged r) {
    RangeResponse.Builder b =
        RangeResponse.newBuilder().setHeader(header).setMore(r.more()).setCount(r.count());
    for (KeyValue kv : r.kvs()) {
      b.addKvs(keyValue(kv));
    }
    return b.build();
  }

  static PutResponse putted(ResponseHeader header, Result.Putted r) {
    PutResponse.Builder b = PutResponse.newBuilder().setHeader(header);
    KeyValue prev = r.prevKv();
    if (prev != null) {
      b.setPrevKv(keyValue(prev));
    }
    return b.build();
  }

  static DeleteRangeResponse deleted(ResponseHeader header, Result.Deleted r) {
    DeleteRangeResponse.Builder b =
        DeleteRangeResponse.newBuilder().setHeader(header).setDeleted(r.deleted());
    for (KeyValue kv : r.prevKvs()) {
      b.addPrevKvs(keyValue(kv));
    }
    return b.build();
  }

  public static TxnResponse txnDone(ResponseHeader header, Result.TxnDone r) {
    TxnResponse.Builder b = TxnResponse.newBuilder().setHeader(header).setSucceeded(r.succeeded());
    for (Result.OpResult op : r.responses()) {
      b.addResponses(opResult(op));
    }
    return b.build();
  }

  /** Headers inside a transaction contain a revision and nothing else. */
  private static ResponseOp opResult(Result.OpResult op) {
    ResponseOp.Builder b = ResponseOp.newBuilder();
    if (op instanceof Result.Ranged r) {
      b.setResponseRange(ranged(inner(r.revision()), r));
    } else if (op instanceof Result.Putted r) {
      b.setResponsePut(putted(inner(r.revision()), r));
    } else if (op instanceof Result.Deleted r) {
      b.setResponseDeleteRange(deleted(inner(r.revision()), r));
    } else if (op instanceof Result.TxnDone r) {
      b.setResponseTxn(txnDone(inner(r.revision()), r));
    } else {
      throw new IllegalStateException("result " + op);
    }
    return b.build();
  }

  private static ResponseHeader inner(long revision) {
    return revision == 0
        ? ResponseHeader.getDefaultInstance()
        : ResponseHeader.newBuilder().setRevision(revision).build();
  }

  public static io.quorate.vertx.client.proto.mvcc.KeyValue keyValue(KeyValue kv) {
    return io.quorate.vertx.client.proto.mvcc.KeyValue.newBuilder()
        .setKey(ByteStrings.of(kv.key()))
        .setValue(ByteStrings.of(kv.value()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setLease(kv.lease())
        .build();
  }

  public static io.quorate.vertx.client.proto.mvcc.Event event(Event event) {
    io.quorate.vertx.client.proto.mvcc.Event.Builder b =
        io.quorate.vertx.client.proto.mvcc.Event.newBuilder().setKv(keyValue(event.kv()));
    if (event.type() == Event.Type.DELETE) {
      b.setType(io.quorate.vertx.client.proto.mvcc.Event.EventType.DELETE);
    }
    KeyValue prev = event.prevKv();
    if (prev != null) {
      b.setPrevKv(keyValue(prev));
    }
    return b.build();
  }

  static io.quorate.vertx.client.proto.rpc.Member member(Member m) {
    return io.quorate.vertx.client.proto.rpc.Member.newBuilder()
        .setID(m.id())
        .setName(m.name())
        .addAllPeerURLs(m.peerUrls())
        .addAllClientURLs(m.clientUrls())
        .setIsLearner(m.isLearner())
        .build();
  }

  static List<io.quorate.vertx.client.proto.rpc.Member> members(Result.Members r) {
    List<io.quorate.vertx.client.proto.rpc.Member> members = new ArrayList<>(r.members().size());
    for (Member m : r.members()) {
      members.add(member(m));
    }
    return members;
  }

  static AlarmMember alarmMember(Result.AlarmMember a) {
    AlarmType type =
        switch (a.type()) {
          case NONE -> AlarmType.NONE;
          case NOSPACE -> AlarmType.NOSPACE;
          case CORRUPT -> AlarmType.CORRUPT;
        };
    return AlarmMember.newBuilder().setMemberID(a.memberId()).setAlarm(type).build();
  }
}
