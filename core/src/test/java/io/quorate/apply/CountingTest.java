package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.command.Result.Counted.Counter;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class CountingTest {
  private static final Bytes SLOT = Bytes.utf8("slot");
  private static final Bytes HITS = Bytes.utf8("hits");

  private final MachineOnMemory m = new MachineOnMemory();

  @Test
  void aCounterBeginsAtZeroAndIsKeptInDecimal() {
    assertThat(counted(add(HITS, 5)).counters()).containsExactly(new Counter(0, 5));
    assertThat(counted(add(HITS, -7)).counters()).containsExactly(new Counter(5, -2));
    assertThat(value(HITS)).isEqualTo("-2");
  }

  @Test
  void stepsOfOneRequestSeeEachOtherAndMakeOneRevision() {
    long before = m.machine.kv().revision();
    Result.Counted counted =
        counted(add(HITS, 1), compareAndSet(HITS, 1, 10), add(HITS, 0), compareAndSet(HITS, 1, 3));
    assertThat(counted.counters())
        .containsExactly(
            new Counter(0, 1), new Counter(1, 10), new Counter(10, 10), new Counter(10, 10));
    assertThat(counted.revision()).isEqualTo(before + 1);
    assertThat(value(HITS)).isEqualTo("10");
  }

  @Test
  void readingMakesNeitherARevisionNorAKey() {
    long before = m.machine.kv().revision();
    assertThat(counted(add(HITS, 0)).counters()).containsExactly(new Counter(0, 0));
    assertThat(m.machine.kv().revision()).isEqualTo(before);
  }

  @Test
  void theSameNumberAgainIsAnsweredAndNotCounted() {
    Command.Count request = new Command.Count(SLOT, 1, 0, List.of(add(HITS, 1), add(HITS, 1)));
    Result.Counted first = m.result(Result.Counted.class, request);
    Result.Counted again = m.result(Result.Counted.class, request);
    assertThat(again.counters())
        .isEqualTo(first.counters())
        .containsExactly(new Counter(0, 1), new Counter(1, 2));
    assertThat(value(HITS)).isEqualTo("2");

    m.result(Result.Counted.class, new Command.Count(SLOT, 2, 0, List.of(add(HITS, 1))));
    m.refused(EtcdError.SUPERSEDED, request);
    assertThat(value(HITS)).isEqualTo("3");
  }

  @Test
  void withItsLeaseTheSessionEnds() {
    m.apply(new Command.LeaseGrant(9, 10));
    Command.Count request = new Command.Count(SLOT, 1, 9, List.of(add(HITS, 1)));
    m.result(Result.Counted.class, request);
    m.apply(new Command.LeaseRevoke(9));
    m.refused(EtcdError.LEASE_NOT_FOUND, request);
    assertThat(value(HITS)).isEqualTo("1");
  }

  @Test
  void whatIsNoNumberIsRefusedAndNothingCounted() {
    m.apply(Command.Put.of(Bytes.utf8("name"), Bytes.utf8("one")));
    m.refused(
        EtcdError.NOT_A_COUNTER,
        new Command.Count(SLOT, 1, 0, List.of(add(HITS, 1), add(Bytes.utf8("name"), 1))));
    m.refused(
        EtcdError.NOT_A_COUNTER,
        new Command.Count(Bytes.utf8("name"), 1, 0, List.of(add(HITS, 1))));
    assertThat(counted(add(HITS, 0)).counters()).containsExactly(new Counter(0, 0));
  }

  @Test
  void aCounterKeepsTheLeaseOfItsKey() {
    m.apply(new Command.LeaseGrant(9, 10));
    m.apply(new Command.Put(HITS, Bytes.utf8("4"), 9, false, false, false));
    counted(add(HITS, 1));
    assertThat(m.machine.leaseKeys(9)).containsExactly(HITS);
  }

  private Result.Counted counted(Command.CounterOp... ops) {
    return m.result(Result.Counted.class, new Command.Count(Bytes.EMPTY, 0, 0, List.of(ops)));
  }

  private String value(Bytes key) {
    return m.all().stream()
        .filter(pair -> pair.key().equals(key))
        .map(pair -> pair.value().utf8())
        .collect(Collectors.joining());
  }

  private static Command.CounterOp add(Bytes key, long delta) {
    return new Command.CounterOp(key, Command.CounterAction.ADD, delta, 0);
  }

  private static Command.CounterOp compareAndSet(Bytes key, long expected, long update) {
    return new Command.CounterOp(key, Command.CounterAction.COMPARE_AND_SET, expected, update);
  }
}
