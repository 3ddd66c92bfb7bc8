package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Keys and values, each test with a prefix of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KvServiceTest {
  @TempDir static Path dataDir;
  private Served served;
  private KvService kv;

  @BeforeAll
  void start() {
    served = new Served(dataDir);
    kv = served.services.kv();
  }

  @AfterAll
  void stop() {
    served.close();
  }

  @Test
  void aKeyIsPutReadAndDeleted() {
    PutResult put = await(kv.put("a/key", "value \u20ac"));
    KeyValuePair read = await(kv.get("a/key"));
    assertThat(read)
        .isEqualTo(
            new KeyValuePair()
                .setKey("a/key")
                .setValue("value \u20ac")
                .setCreateRevision(put.getRevision())
                .setModRevision(put.getRevision())
                .setVersion(1));
    assertThat(await(kv.delete("a/key")).getDeleted()).isEqualTo(1);
    assertThat(await(kv.delete("a/key")).getDeleted()).isZero();
  }

  @Test
  void aKeyThatIsNotThereIsAnsweredWithNull() {
    assertThat(await(kv.get("none"))).isNull();
  }

  @Test
  void aRangeIsSortedLimitedAndBounded() {
    long first = await(kv.put("b/1", "z")).getRevision();
    PutResult unused = await(kv.put("b/2", "y"));
    long third = await(kv.put("b/3", "x")).getRevision();
    RangeResult byValue =
        await(
            kv.range(
                new RangeRequest()
                    .setPrefix("b/")
                    .setSortTarget(SortTarget.VALUE)
                    .setSortOrder(SortOrder.ASCEND)
                    .setLimit(2)));
    assertThat(keys(byValue)).containsExactly("b/3", "b/2");
    assertThat(byValue.isMore()).isTrue();
    assertThat(byValue.getCount()).isEqualTo(3);
    assertThat(keys(await(kv.range(new RangeRequest().setKey("b/1").setRangeEnd("b/3")))))
        .containsExactly("b/1", "b/2");
    assertThat(keys(await(kv.range(new RangeRequest().setPrefix("b/").setRevision(first)))))
        .containsExactly("b/1");
    assertThat(
            keys(await(kv.range(new RangeRequest().setPrefix("b/").setMinCreateRevision(third)))))
        .containsExactly("b/3");
    assertThat(keys(await(kv.range(new RangeRequest().setPrefix("b/").setMaxModRevision(first)))))
        .containsExactly("b/1");
    RangeResult keysOnly =
        await(kv.range(new RangeRequest().setPrefix("b/").setKeysOnly(true).setSerializable(true)));
    assertThat(keysOnly.getKvs()).allMatch(pair -> pair.getValue().isEmpty()).hasSize(3);
    RangeResult count = await(kv.range(new RangeRequest().setPrefix("b/").setCountOnly(true)));
    assertThat(count.getKvs()).isEmpty();
    assertThat(count.getCount()).isEqualTo(3);
  }

  private static List<String> keys(RangeResult result) {
    return result.getKvs().stream().map(KeyValuePair::getKey).toList();
  }

  @Test
  void aPutCanHangOnALeaseAndKeepWhatWasThere() {
    String lease = await(served.services.leases().grant(60)).getLeaseId();
    PutResult unused =
        await(kv.putWith(new PutRequest().setKey("c").setValue("1").setLeaseId(lease)));
    PutResult second =
        await(
            kv.putWith(
                new PutRequest().setKey("c").setValue("2").setIgnoreLease(true).setPrevKv(true)));
    assertThat(second.getPrevKv()).isNotNull();
    assertThat(second.getPrevKv().getValue()).isEqualTo("1");
    assertThat(await(kv.get("c")).getLeaseId()).isEqualTo(lease);
    PutResult third = await(kv.putWith(new PutRequest().setKey("c").setIgnoreValue(true)));
    assertThat(third.getRevision()).isPositive();
    assertThat(await(kv.get("c")).getValue()).isEqualTo("2");
    assertThat(await(kv.get("c")).getLeaseId()).isNull();
  }

  @Test
  void aRangeIsDeletedAndTold() {
    PutResult unused = await(kv.put("d/1", "1").compose(done -> kv.put("d/2", "2")));
    DeleteResult deleted =
        await(kv.deleteRange(new DeleteRequest().setPrefix("d/").setPrevKv(true)));
    assertThat(deleted.getDeleted()).isEqualTo(2);
    assertThat(deleted.getPrevKvs()).extracting(KeyValuePair::getValue).containsExactly("1", "2");
  }

  @Test
  void aTransactionTakesOneBranchInOneRevision() {
    TxnRequest claim =
        new TxnRequest()
            .setCompares(
                List.of(new Compare().setKey("e").setTarget(CompareTarget.CREATE).setNumber(0)))
            .setSuccess(
                List.of(
                    new TxnOp().setPut(new PutRequest().setKey("e").setValue("1")),
                    new TxnOp().setRange(new RangeRequest().setKey("e"))))
            .setFailure(
                List.of(
                    new TxnOp()
                        .setTxn(
                            new TxnRequest()
                                .setSuccess(
                                    List.of(
                                        new TxnOp().setDelete(new DeleteRequest().setKey("e")))))));
    TxnResult claimed = await(kv.txn(claim));
    assertThat(claimed.isSucceeded()).isTrue();
    assertThat(claimed.getResponses().get(0).getPut()).isNotNull();
    assertThat(claimed.getResponses().get(1).getRange().getKvs().get(0).getModRevision())
        .isEqualTo(claimed.getRevision());
    TxnResult second = await(kv.txn(claim));
    assertThat(second.isSucceeded()).isFalse();
    assertThat(second.getResponses().get(0).getTxn().getResponses().get(0).getDelete())
        .isEqualTo(new DeleteResult().setDeleted(1).setRevision(second.getRevision()));
    assertThat(await(kv.get("e"))).isNull();
  }

  @Test
  void everyTargetCanBeCompared() {
    String lease = await(served.services.leases().grant(60)).getLeaseId();
    long revision =
        await(kv.putWith(new PutRequest().setKey("f").setValue("v").setLeaseId(lease)))
            .getRevision();
    List<Compare> hold =
        List.of(
            new Compare().setKey("f").setTarget(CompareTarget.VERSION).setNumber(1),
            new Compare().setKey("f").setTarget(CompareTarget.MOD).setNumber(revision),
            new Compare()
                .setKey("f")
                .setTarget(CompareTarget.CREATE)
                .setResult(CompareResult.LESS)
                .setNumber(revision + 1),
            new Compare()
                .setKey("f")
                .setTarget(CompareTarget.VALUE)
                .setResult(CompareResult.GREATER)
                .setValue("u"),
            new Compare().setPrefix("f").setTarget(CompareTarget.LEASE).setLeaseId(lease));
    assertThat(await(kv.txn(new TxnRequest().setCompares(hold))).isSucceeded()).isTrue();
    for (Compare compare : hold) {
      CompareResult other =
          compare.getResult() == CompareResult.EQUAL
              ? CompareResult.NOT_EQUAL
              : CompareResult.EQUAL;
      TxnRequest request =
          new TxnRequest().setCompares(List.of(new Compare(compare).setResult(other)));
      assertThat(await(kv.txn(request)).isSucceeded()).as(compare.toString()).isFalse();
    }
  }

  @Test
  void bytesTravelAsBase64() {
    String key = base64(new byte[] {'g', (byte) 0xff});
    String value = base64(new byte[] {0, 1, (byte) 0x80});
    PutRequest put = new PutRequest().setKey(key).setValue(value).setEncoding(Encoding.BASE64);
    PutResult unused = await(kv.putWith(put));
    RangeResult read = await(kv.range(new RangeRequest().setKey(key).setEncoding(Encoding.BASE64)));
    assertThat(read.getKvs().get(0).getKey()).isEqualTo(key);
    assertThat(read.getKvs().get(0).getValue()).isEqualTo(value);
    RangeResult prefix =
        await(
            kv.range(
                new RangeRequest()
                    .setPrefix(base64(new byte[] {'g'}))
                    .setEncoding(Encoding.BASE64)));
    assertThat(prefix.getCount()).isEqualTo(1);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void whatIsNoTextIsNotToldAsTextButNamed() {
    long unused =
        await(served.client.put(Bytes.utf8("h/key"), Bytes.of(new byte[] {(byte) 0xc3, 0x28})));
    Failed.with(ServiceFailure.NOT_UTF8, "h/key", kv.get("h/key"));
    Failed.with(ServiceFailure.NOT_UTF8, "h/key", kv.range(new RangeRequest().setPrefix("h/")));
    RangeRequest keysOnly = new RangeRequest().setPrefix("h/").setKeysOnly(true);
    assertThat(await(kv.range(keysOnly)).getCount()).isEqualTo(1);
  }

  @Test
  void wrongArgumentsAreRefusedByName() {
    Failed.argument("key", kv.get(""));
    Failed.argument("key", kv.range(new RangeRequest()));
    Failed.argument("prefix", kv.range(new RangeRequest().setKey("k").setPrefix("k")));
    Failed.argument("limit", kv.range(new RangeRequest().setKey("k").setLimit(-1)));
    Failed.argument("revision", kv.range(new RangeRequest().setKey("k").setRevision(-1)));
    Failed.argument(
        "maxCreateRevision", kv.range(new RangeRequest().setKey("k").setMaxCreateRevision(-1)));
    Failed.argument(
        "key", kv.range(new RangeRequest().setKey("no base64!").setEncoding(Encoding.BASE64)));
    Failed.argument("key", kv.put("\ud800", "half a character"));
    Failed.argument("leaseId", kv.putWith(new PutRequest().setKey("k").setLeaseId("xyz")));
    Failed.argument("leaseId", kv.putWith(new PutRequest().setKey("k").setLeaseId("0")));
    Failed.argument("revision", kv.compact(new CompactRequest()));
    Failed.argument("success", kv.txn(new TxnRequest().setSuccess(List.of(new TxnOp()))));
    Failed.argument(
        "failure.encoding",
        kv.txn(
            new TxnRequest()
                .setFailure(
                    List.of(
                        new TxnOp()
                            .setRange(
                                new RangeRequest().setKey("k").setEncoding(Encoding.BASE64))))));
    Failed.argument("target", kv.txn(compare(new Compare().setKey("k"))));
    Failed.argument(
        "value", kv.txn(compare(new Compare().setKey("k").setTarget(CompareTarget.VALUE))));
    Failed.argument(
        "number",
        kv.txn(
            compare(
                new Compare()
                    .setKey("k")
                    .setTarget(CompareTarget.VALUE)
                    .setValue("")
                    .setNumber(1))));
    Failed.argument(
        "leaseId",
        kv.txn(compare(new Compare().setKey("k").setTarget(CompareTarget.MOD).setLeaseId("1"))));
    Supplier<TxnRequest> deep =
        () -> {
          TxnRequest txn = new TxnRequest();
          for (int i = 0; i < 140; i++) {
            txn = new TxnRequest().setSuccess(List.of(new TxnOp().setTxn(txn)));
          }
          return txn;
        };
    Failed.argument("txn", kv.txn(deep.get()));
  }

  private static TxnRequest compare(Compare compare) {
    return new TxnRequest().setCompares(List.of(compare));
  }

  @Test
  void etcdsErrorsKeepTheirMessages() {
    Failed.with(
        ServiceFailure.LEASE_NOT_FOUND,
        "etcdserver: requested lease not found",
        kv.putWith(new PutRequest().setKey("i").setLeaseId("123")));
    Failed.with(
        ServiceFailure.FUTURE_REV,
        "etcdserver: mvcc: required revision is a future revision",
        kv.range(new RangeRequest().setKey("i").setRevision(1_000_000)));
    Failed.with(
        ServiceFailure.KEY_NOT_FOUND,
        "etcdserver: key not found",
        kv.putWith(new PutRequest().setKey("none").setIgnoreValue(true)));
    Failed.with(
        ServiceFailure.DUPLICATE_KEY,
        "etcdserver: duplicate key given in txn request",
        kv.txn(
            new TxnRequest()
                .setSuccess(
                    List.of(
                        new TxnOp().setPut(new PutRequest().setKey("i")),
                        new TxnOp().setPut(new PutRequest().setKey("i"))))));
    Failed.with(
        ServiceFailure.REQUEST_TOO_LARGE,
        "etcdserver: request is too large",
        kv.put("i", "x".repeat(2_000_000)));
  }

  @Test
  void historyIsCompacted() {
    long revision = await(kv.put("j", "1").compose(done -> kv.put("j", "2"))).getRevision();
    assertThat(await(kv.compact(new CompactRequest().setRevision(revision).setPhysical(true))))
        .isGreaterThanOrEqualTo(revision);
    Failed.with(
        ServiceFailure.COMPACTED,
        "etcdserver: mvcc: required revision has been compacted",
        kv.range(new RangeRequest().setKey("j").setRevision(revision - 1)));
  }

  @Test
  void textIsUtf8InTheStore() {
    PutResult unused = await(kv.put("k/\u00e4", "\ud83d\ude00"));
    assertThat(await(served.client.get(Bytes.utf8("k/\u00e4"))).orElseThrow().value().array())
        .isEqualTo("\ud83d\ude00".getBytes(StandardCharsets.UTF_8));
  }
}
