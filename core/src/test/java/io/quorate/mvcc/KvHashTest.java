package io.quorate.mvcc;

import static io.quorate.mvcc.StoreFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** HashKV against etcd's encoding written out byte by byte, and a checksum computed bit by bit. */
class KvHashTest {
  private static final String BUCKET = "6b6579";
  private static final String PUT_FOO_BAR =
      "0000000000000002"
          + "5f"
          + "0000000000000000" // revision 2, sub 0
          + "0a03666f6f" // key foo
          + "1002"
          + "1802"
          + "2001" // create, mod, version
          + "2a03626172"; // value bar
  private static final String DELETE_FOO =
      "0000000000000003"
          + "5f"
          + "0000000000000000"
          + "74" // revision 3, tombstone
          + "0a03666f6f";

  // Worked out from the bytes above with another implementation of the checksum.
  private static final int HASH_PUT = 0xc5023252;
  private static final int HASH_DELETE = 0x94693eb5;

  private final StoreFixture store = new StoreFixture();
  private final KvStore kv = store.kv;

  private static int crc32c(String hex) {
    int crc = -1;
    for (byte b : HexFormat.of().parseHex(hex)) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
      }
    }
    return ~crc;
  }

  @Test
  void theChecksumOfTheTestItselfIsCastagnoli() {
    assertThat(crc32c(HexFormat.of().formatHex("123456789".getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo(0xe3069283);
  }

  @Test
  void anEmptyStoreHashesToItsBucketsName() {
    assertThat(kv.hash(0)).isEqualTo(new KvStore.KvHash(crc32c(BUCKET), -1, 1));
  }

  @Test
  void onePutHashesAsEtcdStoresIt() {
    store.put("foo", "bar");
    store.flush();
    assertThat(kv.hash(0)).isEqualTo(new KvStore.KvHash(HASH_PUT, -1, 2));
    assertThat(HASH_PUT).isEqualTo(crc32c(BUCKET + PUT_FOO_BAR));
  }

  @Test
  void aTombstoneHashesWithItsMarkAndKeyOnly() {
    store.put("foo", "bar");
    store.delete("foo");
    store.flush();
    assertThat(kv.hash(3).hash()).isEqualTo(HASH_DELETE);
    assertThat(HASH_DELETE).isEqualTo(crc32c(BUCKET + PUT_FOO_BAR + DELETE_FOO));
    assertThat(kv.hash(2).hash()).isEqualTo(HASH_PUT);
  }

  @Test
  void subRevisionsLargeNumbersAndNegativeLeasesAreEncodedInFull() {
    WriteTxn txn = kv.begin();
    txn.put(bytes("a"), Bytes.EMPTY, 300);
    txn.put(bytes("b"), Bytes.of(new byte[200]), -1);
    store.end(txn);
    store.flush();
    String a = "0000000000000002" + "5f" + "0000000000000000" + "0a0161100218022001" + "30ac02";
    String b =
        "0000000000000002"
            + "5f"
            + "0000000000000001"
            + "0a0162100218022001"
            + "2ac801"
            + "00".repeat(200)
            + "30"
            + "ffffffffffffffffff01";
    assertThat(kv.hash(0).hash()).isEqualTo(crc32c(BUCKET + a + b));
  }

  @Test
  void theHashNeedsTheRevisionOnTheDisk() {
    store.put("a", "1");
    store.flush();
    store.put("a", "2");
    assertThat(kv.hash(2).hashRevision()).isEqualTo(2);
    assertThatThrownBy(() -> kv.hash(3)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> kv.hash(4)).isInstanceOf(EtcdException.class);
  }

  @Test
  void aCompactionCountsFromItsRevisionOnHoweverFarItIsSwept() {
    store.put("a", "1"); // 2
    store.put("b", "1"); // 3
    store.put("a", "2"); // 4
    store.delete("b"); // 5
    store.put("c", "1"); // 6
    store.flush();
    kv.compact(5);
    KvStore.KvHash unswept5 = kv.hash(5);
    KvStore.KvHash unswept6 = kv.hash(6);
    assertThat(unswept5.compactRevision()).isEqualTo(5);
    store.sweep();
    assertThat(kv.hash(5)).isEqualTo(unswept5);
    assertThat(kv.hash(6)).isEqualTo(unswept6);
    assertThat(store.reopened(0).kv.hash(6)).isEqualTo(unswept6);
    // Only what a still shows; the tombstone of b at the compacted revision never counts.
    String a =
        "0000000000000004" + "5f" + "0000000000000000" + "0a0161" + "100218042002" + "2a0132";
    assertThat(unswept5.hash()).isEqualTo(crc32c(BUCKET + a));
    assertThatThrownBy(() -> kv.hash(4)).isInstanceOf(EtcdException.class);
  }

  @Test
  void withoutALiveKeyEverythingThatCompactionLeftCounts() {
    store.put("a", "1"); // 2
    store.put("a", "2"); // 3
    store.put("b", "1"); // 4
    store.delete(KeyRange.all()); // 5
    store.flush();
    kv.compact(4);
    KvStore.KvHash unswept = kv.hash(0);
    store.sweep();
    assertThat(kv.hash(0)).isEqualTo(unswept);
    String a =
        "0000000000000003" + "5f" + "0000000000000000" + "0a0161" + "100218032002" + "2a0132";
    String b =
        "0000000000000004" + "5f" + "0000000000000000" + "0a0162" + "100418042001" + "2a0131";
    String da = "0000000000000005" + "5f" + "0000000000000000" + "74" + "0a0161";
    String db = "0000000000000005" + "5f" + "0000000000000001" + "74" + "0a0162";
    assertThat(unswept.hash()).isEqualTo(crc32c(BUCKET + a + b + da + db));
  }
}
