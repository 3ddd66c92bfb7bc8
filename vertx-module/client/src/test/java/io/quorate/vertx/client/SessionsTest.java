package io.quorate.vertx.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Request;
import io.quorate.command.RequestKind;
import io.quorate.command.Result;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionsTest {
  private final FakeLoop loop = new FakeLoop();
  private final ScriptedStore script = new ScriptedStore();
  private final Sessions sessions = new Sessions(script.store, loop, Promise::promise);

  private Session open(long id, long ttlSeconds) {
    Future<Session> opened = sessions.open(ttlSeconds);
    script.last(RequestKind.LEASE_GRANT).answer(new Result.LeaseGranted(1, id, ttlSeconds));
    return opened.result();
  }

  private void renewed(long ttlSeconds) {
    ScriptedStore.PendingRequest asked = script.last(RequestKind.LEASE_KEEP_ALIVE);
    asked.answer(
        new Result.LeaseTime(
            1, ((Request.LeaseKeepAlive) asked.request()).id(), ttlSeconds, ttlSeconds, List.of()));
  }

  @Test
  void aSessionIsRenewedAThirdOfItsTimeAfterTheLastRenewal() {
    Session session = open(7, 9);
    loop.pass(2_999);
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isZero();
    loop.pass(1);
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isEqualTo(1);
    renewed(9);
    for (int i = 0; i < 10; i++) {
      loop.pass(3_000);
      renewed(9);
    }
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isEqualTo(11);
    assertThat(session.isAlive()).isTrue();
    assertThat(session.lost().isComplete()).isFalse();
  }

  @Test
  void sessionsThatAreDueTogetherShareOneTimer() {
    Session first = open(1, 9);
    loop.pass(50);
    Session second = open(2, 9);
    assertThat(loop.timers()).isEqualTo(1);
    loop.pass(2_950);
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isEqualTo(2);
    assertThat(loop.timers()).isEqualTo(1);
    assertThat(first.isAlive() && second.isAlive()).isTrue();
  }

  @Test
  void timeToLiveCountsFromSendingTheConfirmedRenewalNotFromItsAnswer() {
    Future<Session> opened = sessions.open(9);
    loop.pass(4_000);
    script.last(RequestKind.LEASE_GRANT).answer(new Result.LeaseGranted(1, 7, 9));
    Session session = opened.result();
    loop.pass(4_999);
    assertThat(session.isAlive()).isTrue();
    assertThat(session.lost().isComplete()).isFalse();
    loop.pass(1);
    assertThat(session.isAlive()).isFalse();
    assertThat(session.lost().isComplete()).isTrue();
  }

  @Test
  void aLateAnswerConfirmsTheRenewalItBelongsTo() {
    Session session = open(7, 9);
    loop.pass(3_000);
    ScriptedStore.PendingRequest first = script.last(RequestKind.LEASE_KEEP_ALIVE);
    loop.pass(5_000);
    first.answer(new Result.LeaseTime(1, 7, 9, 9, List.of()));
    loop.pass(3_900);
    assertThat(session.isAlive()).as("11,900 ms after the grant").isTrue();
    loop.pass(100);
    assertThat(session.isAlive()).isFalse();
  }

  @Test
  void aHangingRenewalDoesNotDelayTheNextOne() {
    open(7, 9);
    loop.pass(3_000);
    loop.pass(3_000);
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isEqualTo(2);
  }

  @Test
  void aFailedRenewalIsRepeatedSoon() {
    Session session = open(7, 9);
    loop.pass(3_000);
    script.last(RequestKind.LEASE_KEEP_ALIVE).fail(EtcdError.NO_LEADER.exception());
    loop.pass(500);
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isEqualTo(2);
    renewed(9);
    assertThat(session.isAlive()).isTrue();
  }

  @Test
  void aProcessSuspendedPastTheTimeToLiveSeesTheLossBeforeAnyTimerRuns() {
    Session session = open(7, 9);
    loop.freeze(9_000);
    assertThat(session.isAlive()).isFalse();
  }

  @Test
  void aLateConfirmationDoesNotRestoreALostSession() {
    Session session = open(7, 9);
    loop.pass(3_000);
    loop.freeze(7_000);
    assertThat(session.isAlive()).isFalse();
    renewed(9);
    assertThat(session.isAlive()).isFalse();
    assertThat(session.lost().isComplete()).isTrue();
    assertThat(loop.timers()).isLessThanOrEqualTo(1);
    loop.pass(10_000);
    assertThat(loop.timers()).isZero();
  }

  @Test
  void aSessionIsLostWhenTheStoreReportsThatItsLeaseIsGone() {
    Session session = open(7, 9);
    loop.pass(3_000);
    renewed(0);
    assertThat(session.isAlive()).isFalse();
    assertThat(session.lost().isComplete()).isTrue();
    assertThat(session.ended().isComplete()).isTrue();
  }

  @Test
  void closingRevokesTheLeaseAndIsNotReportedAsALoss() {
    Session session = open(7, 9);
    Future<Void> closed = session.close();
    assertThat(session.isAlive()).isFalse();
    assertThat(closed.isComplete()).isFalse();
    script.last(RequestKind.LEASE_REVOKE).answer(new Result.LeaseRevoked(2));
    assertThat(closed.succeeded()).isTrue();
    assertThat(session.ended().isComplete()).isTrue();
    assertThat(session.close().succeeded()).isTrue();
    assertThat(script.count(RequestKind.LEASE_REVOKE)).isEqualTo(1);
    loop.pass(20_000);
    assertThat(session.lost().isComplete()).isFalse();
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isZero();
    assertThat(loop.timers()).isZero();
  }

  @Test
  void closingCompletesEvenIfTheStoreDoesNotAnswer() {
    Session session = open(7, 9);
    Future<Void> closed = session.close();
    loop.pass(5_000);
    assertThat(closed.succeeded()).isTrue();
  }

  @Test
  void aLeaseGrantedAfterTheClientWasClosedIsRevoked() {
    Future<Session> opened = sessions.open(9);
    assertThat(sessions.close().succeeded()).isTrue();
    script.last(RequestKind.LEASE_GRANT).answer(new Result.LeaseGranted(1, 7, 9));
    assertThat(script.last(RequestKind.LEASE_REVOKE).request())
        .isEqualTo(new Command.LeaseRevoke(7));
    script.last(RequestKind.LEASE_REVOKE).answer(new Result.LeaseRevoked(2));
    assertThat(opened.failed()).isTrue();
    assertThat(sessions.open(9).failed()).isTrue();
    assertThat(loop.timers()).isZero();
  }

  @Test
  void withAClosedStoreRenewalsAreNotRepeatedAndTheSessionIsLostInTime() {
    Session session = open(7, 9);
    loop.pass(3_000);
    script.last(RequestKind.LEASE_KEEP_ALIVE).fail(new StoreClosedException(null));
    loop.pass(5_999);
    assertThat(session.isAlive()).isTrue();
    assertThat(script.count(RequestKind.LEASE_KEEP_ALIVE)).isEqualTo(1);
    loop.pass(1);
    assertThat(session.isAlive()).isFalse();
    assertThat(session.lost().isComplete()).isTrue();
    assertThat(loop.timers()).isZero();
  }
}
