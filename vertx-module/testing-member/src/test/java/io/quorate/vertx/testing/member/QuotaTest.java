package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.testing.Await;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quota of a member with a store on disk. */
class QuotaTest {
  private static final long QUOTA_BYTES = 2L << 20;
  private static final Bytes VALUE = Bytes.of(new byte[64 << 10]);

  private static boolean isTaken(QuorateStore store, String key) {
    try {
      Object unused = Await.await(store.put(Command.Put.of(Bytes.utf8(key), VALUE)));
      return true;
    } catch (EtcdException e) {
      assertThat(e.error()).isEqualTo(EtcdError.NO_SPACE);
      return false;
    }
  }

  private static void disarm(MemberStore store) {
    Object unused =
        Await.await(
            store.alarm(
                new Command.Alarm(
                    Command.AlarmAction.DEACTIVATE,
                    store.memberStatus().memberId(),
                    Command.AlarmType.NOSPACE)));
  }

  @Test
  void deletingAndCompactingMakesRoomAfterTheQuotaWasReached(@TempDir Path directory) {
    try (OneMember member =
        new OneMember(
            directory,
            options ->
                options.setQuotaBackendBytes(QUOTA_BYTES).set(Options.QUOTA_AUTO_DISARM, false))) {
      MemberStore store = member.server().client();
      int taken = 0;
      while (isTaken(store, "k" + taken)) {
        taken++;
        assertThat(taken).as("values of 64 KiB").isLessThan(10_000);
      }
      assertThat(isTaken(store, "one more")).isFalse();

      long revision =
          Await.await(store.delete(new Command.DeleteRange(KeyRange.all(), false))).revision();
      Object unused = Await.await(store.compact(new Command.Compact(revision, true)));

      // what is compacted counts no more, whatever the size of the file
      disarm(store);
      for (int i = 0; i < taken / 2; i++) {
        assertThat(isTaken(store, "again" + i)).isTrue();
      }
    }
  }

  /** However slow the disk is: what was put counts before the next put is looked at. */
  @Test
  void noMoreIsTakenThanTheQuotaHolds(@TempDir Path directory) {
    try (OneMember member =
        new OneMember(directory, options -> options.setQuotaBackendBytes(QUOTA_BYTES))) {
      MemberStore store = member.server().client();
      int taken = 0;
      while (isTaken(store, "k" + taken)) {
        taken++;
        assertThat(taken).as("values of 64 KiB").isLessThan(32);
      }
      assertThat(taken).isEqualTo(31);
    }
  }

  @Test
  void theAlarmEndsByItselfAfterCompactionAndOnlyThen(@TempDir Path directory) {
    try (OneMember member =
        new OneMember(directory, options -> options.setQuotaBackendBytes(QUOTA_BYTES))) {
      MemberStore store = member.server().client();
      while (isTaken(store, "k")) { // versions of one key
        continue;
      }
      assertThat(isTaken(store, "other")).isFalse();
      long revision = store.memberStatus().revision();
      Object unused = Await.await(store.compact(new Command.Compact(revision, false)));
      Await.untilTrue("the alarm is disarmed", () -> store.memberStatus().alarms().isEmpty());
      assertThat(isTaken(store, "other")).isTrue();
    }
  }
}
