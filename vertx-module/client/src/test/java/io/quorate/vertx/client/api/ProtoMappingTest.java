package io.quorate.vertx.client.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.proto.rpc.Compare;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ProtoMappingTest {
  private static final ByteString K = ByteString.copyFromUtf8("k");
  private static final Bytes KEY = Bytes.utf8("k");

  @Test
  void everyFieldOfARangeIsMapped() {
    RangeRequest request =
        RangeRequest.newBuilder()
            .setKey(K)
            .setRangeEnd(ByteString.copyFrom(new byte[] {0}))
            .setLimit(1)
            .setRevision(2)
            .setSortOrder(RangeRequest.SortOrder.DESCEND)
            .setSortTarget(RangeRequest.SortTarget.MOD)
            .setSerializable(true)
            .setKeysOnly(true)
            .setCountOnly(true)
            .setMinModRevision(3)
            .setMaxModRevision(4)
            .setMinCreateRevision(5)
            .setMaxCreateRevision(6)
            .build();
    assertThat(ProtoMapping.range(request))
        .isEqualTo(
            new Command.Range(
                new KeyRange(KEY, Bytes.ZERO),
                1,
                2,
                Command.SortOrder.DESCEND,
                Command.SortTarget.MOD,
                true,
                true,
                true,
                3,
                4,
                5,
                6));
  }

  @Test
  void anEmptyKeyIsReportedBeforeAnUnknownSortOrder() {
    RangeRequest.Builder target = RangeRequest.newBuilder().setSortTargetValue(99);
    assertFails(() -> ProtoMapping.range(target.build()), EtcdError.EMPTY_KEY);
    assertFails(() -> ProtoMapping.range(target.setKey(K).build()), EtcdError.INVALID_SORT_OPTION);
    assertFails(
        () -> ProtoMapping.range(RangeRequest.newBuilder().setKey(K).setSortOrderValue(9).build()),
        EtcdError.INVALID_SORT_OPTION);
  }

  @Test
  void everyFieldOfAPutIsMapped() {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(K)
            .setValue(ByteString.copyFromUtf8("v"))
            .setLease(-7)
            .setPrevKv(true)
            .setIgnoreLease(true)
            .build();
    assertThat(ProtoMapping.put(request))
        .isEqualTo(new Command.Put(KEY, Bytes.utf8("v"), -7, true, false, true));
  }

  @Test
  void anEmptyOperationIsRefusedAsKeyNotFound() {
    TxnRequest txn = TxnRequest.newBuilder().addFailure(RequestOp.getDefaultInstance()).build();
    assertFails(() -> ProtoMapping.txn(txn, 128), EtcdError.KEY_NOT_FOUND);
  }

  @Test
  void aNestedTransactionMayUseTheRemainingOperationsOfItsParent() {
    TxnRequest inner = TxnRequest.newBuilder().addSuccess(put()).addSuccess(put()).build();
    TxnRequest outer =
        TxnRequest.newBuilder().addSuccess(RequestOp.newBuilder().setRequestTxn(inner)).build();
    assertThat(ProtoMapping.txn(outer, 3).success()).hasSize(1);
    assertFails(() -> ProtoMapping.txn(outer, 2), EtcdError.TOO_MANY_OPS);
  }

  @Test
  void comparesUseTheOperandOfTheirTarget() {
    Compare compare =
        Compare.newBuilder()
            .setKey(K)
            .setTarget(Compare.CompareTarget.CREATE)
            .setResult(Compare.CompareResult.LESS)
            .setModRevision(5)
            .build();
    assertThat(mapped(compare))
        .isEqualTo(
            new Command.Compare(
                KeyRange.single(KEY),
                Command.CompareResult.LESS,
                Command.CompareTarget.CREATE,
                0,
                Bytes.EMPTY));
    assertThat(mapped(compare.toBuilder().setCreateRevision(6).build()).number()).isEqualTo(6);
  }

  @Test
  void anUnknownResultIsAlwaysSatisfiedExceptForTheValueOfAMissingKey() {
    Compare.Builder b = Compare.newBuilder().setKey(K).setResultValue(77);
    assertThat(mapped(b.setVersion(3).build()))
        .isEqualTo(version(Command.CompareResult.NOT_EQUAL, -1));
    assertThat(mapped(b.setTarget(Compare.CompareTarget.VALUE).build()))
        .isEqualTo(version(Command.CompareResult.GREATER, 0));
  }

  @Test
  void anUnknownTargetIsEqualToEverything() {
    Compare.Builder b = Compare.newBuilder().setKey(K).setTargetValue(77).setVersion(3);
    assertThat(mapped(b.build())).isEqualTo(version(Command.CompareResult.NOT_EQUAL, -1));
    assertThat(mapped(b.setResult(Compare.CompareResult.GREATER).build()))
        .isEqualTo(version(Command.CompareResult.EQUAL, -1));
  }

  @Test
  void innerHeadersContainOnlyARevision() {
    Result.TxnDone done =
        new Result.TxnDone(
            9,
            true,
            List.of(
                new Result.Putted(9, null),
                new Result.Ranged(9, List.of(new KeyValue(KEY, Bytes.EMPTY, 9, 9, 1, 0)), false, 1),
                new Result.Deleted(9, 0, List.of()),
                new Result.TxnDone(0, false, List.of())));
    ResponseHeader header =
        ResponseHeader.newBuilder().setClusterId(1).setMemberId(2).setRevision(9).build();
    TxnResponse response = ProtoMapping.txnDone(header, done);
    assertThat(response.getHeader()).isEqualTo(header);
    ResponseHeader inner = ResponseHeader.newBuilder().setRevision(9).build();
    assertThat(response.getResponses(0).getResponsePut().getHeader()).isEqualTo(inner);
    assertThat(response.getResponses(0).getResponsePut().hasPrevKv()).isFalse();
    assertThat(response.getResponses(1).getResponseRange().getHeader()).isEqualTo(inner);
    assertThat(response.getResponses(1).getResponseRange().getKvs(0).getKey()).isEqualTo(K);
    assertThat(response.getResponses(2).getResponseDeleteRange().getHeader()).isEqualTo(inner);
    assertThat(response.getResponses(3).getResponseTxn().hasHeader()).isTrue();
    assertThat(response.getResponses(3).getResponseTxn().getHeader())
        .isEqualTo(ResponseHeader.getDefaultInstance());
  }

  @Test
  void knownWatchFiltersAreMappedAndUnknownOnesIgnored() {
    WatchCreateRequest request =
        WatchCreateRequest.newBuilder()
            .setKey(K)
            .addFiltersValue(55)
            .addFilters(WatchCreateRequest.FilterType.NODELETE)
            .setStartRevision(4)
            .setWatchId(3)
            .setFragment(true)
            .build();
    var spec = ProtoMapping.watchSpec(request);
    assertThat(spec.noDelete()).isTrue();
    assertThat(spec.noPut()).isFalse();
    assertThat(spec.startRevision()).isEqualTo(4);
    assertThat(spec.watchId()).isEqualTo(3);
    assertThat(spec.fragment()).isTrue();
    assertThat(spec.prevKv()).isFalse();
  }

  @Test
  void fieldNumbersThatAreEasyToMistakeAreCorrect() {
    assertThat(WatchResponse.EVENTS_FIELD_NUMBER).isEqualTo(11);
    assertThat(Compare.RANGE_END_FIELD_NUMBER).isEqualTo(64);
  }

  @Test
  void bytesAreMappedWithoutACopy() {
    Bytes bytes = Bytes.utf8("some value");
    assertThat(ByteStrings.toBytes(ByteStrings.of(bytes)).array()).isSameAs(bytes.array());
  }

  @Test
  void bytesInSeveralPartsAreJoined() {
    ByteString left = ByteString.copyFromUtf8("left ".repeat(100));
    ByteString right = ByteString.copyFromUtf8("right ".repeat(100));
    assertThat(ByteStrings.toBytes(left.concat(right)).utf8())
        .isEqualTo("left ".repeat(100) + "right ".repeat(100));
    assertThat(ByteStrings.toBytes(left.substring(5, 9)).utf8()).isEqualTo("left");
    assertThat(ByteStrings.toBytes(ByteString.EMPTY)).isSameAs(Bytes.EMPTY);
  }

  private static RequestOp put() {
    return RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(K)).build();
  }

  private static Command.Compare mapped(Compare compare) {
    return ProtoMapping.txn(TxnRequest.newBuilder().addCompare(compare).build(), 1)
        .compares()
        .get(0);
  }

  private static Command.Compare version(Command.CompareResult result, long number) {
    return new Command.Compare(
        KeyRange.single(KEY), result, Command.CompareTarget.VERSION, number, Bytes.EMPTY);
  }

  private static void assertFails(ThrowingCallable call, EtcdError error) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
  }
}
