package io.quorate.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Command.Compare;
import io.quorate.command.Command.DeleteRange;
import io.quorate.command.Command.Effect;
import io.quorate.command.Command.Op;
import io.quorate.command.Command.Put;
import io.quorate.command.Command.Range;
import io.quorate.command.Command.Txn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class ValidationTest {
  private static final int MAX_OPS = 128;

  @Test
  void anEmptyKeyIsRefusedWhereverItStands() {
    refused(EtcdError.EMPTY_KEY, () -> Validation.check(range("")));
    refused(EtcdError.EMPTY_KEY, () -> Validation.check(put("")));
    refused(EtcdError.EMPTY_KEY, () -> Validation.check(delete("", "z")));
    refused(EtcdError.EMPTY_KEY, txn(List.of(compare("")), List.of(), List.of()));
    refused(EtcdError.EMPTY_KEY, txn(List.of(), List.of(put("")), List.of()));
    refused(EtcdError.EMPTY_KEY, txn(List.of(), List.of(), List.of(range(""))));
    refused(
        EtcdError.EMPTY_KEY, txn(List.of(), List.of(nested(List.of(delete("", "")))), List.of()));
  }

  @Test
  void aPutThatKeepsTheValueMustNotBringOne() {
    Bytes k = Bytes.utf8("k");
    refused(
        EtcdError.VALUE_PROVIDED,
        () -> Validation.check(new Put(k, Bytes.utf8("v"), 0, false, true, false)));
    refused(
        EtcdError.LEASE_PROVIDED,
        () -> Validation.check(new Put(k, Bytes.EMPTY, 7, false, false, true)));
    refused(
        EtcdError.VALUE_PROVIDED,
        () -> Validation.check(new Put(k, Bytes.utf8("v"), 7, false, true, true)));
    accepted(() -> Validation.check(new Put(k, Bytes.EMPTY, 0, false, true, true)));
    accepted(() -> Validation.check(new Put(k, Bytes.EMPTY, 7, false, true, false)));
  }

  @Test
  void aPeerUrlSaysWhereToConnectAndNothingElse() {
    for (String url :
        List.of(
            "http://127.0.0.1:2380",
            "https://[::1]:65535",
            "http://member-1.example.org:1",
            "http://my_host:2380",
            "http://" + "a".repeat(63) + ":1")) {
      accepted(() -> Validation.check(new MemberChange.Add(7, List.of(url), false)));
      accepted(
          () ->
              Validation.check(
                  new Command.MemberUpdate(7, List.of(url)), MAX_OPS, FeatureLevel.NEWEST));
      assertThat(PeerUrl.parse(url)).hasToString(url);
    }
    for (String url :
        List.of(
            "",
            "::::",
            "127.0.0.1:2380",
            "//127.0.0.1:2380",
            "http://127.0.0.1",
            "http://127.0.0.1:",
            "http://127.0.0.1:0",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:-1",
            "http://127.0.0.1:02380",
            "http://:2380",
            "http://a..b:2380",
            "http://" + "a".repeat(64) + ":1",
            "http://[::1:2380",
            "http://[12345::1]:2380",
            "http://a b:2380",
            "http://who@127.0.0.1:2380",
            "http://127.0.0.1:2380/",
            "http://127.0.0.1:2380/path",
            "http://127.0.0.1:2380?query",
            "http://127.0.0.1:2380#fragment",
            "ftp://127.0.0.1:2380",
            "unix://127.0.0.1:2380",
            "http:127.0.0.1:2380",
            "http://127.0.0.1:2380\n",
            "http://" + "a.".repeat(300) + "a:1")) {
      List<String> withGood = List.of("http://127.0.0.1:2380", url);
      refused(
          EtcdError.MEMBER_BAD_URLS,
          () -> Validation.check(new MemberChange.Add(7, withGood, true)));
      refused(
          EtcdError.MEMBER_BAD_URLS,
          () ->
              Validation.check(
                  new Command.MemberUpdate(7, withGood), MAX_OPS, FeatureLevel.NEWEST));
      assertThat(PeerUrl.firstOf(withGood)).hasToString("http://127.0.0.1:2380");
    }
  }

  @Test
  void aMemberHasSomeUrlsAndNotTooMany() {
    List<String> many = Collections.nCopies(Validation.MAX_MEMBER_URLS, "http://h:1");
    accepted(() -> Validation.check(new MemberChange.Add(7, many, false)));
    List<String> tooMany = Collections.nCopies(Validation.MAX_MEMBER_URLS + 1, "http://h:1");
    for (List<String> urls : List.of(List.<String>of(), tooMany)) {
      refused(
          EtcdError.MEMBER_BAD_URLS, () -> Validation.check(new MemberChange.Add(7, urls, false)));
      refused(
          EtcdError.MEMBER_BAD_URLS,
          () -> Validation.check(new Command.MemberUpdate(7, urls), MAX_OPS, FeatureLevel.NEWEST));
    }
    accepted(() -> Validation.check(new MemberChange.Remove(7)));
    accepted(
        () ->
            Validation.check(
                new Command.MemberPublish(7, "n", many), MAX_OPS, FeatureLevel.NEWEST));
    refused(
        EtcdError.REQUEST_TOO_LARGE,
        () ->
            Validation.check(
                new Command.MemberPublish(7, "n", tooMany), MAX_OPS, FeatureLevel.NEWEST));
    refused(
        EtcdError.REQUEST_TOO_LARGE,
        () ->
            Validation.check(
                new Command.MemberPublish(7, "n".repeat(513), many), MAX_OPS, FeatureLevel.NEWEST));
  }

  @Test
  void comparesAndEitherBranchMayHaveAsManyOperationsAsAllowed() {
    accepted(txn(compares(128), puts("a", 128), puts("a", 128)));
    refused(EtcdError.TOO_MANY_OPS, txn(compares(129), List.of(), List.of()));
    refused(EtcdError.TOO_MANY_OPS, txn(List.of(), puts("a", 129), List.of()));
    refused(EtcdError.TOO_MANY_OPS, txn(List.of(), List.of(), puts("a", 129)));
  }

  @Test
  void aNestedTransactionHasWhatItsParentLeft() {
    List<Op> outer = new ArrayList<>(puts("a", 99));
    outer.add(nested(puts("b", 28)));
    accepted(txn(List.of(), outer, List.of()));
    outer.set(99, nested(puts("b", 29)));
    refused(EtcdError.TOO_MANY_OPS, txn(List.of(), outer, List.of()));
  }

  @Test
  void theNumberOfComparesCountsAgainstNestedTransactionsToo() {
    accepted(txn(compares(100), List.of(nested(puts("b", 28))), List.of()));
    refused(EtcdError.TOO_MANY_OPS, txn(compares(100), List.of(nested(puts("b", 29))), List.of()));
  }

  @Test
  void tooManyOperationsWinOverAnEmptyKey() {
    refused(EtcdError.TOO_MANY_OPS, txn(List.of(compare("")), puts("", 129), List.of()));
  }

  @Test
  void byDefaultTheNumberOfOperationsIsWhatBoundsDepth() {
    accepted(() -> Validation.check(chain(128), 128));
    refused(EtcdError.TOO_MANY_OPS, () -> Validation.check(chain(129), 128));
    refused(EtcdError.TOO_MANY_OPS, () -> Validation.check(chain(1_000), 128));
  }

  @Test
  void transactionsAreNestedUpToABound() {
    accepted(() -> Validation.check(chain(Validation.MAX_TXN_DEPTH), 1_000));
    refused(
        EtcdError.TOO_MANY_OPS, () -> Validation.check(chain(Validation.MAX_TXN_DEPTH + 1), 1_000));
  }

  @Test
  void aBranchMustNotPutAKeyTwice() {
    duplicate(put("a"), put("a"));
    fine(put("a"), put("b"));
    duplicate(put("a"), nested(List.of(put("a"))));
    duplicate(nested(List.of(put("a"))), nested(List.of(put("a"))));
  }

  @Test
  void bothBranchesMayPutTheSameKey() {
    accepted(txn(List.of(), List.of(put("a")), List.of(put("a"))));
    fine(new Txn(List.of(), List.of(put("a")), List.of(put("a"))));
  }

  @Test
  void theBranchThatWillNotRunIsCheckedAsWell() {
    refused(EtcdError.DUPLICATE_KEY, txn(List.of(), List.of(), List.of(put("a"), put("a"))));
    duplicate(new Txn(List.of(), List.of(), List.of(put("a"), put("a"))));
  }

  @Test
  void aBranchMustNotPutWhatItDeletes() {
    duplicate(put("b"), delete("b", ""));
    duplicate(delete("a", "c"), put("b"));
    fine(delete("a", "c"), put("c"));
    duplicate(delete("a", "c"), nested(List.of(put("b"))));
    duplicate(nested(List.of(delete("a", "c"))), put("b"));
    fine(delete("a", "c"), delete("b", "d"));
    fine(put("b"), range("b"));
  }

  @Test
  void aLaterSiblingMayDeleteWhatAnEarlierOnePuts() {
    fine(nested(List.of(put("b"))), nested(List.of(delete("b", ""))));
    duplicate(nested(List.of(delete("b", ""))), nested(List.of(put("b"))));
  }

  @Test
  void aDeleteWithoutUpperBoundOverlapsWithNothing() {
    fine(delete("a", "\0"), put("b"));
    fine(delete("\0", "\0"), put("b"), put("c"));
  }

  @Test
  void aReversedDeleteOverlapsWithNothing() {
    fine(delete("c", "a"), put("b"));
  }

  @Test
  void tensOfThousandsOfOperationsAreCheckedInReasonableTime() {
    List<Op> outer = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      List<Op> inner = new ArrayList<>();
      for (int j = 0; j < 100; j++) {
        inner.add(delete("d" + i + "/" + j, "d" + i + "/" + j + "x"));
        inner.add(put("p" + i + "/" + j));
      }
      outer.add(nested(inner));
    }
    Txn txn = new Txn(List.of(), outer, List.of());
    Assertions.assertTimeout(Duration.ofSeconds(20), () -> Validation.check(txn, 1_000));
  }

  @Test
  void readOnlyMeansRangesAlone() {
    assertThat(new Txn(List.of(), List.of(), List.of()).isReadOnly()).isTrue();
    assertThat(branches(List.of(range("a")), List.of(range("b"))).isReadOnly()).isTrue();
    assertThat(branches(List.of(range("a")), List.of(put("b"))).isReadOnly()).isFalse();
    assertThat(branches(List.of(delete("a", "")), List.of()).isReadOnly()).isFalse();
    assertThat(branches(List.of(nested(List.of())), List.of()).isReadOnly()).isFalse();
  }

  @Test
  void serializableMeansEveryRangeIs() {
    assertThat(branches(List.of(), List.of()).isSerializable()).isTrue();
    assertThat(branches(List.of(range("a")), List.of()).isSerializable()).isFalse();
    assertThat(branches(List.of(serializable()), List.of()).isSerializable()).isTrue();
    assertThat(branches(List.of(serializable()), List.of(range("a"))).isSerializable()).isFalse();
    assertThat(branches(List.of(put("a")), List.of()).isSerializable()).isFalse();
  }

  @Test
  void aTransactionGrowsWithAPutInEitherBranchHoweverDeep() {
    assertThat(branches(List.of(put("a")), List.of()).effect()).isEqualTo(Effect.GROWS);
    assertThat(branches(List.of(), List.of(nested(List.of(put("a"))))).effect())
        .isEqualTo(Effect.GROWS);
    assertThat(branches(List.of(delete("a", "")), List.of(range("a"))).effect())
        .isEqualTo(Effect.CHANGES);
  }

  private static void duplicate(Op... ops) {
    refused(EtcdError.DUPLICATE_KEY, txn(List.of(), List.of(ops), List.of()));
  }

  private static void fine(Op... ops) {
    accepted(txn(List.of(), List.of(ops), List.of()));
  }

  private static ThrowingCallable txn(List<Compare> compares, List<Op> success, List<Op> failure) {
    return () -> Validation.check(new Txn(compares, success, failure), MAX_OPS);
  }

  private static void refused(EtcdError error, ThrowingCallable check) {
    assertThatThrownBy(check)
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  private static void accepted(ThrowingCallable check) {
    assertThatCode(check).doesNotThrowAnyException();
  }

  private static Txn branches(List<Op> success, List<Op> failure) {
    return new Txn(List.of(), success, failure);
  }

  private static Txn nested(List<Op> ops) {
    return new Txn(List.of(), ops, List.of());
  }

  private static Txn chain(int depth) {
    Txn txn = nested(List.of(put("a")));
    for (int i = 1; i < depth; i++) {
      txn = nested(List.of(txn));
    }
    return txn;
  }

  private static List<Compare> compares(int count) {
    return Collections.nCopies(count, compare("k"));
  }

  private static List<Op> puts(String prefix, int count) {
    List<Op> puts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      puts.add(put(prefix.isEmpty() ? "" : prefix + i));
    }
    return puts;
  }

  private static Compare compare(String key) {
    return new Compare(
        KeyRange.single(Bytes.utf8(key)),
        Command.CompareResult.EQUAL,
        Command.CompareTarget.VERSION,
        0,
        Bytes.EMPTY);
  }

  private static Range range(String key) {
    return Range.of(KeyRange.single(Bytes.utf8(key)));
  }

  private static Range serializable() {
    Range r = range("s");
    return new Range(
        r.range(), 0, 0, r.sortOrder(), r.sortTarget(), true, false, false, 0, 0, 0, 0);
  }

  private static Put put(String key) {
    return Put.of(Bytes.utf8(key), Bytes.utf8("v"));
  }

  private static DeleteRange delete(String key, String end) {
    return new DeleteRange(new KeyRange(Bytes.utf8(key), Bytes.utf8(end)), false);
  }
}
