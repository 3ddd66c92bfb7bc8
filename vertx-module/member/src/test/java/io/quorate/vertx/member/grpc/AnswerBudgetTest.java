package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerBudgetTest {
  private final AnswerBudget budget = new AnswerBudget(100_000, 40_000);
  private final List<String> begun = new ArrayList<>();

  private final class Call extends AnswerBudget.Waiter {
    private final String name;

    Call(String name) {
      this.name = name;
    }

    @Override
    void admitted() {
      begun.add(name);
    }
  }

  private Call call(AnswerBudget.Account account, String name, long bytes) {
    Call call = new Call(name);
    assertThat(account.admit(call, bytes, 100)).isTrue();
    return call;
  }

  @Test
  void callsThatFitBeginAtOnceAndOthersWhenThereIsRoom() {
    AnswerBudget.Account account = budget.open();
    Call first = call(account, "first", 30_000);
    call(account, "second", 30_000);
    assertThat(begun).containsExactly("first");
    assertThat(budget.isContended()).isTrue();
    account.ended(first);
    assertThat(begun).containsExactly("first", "second");
    assertThat(budget.isContended()).isFalse();
    assertThat(budget.heldBytes()).isEqualTo(30_000);
  }

  @Test
  void connectionsTakeTurnsHoweverManyCallsOneHas() {
    AnswerBudget.Account greedy = budget.open();
    AnswerBudget.Account another = budget.open();
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      calls.add(call(greedy, "greedy", 20_000));
    }
    assertThat(begun).as("no more than a connection may have").hasSize(2);
    call(another, "another", 20_000);
    assertThat(begun).last().isEqualTo("another");
    greedy.ended(calls.get(0));
    assertThat(begun).hasSize(4);
  }

  @Test
  void smallCallsDoNotKeepALargeOneWaitingForEver() {
    List<AnswerBudget.Account> others = new ArrayList<>();
    List<Call> little = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      others.add(budget.open());
      little.add(call(others.get(i), "little" + i, 20_000));
    }
    call(budget.open(), "much", 40_000);
    AnswerBudget.Account late = budget.open();
    call(late, "late", 20_000);
    others.get(0).ended(little.get(0));
    assertThat(begun).doesNotContain("much", "late");
    others.get(1).ended(little.get(1));
    assertThat(begun).contains("much").doesNotContain("late");
    others.get(2).ended(little.get(2));
    assertThat(begun).contains("late");
  }

  @Test
  void anAnswerLargerThanTheBudgetIsAdmittedWhenItIsTheOnlyOne() {
    AnswerBudget.Account account = budget.open();
    Call small = call(account, "small", 10);
    call(account, "huge", 1_000_000);
    assertThat(begun).containsExactly("small");
    account.ended(small);
    assertThat(begun).containsExactly("small", "huge");
  }

  @Test
  void aConnectionThatReadsNothingDelaysOnlyItself() {
    AnswerBudget.Account stuck = budget.open();
    for (int i = 0; i < 5; i++) {
      budget.open().hold(20_000);
    }
    stuck.hold(40_001);
    assertThat(stuck.isOver()).isTrue();
    Call more = call(stuck, "more", 0);
    assertThat(begun).isEmpty();
    AnswerBudget.Account wellBehaved = budget.open();
    call(wellBehaved, "point read", 0);
    assertThat(begun).containsExactly("point read");
    stuck.withdraw(more);
    assertThat(budget.waiting()).isZero();

    int[] told = new int[1];
    stuck.whenRoom(() -> told[0]++);
    stuck.release(1);
    stuck.release(1);
    assertThat(told[0]).isEqualTo(1);
  }

  @Test
  void waitingCallsAreBoundedInNumberAndBytes() {
    AnswerBudget.Account account = budget.open();
    account.hold(50_000);
    assertThat(account.admit(new Call("a request too many"), 0, 100_001)).isFalse();
    int waiting = 0;
    while (account.admit(new Call("waits"), 0, 1)) {
      waiting++;
    }
    assertThat(waiting).isEqualTo(10_000);
    assertThat(budget.open().admit(new Call("goes"), 0, 1)).as("what need not wait goes").isTrue();
    account.release(50_000);
    assertThat(begun).hasSize(1 + 2_048);
  }

  @Test
  void aWithdrawnCallLosesItsTurn() {
    AnswerBudget.Account account = budget.open();
    Call first = call(account, "first", 40_000);
    Call gone = call(account, "gone", 40_000);
    call(account, "third", 40_000);
    account.withdraw(gone);
    account.withdraw(gone);
    account.ended(first);
    assertThat(begun).containsExactly("first", "third");
    assertThat(budget.waiting()).isZero();
  }
}
