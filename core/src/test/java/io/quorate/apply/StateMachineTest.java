package io.quorate.apply;

import static io.quorate.apply.MachineOnMemory.delete;
import static io.quorate.apply.MachineOnMemory.key;
import static io.quorate.apply.MachineOnMemory.put;
import static io.quorate.apply.MachineOnMemory.range;
import static io.quorate.apply.MachineOnMemory.rangeAt;
import static io.quorate.apply.MachineOnMemory.then;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.codec.CommandCodec;
import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Password;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.command.Validation;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class StateMachineTest {
  private final MachineOnMemory m = new MachineOnMemory();

  @Nested
  final class Entries {

    @Test
    void anEntryThatDoesNotFollowTheAppliedOneIsRefused() {
      Entry second = new Entry(new LogPosition(1, 2), Entry.Kind.NORMAL, new byte[0]);
      assertThatThrownBy(() -> m.machine.apply(second)).isInstanceOf(IllegalStateException.class);
      m.applyData(Entry.Kind.NORMAL, new byte[0]);
      m.applyData(Entry.Kind.NORMAL, new byte[0]);
      assertThatThrownBy(() -> m.machine.apply(second)).isInstanceOf(IllegalStateException.class);
      assertThat(m.machine.appliedIndex()).isEqualTo(2);
    }

    @Test
    void theEntryALeaderBeginsWithOnlyAdvances() {
      Applied applied = m.applyData(Entry.Kind.NORMAL, new byte[0]);
      assertThat(applied)
          .isEqualTo(new Applied(List.of(), List.of(), null, List.of(), null, List.of()));
      assertThat(m.machine.appliedIndex()).isEqualTo(1);
      assertThat(m.machine.takeBatch().applied).isEqualTo(new LogPosition(MachineOnMemory.TERM, 1));
    }

    @Test
    void anUnreadableEntryStopsBeforeAnyOfItsCommandsHasAnEffect() {
      byte[] good = CommandCodec.encode(put("k", "v"));
      byte[] entry =
          CommandCodec.encodeBatch(
              new CommandCodec.Batch(
                  1,
                  1,
                  List.of(
                      new Proposal(1, 1, Caller.NOBODY, good),
                      new Proposal(1, 2, Caller.NOBODY, new byte[] {1, 99}))));
      assertThatThrownBy(() -> m.applyData(Entry.Kind.NORMAL, entry))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("entry 1 of term 3");
      assertThatThrownBy(() -> m.applyData(Entry.Kind.NORMAL, new byte[] {7}))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> m.applyData(Entry.Kind.CONF_CHANGE, new byte[] {7}))
          .isInstanceOf(IllegalStateException.class);
      assertThat(m.machine.kv().revision()).isEqualTo(1);
      assertThat(m.machine.pendingOperations()).isZero();
      assertThat(m.machine.appliedIndex()).isZero();
    }

    @Test
    void eachProposalOfABatchIsAtomicAndAnsweredOnItsOwn() {
      Applied applied = m.applyAll(put("a", "1"), put("b", "2", 99), put("c", "3"));
      assertThat(applied.outcomes()).hasSize(3);
      assertThat(applied.outcomes().get(0).requestId()).isEqualTo(100);
      assertThat(applied.outcomes().get(0).origin()).isEqualTo(MachineOnMemory.ORIGIN);
      assertThat(applied.outcomes().get(0).result()).isEqualTo(new Result.Putted(2, null));
      assertThat(applied.outcomes().get(1))
          .isEqualTo(new Outcome(MachineOnMemory.ORIGIN, 101, null, EtcdError.LEASE_NOT_FOUND));
      assertThat(applied.outcomes().get(2).result()).isEqualTo(new Result.Putted(3, null));
      assertThat(applied.changes()).extracting(Applied.Revised::revision).containsExactly(2L, 3L);
      assertThat(m.all()).extracting(KeyValue::key).containsExactly(key("a"), key("c"));
    }

    @Test
    void theLeadersClockIsKeptOncePerEntryThatChangedSomething() {
      m.applyAll(put("a", "1"), put("b", "1"));
      m.applyAll(delete("x", ""));
      m.applyAll(put("c", "1"));
      assertThat(m.machine.takeBatch().wallClocks)
          .containsExactly(
              new StateBatch.WallClock(3, MachineOnMemory.CLOCK),
              new StateBatch.WallClock(4, MachineOnMemory.CLOCK));
    }

    @Test
    void aStoreLoadedFromElsewhereIsNotTaken() {
      m.apply(put("a", "1"));
      m.flush();
      KvStore empty = new KvStore(new MemoryStateStore(), 1 << 20);
      assertThatThrownBy(() -> new StateMachine(empty, m.store.load()))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Nested
  final class Puts {

    @Test
    void aPutAnswersWithTheNewRevisionAndNoPreviousPairUnlessAsked() {
      assertThat(m.result(Result.Putted.class, put("k", "1")))
          .isEqualTo(new Result.Putted(2, null));
      assertThat(m.result(Result.Putted.class, put("k", "1")))
          .isEqualTo(new Result.Putted(3, null));
      Command.Put asking = new Command.Put(key("k"), key("2"), 0, true, false, false);
      assertThat(m.result(Result.Putted.class, asking))
          .isEqualTo(new Result.Putted(4, new KeyValue(key("k"), key("1"), 2, 3, 2, 0)));
      Command.Put first = new Command.Put(key("new"), key("2"), 0, true, false, false);
      assertThat(m.result(Result.Putted.class, first)).isEqualTo(new Result.Putted(5, null));
    }

    @Test
    void anUnknownLeaseIsRefused() {
      m.refused(EtcdError.LEASE_NOT_FOUND, put("k", "v", 5));
    }

    @Test
    void whatIsToBeKeptMustBeThere() {
      m.refused(
          EtcdError.KEY_NOT_FOUND, new Command.Put(key("k"), Bytes.EMPTY, 0, false, true, false));
      m.refused(
          EtcdError.KEY_NOT_FOUND, new Command.Put(key("k"), key("v"), 0, false, false, true));
      m.apply(put("k", "v"));
      m.apply(delete("k", ""));
      m.refused(
          EtcdError.KEY_NOT_FOUND, new Command.Put(key("k"), Bytes.EMPTY, 0, false, true, false));
    }

    @Test
    void valueAndLeaseAreKeptIndependently() {
      m.apply(new Command.LeaseGrant(5, 10));
      m.apply(put("k", "v", 5));
      m.apply(new Command.Put(key("k"), key("w"), 0, false, false, true));
      assertThat(m.all()).containsExactly(new KeyValue(key("k"), key("w"), 2, 3, 2, 5));
      assertThat(m.machine.leaseKeys(5)).containsExactly(key("k"));
      m.apply(new Command.Put(key("k"), Bytes.EMPTY, 0, false, true, false));
      assertThat(m.all()).containsExactly(new KeyValue(key("k"), key("w"), 2, 4, 3, 0));
      assertThat(m.machine.leaseKeys(5)).isEmpty();
    }
  }

  @Nested
  final class Deletes {

    @Test
    void aDeleteCountsAndReturnsPairsInKeyOrderIfAsked() {
      m.applyAll(put("b", "2"), put("a", "1"), put("c", "3"));
      Command.DeleteRange asking = new Command.DeleteRange(new KeyRange(key("a"), key("c")), true);
      assertThat(m.result(Result.Deleted.class, asking))
          .isEqualTo(
              new Result.Deleted(
                  5,
                  2,
                  List.of(
                      new KeyValue(key("a"), key("1"), 3, 3, 1, 0),
                      new KeyValue(key("b"), key("2"), 2, 2, 1, 0))));
      assertThat(m.result(Result.Deleted.class, delete("c", "")))
          .isEqualTo(new Result.Deleted(6, 1, List.of()));
    }

    @Test
    void deletingNothingKeepsTheRevision() {
      Applied applied = m.applyAll(delete("a", "z"));
      assertThat(applied.outcomes().get(0).result()).isEqualTo(new Result.Deleted(1, 0, List.of()));
      assertThat(applied.changes()).isEmpty();
    }

    @Test
    void deletedKeysLeaveTheirLease() {
      m.applyAll(new Command.LeaseGrant(5, 10), put("a", "1", 5), put("b", "1", 5));
      m.apply(delete("a", ""));
      assertThat(m.machine.leaseKeys(5)).containsExactly(key("b"));
    }
  }

  @Nested
  final class Transactions {

    @Test
    void innerHeadersShowTheRevisionAsOfEachOperation() {
      m.apply(put("a", "0"));
      Result.TxnDone done =
          m.result(
              Result.TxnDone.class,
              then(
                  range("a", ""),
                  delete("x", ""),
                  put("a", "1"),
                  range("a", ""),
                  delete("x", ""),
                  delete("a", ""),
                  then(put("n", "1"))));
      assertThat(done)
          .isEqualTo(
              new Result.TxnDone(
                  3,
                  true,
                  List.of(
                      new Result.Ranged(
                          2, List.of(new KeyValue(key("a"), key("0"), 2, 2, 1, 0)), false, 1),
                      new Result.Deleted(2, 0, List.of()),
                      new Result.Putted(3, null),
                      new Result.Ranged(
                          3, List.of(new KeyValue(key("a"), key("1"), 2, 3, 2, 0)), false, 1),
                      new Result.Deleted(3, 0, List.of()),
                      new Result.Deleted(3, 1, List.of()),
                      new Result.TxnDone(0, true, List.of(new Result.Putted(3, null))))));
    }

    @Test
    void aTransactionThatChangesNothingKeepsTheRevision() {
      m.apply(put("a", "0"));
      Applied applied = m.applyAll(then(then(range("a", "")), delete("x", "")));
      assertThat(applied.changes()).isEmpty();
      assertThat(applied.outcomes().get(0).result())
          .isInstanceOfSatisfying(
              Result.TxnDone.class, done -> assertThat(done.revision()).isEqualTo(2));
      assertThat(m.result(Result.TxnDone.class, then()))
          .isEqualTo(new Result.TxnDone(2, true, List.of()));
    }

    @Test
    void allChangesShareARevisionAndAreNumberedInOrder() {
      m.apply(put("z", "0"));
      Applied applied = m.applyAll(then(put("b", "1"), delete("z", ""), put("a", "1")));
      assertThat(applied.changes()).hasSize(1);
      List<Record> records = applied.changes().get(0).records();
      assertThat(records).extracting(r -> r.kv().key().utf8()).containsExactly("b", "z", "a");
      assertThat(records).extracting(Record::main).containsOnly(3L);
      assertThat(records).extracting(Record::sub).containsExactly(0L, 1L, 2L);
    }

    @Test
    void nestedComparesSeeTheStateBeforeTheWholeTransaction() {
      Command.Txn inner =
          new Command.Txn(
              List.of(compare("k", Command.CompareTarget.VERSION, 0)),
              List.of(put("seen", "before")),
              List.of(put("seen", "after")));
      Result.TxnDone done = m.result(Result.TxnDone.class, then(put("k", "v"), inner));
      assertThat(done.responses().get(1))
          .isInstanceOfSatisfying(
              Result.TxnDone.class, nested -> assertThat(nested.succeeded()).isTrue());
      assertThat(m.all()).extracting(kv -> kv.value().utf8()).containsExactly("v", "before");
    }

    @Test
    void aRefusalAnywhereOnThePathLeavesNoTrace() {
      m.applyAll(put("a", "1"), put("b", "1"), new Command.Compact(3, false));
      m.refused(EtcdError.LEASE_NOT_FOUND, then(put("x", "1"), put("y", "1", 77)));
      m.refused(EtcdError.LEASE_NOT_FOUND, then(put("x", "1"), then(put("y", "1", 77))));
      m.refused(EtcdError.FUTURE_REV, then(put("x", "1"), then(rangeAt("a", 4))));
      m.refused(EtcdError.COMPACTED, then(delete("a", ""), rangeAt("a", 2)));
      m.refused(
          EtcdError.KEY_NOT_FOUND,
          then(put("x", "1"), then(new Command.Put(key("y"), Bytes.EMPTY, 0, false, true, false))));
      m.refused(
          EtcdError.KEY_NOT_FOUND,
          then(delete("a", "\0"), new Command.Put(key("b"), Bytes.EMPTY, 0, false, true, false)));
      assertThat(m.all()).extracting(kv -> kv.key().utf8()).containsExactly("a", "b");
    }

    @Test
    void theBranchNotTakenIsNotChecked() {
      Command.Txn txn =
          new Command.Txn(
              List.of(compare("k", Command.CompareTarget.VERSION, 1)),
              List.of(put("y", "1", 77), rangeAt("a", 400)),
              List.of(put("y", "2")));
      assertThat(m.result(Result.TxnDone.class, txn).succeeded()).isFalse();
    }

    @Test
    void aNegativeRevisionIsBelowTheCompactedOne() {
      m.applyAll(put("a", "1"));
      for (long revision : new long[] {-2, Long.MIN_VALUE}) {
        m.refused(EtcdError.COMPACTED, then(put("x", "1"), rangeAt("a", revision)));
        m.refused(EtcdError.COMPACTED, then(rangeAt("a", revision), put("x", "1")));
        m.refused(EtcdError.COMPACTED, then(put("x", "1"), then(rangeAt("a", revision))));
        assertThatThrownBy(() -> StateMachine.read(m.machine.kv(), then(rangeAt("a", revision))))
            .hasMessage(EtcdError.COMPACTED.message());
        assertThat(m.machine.kv().range(rangeAt("a", revision)).count()).isEqualTo(1);
      }
      Command.Txn atMinusOne = then(put("a", "2"), rangeAt("a", -1));
      Result.TxnDone before = m.result(Result.TxnDone.class, atMinusOne);
      assertThat(((Result.Ranged) before.responses().get(1)).kvs().get(0).value().utf8())
          .isEqualTo("2");
      m.applyAll(new Command.Compact(2, false));
      m.refused(EtcdError.COMPACTED, atMinusOne);
      assertThat(m.all()).extracting(kv -> kv.key().utf8()).containsExactly("a");
    }

    @Test
    void transactionsNestedAsDeepAsCanBeAreExecuted() {
      Command.Txn txn = then(put("deep", "1"));
      for (int depth = 1; depth < Validation.MAX_TXN_DEPTH; depth++) {
        txn = then(txn);
      }
      Result.OpResult done = m.result(Result.TxnDone.class, txn);
      for (int depth = 0; depth < Validation.MAX_TXN_DEPTH; depth++) {
        done = ((Result.TxnDone) done).responses().get(0);
      }
      assertThat(done).isEqualTo(new Result.Putted(2, null));
    }

    @Test
    void aRangeOfAnOldRevisionReadsThat() {
      m.applyAll(put("a", "1"), put("a", "2"));
      Result.TxnDone done =
          m.result(Result.TxnDone.class, then(put("a", "3"), rangeAt("a", 2), rangeAt("a", 3)));
      assertThat(done.responses().subList(1, 3))
          .extracting(r -> ((Result.Ranged) r).kvs().get(0).value().utf8())
          .containsExactly("1", "2");
    }

    @Test
    void allTargetsAndResultsCompareAsInEtcd() {
      m.apply(new Command.LeaseGrant(5, 10));
      m.applyAll(put("before", "x"), put("k", "m", 5), put("k", "m", 5)); // 2, 3, 4
      assertComparesAs("k", Command.CompareTarget.VERSION, 2);
      assertComparesAs("k", Command.CompareTarget.CREATE, 3);
      assertComparesAs("k", Command.CompareTarget.MOD, 4);
      assertComparesAs("k", Command.CompareTarget.LEASE, 5);
      assertComparesAs("missing", Command.CompareTarget.VERSION, 0);
      assertComparesAs("missing", Command.CompareTarget.CREATE, 0);
      assertComparesAs("missing", Command.CompareTarget.MOD, 0);
      assertComparesAs("missing", Command.CompareTarget.LEASE, 0);
      assertValueComparesAs("k", "m", true, false, false, false);
      assertValueComparesAs("k", "a", false, true, false, true);
      assertValueComparesAs("k", "z", false, false, true, true);
      assertThat(holds(value("k", Command.CompareResult.LESS, new byte[] {(byte) 0xff})))
          .as("bytes compare unsigned")
          .isTrue();
      assertValueComparesAs("missing", "", false, false, false, false);
    }

    @Test
    void aCompareOverARangeHoldsIfEveryKeyInItDoes() {
      m.apply(new Command.LeaseGrant(5, 10));
      m.applyAll(put("a", "1", 5), put("b", "1", 5), put("c", "2"));
      assertThat(holds(over("a", "c", Command.CompareTarget.VERSION, 1, ""))).isTrue();
      assertThat(holds(over("a", "c", Command.CompareTarget.LEASE, 5, ""))).isTrue();
      assertThat(holds(over("a", "\0", Command.CompareTarget.LEASE, 5, ""))).isFalse();
      assertThat(holds(over("a", "c", Command.CompareTarget.VALUE, 0, "1"))).isTrue();
      assertThat(holds(over("a", "\0", Command.CompareTarget.VALUE, 0, "1"))).isFalse();
      assertThat(holds(over("x", "z", Command.CompareTarget.MOD, 0, "")))
          .as("an empty range is like a missing key")
          .isTrue();
      assertThat(holds(over("x", "z", Command.CompareTarget.VALUE, 0, ""))).isFalse();
    }

    private void assertComparesAs(String k, Command.CompareTarget target, long stored) {
      for (Command.CompareResult result : Command.CompareResult.values()) {
        for (long given = stored - 1; given <= stored + 1; given++) {
          boolean expected =
              switch (result) {
                case EQUAL -> stored == given;
                case NOT_EQUAL -> stored != given;
                case GREATER -> stored > given;
                case LESS -> stored < given;
              };
          Command.Compare compare =
              new Command.Compare(KeyRange.single(key(k)), result, target, given, Bytes.EMPTY);
          assertThat(holds(compare)).as("%s", compare).isEqualTo(expected);
        }
      }
    }

    private void assertValueComparesAs(
        String k, String given, boolean equal, boolean greater, boolean less, boolean notEqual) {
      byte[] value = key(given).array();
      assertThat(holds(value(k, Command.CompareResult.EQUAL, value))).isEqualTo(equal);
      assertThat(holds(value(k, Command.CompareResult.GREATER, value))).isEqualTo(greater);
      assertThat(holds(value(k, Command.CompareResult.LESS, value))).isEqualTo(less);
      assertThat(holds(value(k, Command.CompareResult.NOT_EQUAL, value))).isEqualTo(notEqual);
    }

    private boolean holds(Command.Compare compare) {
      Command.Txn txn = new Command.Txn(List.of(compare), List.of(), List.of());
      return m.result(Result.TxnDone.class, txn).succeeded();
    }

    private static Command.Compare value(String k, Command.CompareResult result, byte[] value) {
      return new Command.Compare(
          KeyRange.single(key(k)), result, Command.CompareTarget.VALUE, 0, Bytes.of(value));
    }

    private static Command.Compare over(
        String from, String to, Command.CompareTarget target, long number, String value) {
      return new Command.Compare(
          new KeyRange(key(from), key(to)),
          Command.CompareResult.EQUAL,
          target,
          number,
          key(value));
    }

    private static Command.Compare compare(String k, Command.CompareTarget target, long number) {
      return new Command.Compare(
          KeyRange.single(key(k)), Command.CompareResult.EQUAL, target, number, Bytes.EMPTY);
    }
  }

  @Nested
  final class Compaction {

    @Test
    void compactionAnswersWithTheCurrentRevisionAndReachesTheBatch() {
      m.applyAll(put("a", "1"), put("a", "2"), put("a", "3"));
      assertThat(m.result(Result.Compacted.class, new Command.Compact(3, false)))
          .isEqualTo(new Result.Compacted(4));
      assertThat(m.machine.kv().sweeping()).isTrue();
      assertThat(m.machine.sweep(100)).isFalse();
      StateBatch batch = m.machine.takeBatch();
      assertThat(batch.compactRevision).isEqualTo(3);
      assertThat(batch.deadRecords).containsExactly(1L);
    }

    @Test
    void revisionsThatAreGoneOrYetToComeAreRefused() {
      m.applyAll(put("a", "1"), new Command.Compact(2, false));
      m.refused(EtcdError.COMPACTED, new Command.Compact(2, false));
      m.refused(EtcdError.FUTURE_REV, new Command.Compact(3, false));
    }
  }

  @Nested
  final class Leases {

    @Test
    void aLeaseIsGrantedOnce() {
      Applied applied = m.applyAll(new Command.LeaseGrant(-5, 10));
      assertThat(applied.outcomes().get(0).result()).isEqualTo(new Result.LeaseGranted(1, -5, 10));
      assertThat(applied.leaseChanges()).containsExactly(new Applied.LeaseChange(-5, 10_000));
      assertThat(m.machine.leases()).containsExactly(-5L);
      assertThat(m.machine.leaseTtlMillis(-5)).isEqualTo(10_000);
      m.refused(EtcdError.LEASE_EXIST, new Command.LeaseGrant(-5, 10));
    }

    @Test
    void aLeaseMayBeShorterThanASecond() {
      Applied applied = m.applyAll(new Command.LeaseGrantMillis(5, 10));
      assertThat(applied.outcomes().get(0).result()).isEqualTo(new Result.LeaseGranted(1, 5, 1));
      assertThat(applied.leaseChanges()).containsExactly(new Applied.LeaseChange(5, 10));
      m.refused(EtcdError.LEASE_EXIST, new Command.LeaseGrantMillis(5, 10));
      m.refused(EtcdError.LEASE_NOT_FOUND, new Command.LeaseGrantMillis(0, 10));
      m.refused(EtcdError.LEASE_TTL_TOO_LARGE, new Command.LeaseGrantMillis(6, 9_000_000_000_001L));
    }

    @Test
    void theTtlIsBounded() {
      m.refused(EtcdError.LEASE_TTL_TOO_LARGE, new Command.LeaseGrant(5, 9_000_000_001L));
      m.result(Result.LeaseGranted.class, new Command.LeaseGrant(5, 9_000_000_000L));
      m.refused(EtcdError.LEASE_NOT_FOUND, new Command.LeaseGrant(0, 10));
    }

    @Test
    void revokingDeletesItsKeysAscendingInOneRevision() {
      m.applyAll(new Command.LeaseGrant(5, 10), put("b", "1", 5), put("a", "1", 5), put("c", "1"));
      Applied applied = m.applyAll(new Command.LeaseRevoke(5));
      assertThat(applied.outcomes().get(0).result()).isEqualTo(new Result.LeaseRevoked(5));
      assertThat(applied.changes()).hasSize(1);
      assertThat(applied.changes().get(0).records())
          .extracting(Record::kv)
          .containsExactly(KeyValue.tombstone(key("a"), 5), KeyValue.tombstone(key("b"), 5));
      assertThat(applied.leaseChanges()).containsExactly(new Applied.LeaseChange(5, 0));
      assertThat(m.all()).extracting(kv -> kv.key().utf8()).containsExactly("c");
      m.refused(EtcdError.LEASE_NOT_FOUND, new Command.LeaseRevoke(5));
      m.refused(EtcdError.LEASE_NOT_FOUND, put("x", "1", 5));
    }

    @Test
    void revokingALeaseWithoutKeysKeepsTheRevision() {
      m.apply(new Command.LeaseGrant(5, 10));
      assertThat(m.result(Result.LeaseRevoked.class, new Command.LeaseRevoke(5)))
          .isEqualTo(new Result.LeaseRevoked(1));
    }

    @Test
    void expiryTakesEachLeaseInARevisionOfItsOwnAndPassesOverUnknownOnes() {
      m.applyAll(
          new Command.LeaseGrant(5, 10),
          new Command.LeaseGrant(6, 10),
          new Command.LeaseGrant(7, 10),
          put("a", "1", 6),
          put("b", "1", 5));
      Applied applied = m.applyAll(new Command.LeaseExpire(List.of(6L, 99L, 7L, 5L)));
      assertThat(applied.outcomes().get(0).result())
          .isEqualTo(new Result.LeasesExpired(5, List.of(6L, 7L, 5L)));
      assertThat(applied.changes())
          .extracting(r -> r.records().get(0).kv())
          .containsExactly(KeyValue.tombstone(key("a"), 4), KeyValue.tombstone(key("b"), 5));
      assertThat(m.machine.leases()).isEmpty();
    }

    @Test
    void aKeyThatMovedToAnotherLeaseSurvivesTheFirst() {
      m.applyAll(
          new Command.LeaseGrant(5, 10),
          new Command.LeaseGrant(6, 10),
          put("a", "1", 5),
          put("a", "1", 6));
      m.apply(new Command.LeaseRevoke(5));
      assertThat(m.all()).hasSize(1);
    }

    @Test
    void attachmentsAreThereAgainAfterARestart() {
      m.applyAll(
          new Command.LeaseGrant(5, 10),
          put("a", "1", 5),
          put("b", "1", 5),
          put("c", "1", 5),
          delete("b", ""),
          put("c", "2"));
      MachineOnMemory again = m.restarted();
      assertThat(again.machine.leaseKeys(5)).containsExactly(key("a"));
      assertThat(again.machine.leaseTtlMillis(5)).isEqualTo(10_000);
      again.apply(new Command.LeaseRevoke(5));
      assertThat(again.all()).extracting(kv -> kv.key().utf8()).containsExactly("c");
    }
  }

  @Nested
  final class Alarms {
    private static final long MEMBER = 0x8e9e05c52164694dL;

    @Test
    void alarmsAreRaisedReadAndCleared() {
      assertThat(alarm(Command.AlarmAction.ACTIVATE, MEMBER, Command.AlarmType.NOSPACE))
          .containsExactly(raised(MEMBER, Command.AlarmType.NOSPACE));
      alarm(Command.AlarmAction.ACTIVATE, 1, Command.AlarmType.CORRUPT);
      assertThat(alarm(Command.AlarmAction.GET, 0, Command.AlarmType.NONE))
          .containsExactly(
              raised(1, Command.AlarmType.CORRUPT), raised(MEMBER, Command.AlarmType.NOSPACE));
      assertThat(alarm(Command.AlarmAction.GET, 0, Command.AlarmType.NOSPACE))
          .containsExactly(raised(MEMBER, Command.AlarmType.NOSPACE));
      assertThat(alarm(Command.AlarmAction.DEACTIVATE, MEMBER, Command.AlarmType.NOSPACE))
          .containsExactly(raised(MEMBER, Command.AlarmType.NOSPACE));
      assertThat(alarm(Command.AlarmAction.DEACTIVATE, MEMBER, Command.AlarmType.NOSPACE))
          .isEmpty();
      assertThat(m.machine.alarms()).containsExactly(raised(1, Command.AlarmType.CORRUPT));
      assertThat(m.restarted().machine.alarms())
          .containsExactly(raised(1, Command.AlarmType.CORRUPT));
    }

    @Test
    void raisingNoneRaisesNothing() {
      assertThat(alarm(Command.AlarmAction.ACTIVATE, MEMBER, Command.AlarmType.NONE)).isEmpty();
      assertThat(m.machine.alarms()).isEmpty();
    }

    @Test
    void nospaceRefusesWhatTakesSpace() {
      m.applyAll(put("a", "1"), new Command.LeaseGrant(5, 10));
      alarm(Command.AlarmAction.ACTIVATE, MEMBER, Command.AlarmType.NOSPACE);
      m.refused(EtcdError.NO_SPACE, put("k", "v"));
      m.refused(EtcdError.NO_SPACE, put("k", "v", 404));
      m.refused(EtcdError.NO_SPACE, new Command.LeaseGrant(5, 10));
      m.refused(EtcdError.NO_SPACE, then(then(put("k", "v"))));
      m.refused(
          EtcdError.NO_SPACE,
          new Command.Txn(List.of(), List.of(), List.of(put("not taken", "v"))));
      m.result(Result.TxnDone.class, then(delete("a", ""), range("a", "")));
      m.result(Result.Deleted.class, delete("a", ""));
      m.result(Result.LeaseRevoked.class, new Command.LeaseRevoke(5));
      m.result(Result.Compacted.class, new Command.Compact(2, false));
      alarm(Command.AlarmAction.DEACTIVATE, MEMBER, Command.AlarmType.NOSPACE);
      m.result(Result.Putted.class, put("k", "v"));
    }

    @Test
    void corruptRefusesEveryChangeOfDataAndWinsOverNospace() {
      m.applyAll(put("a", "1"), new Command.LeaseGrant(5, 10));
      alarm(Command.AlarmAction.ACTIVATE, MEMBER, Command.AlarmType.NOSPACE);
      alarm(Command.AlarmAction.ACTIVATE, MEMBER, Command.AlarmType.CORRUPT);
      m.refused(EtcdError.CORRUPT, put("k", "v"));
      m.refused(EtcdError.CORRUPT, delete("a", ""));
      m.refused(EtcdError.CORRUPT, then(delete("a", "")));
      m.refused(EtcdError.CORRUPT, new Command.Compact(2, false));
      m.refused(EtcdError.CORRUPT, new Command.LeaseGrant(6, 10));
      m.refused(EtcdError.CORRUPT, new Command.LeaseRevoke(5));
      m.refused(EtcdError.CORRUPT, new Command.LeaseExpire(List.of(5L)));
      m.result(Result.TxnDone.class, then(range("a", "")));
    }

    private List<Result.AlarmMember> alarm(
        Command.AlarmAction action, long member, Command.AlarmType type) {
      return m.result(Result.Alarms.class, new Command.Alarm(action, member, type)).alarms();
    }

    private static Result.AlarmMember raised(long member, Command.AlarmType type) {
      return new Result.AlarmMember(member, type);
    }
  }

  @Test
  void changesOfUsersEndTheTokensThatTheyMakeWorthless() {
    Password password = new Password.Hashed("$2a$04$" + "x".repeat(53));
    assertThat(tokenChanges(new AuthChange.UserAdd("root", password))).isEmpty();
    assertThat(tokenChanges(new AuthChange.UserAdd("ann", password))).isEmpty();
    assertThat(tokenChanges(new AuthChange.RoleAdd("root"))).isEmpty();
    assertThat(tokenChanges(new AuthChange.UserGrantRole("root", "root"))).isEmpty();
    assertThat(tokenChanges(new AuthChange.UserChangePassword("ann", password)))
        .containsExactly(new Applied.TokenChange.LoggedOut("ann"));
    assertThat(tokenChanges(new AuthChange.UserDelete("ann")))
        .containsExactly(new Applied.TokenChange.LoggedOut("ann"));
    assertThat(tokenChanges(new AuthChange.Disable()))
        .containsExactly(new Applied.TokenChange.AllLoggedOut());
  }

  private List<Applied.TokenChange> tokenChanges(AuthChange change) {
    Applied applied = m.applyAll(new Command.Auth(change));
    assertThat(applied.outcomes().get(0).error()).as(change.toString()).isNull();
    return applied.tokenChanges();
  }

  @Test
  void theBatchHoldsWhatChangedSinceTheLastOne() {
    m.applyAll(new Command.LeaseGrant(5, 10), put("a", "1", 5));
    assertThat(m.machine.pendingOperations()).isEqualTo(2);
    StateBatch first = m.flush();
    assertThat(first.records).extracting(Record::id).containsExactly(1L);
    assertThat(first.leases).containsExactly(java.util.Map.entry(5L, Optional.of(10_000L)));
    assertThat(first.revision).isEqualTo(2);
    assertThat(first.nextRecordId).isEqualTo(2);
    assertThat(first.applied).isEqualTo(new LogPosition(MachineOnMemory.TERM, 1));
    m.apply(new Command.LeaseRevoke(5));
    StateBatch second = m.flush();
    assertThat(second.records).extracting(Record::id).containsExactly(2L);
    assertThat(second.leases).containsExactly(java.util.Map.entry(5L, Optional.empty()));
    StateBatch third = m.flush();
    assertThat(third.operationCount()).isZero();
    assertThat(third.applied).isEqualTo(new LogPosition(MachineOnMemory.TERM, 2));
    assertThat(third.revision).isEqualTo(3);
  }
}
