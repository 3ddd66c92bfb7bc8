package io.quorate.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.history.LeaseHistory.Ended;
import io.quorate.history.LeaseHistory.Granted;
import io.quorate.history.LeaseHistory.Happening;
import io.quorate.history.LeaseHistory.Renewed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lease 7 with a time to live of 100 ticks. */
final class LeaseHistoryTest {

  /** Revision 2: a and b on the lease; 3: something else; 4: both gone; 5: b again, without. */
  private static final Changes CHANGES =
      changes(
          change(
              4, KeyValue.tombstone(Bytes.utf8("a"), 4), KeyValue.tombstone(Bytes.utf8("b"), 4)));

  private static final Granted GRANTED = new Granted(7, 100, 10, 20);

  @Test
  void aLeaseThatEndsAfterItsTimeWithItsKeysIsRight() {
    assertThat(check(0, GRANTED, new Ended(7, 110, 110, 3, 4, true))).isEmpty();
    assertThat(check(0, GRANTED, new Renewed(7, 100, 50, 60), new Ended(7, 150, 150, 3, 4, true)))
        .isEmpty();
  }

  @Test
  void anEarlyExpiryIsFound() {
    assertBroken(LeaseHistory.EXPIRED_EARLY, 0, GRANTED, new Ended(7, 109, 109, 3, 4, true));
  }

  @Test
  void anExpiryBeforeTheTimeOfTheLastRenewalIsFound() {
    assertBroken(
        LeaseHistory.EXPIRED_EARLY,
        0,
        GRANTED,
        new Renewed(7, 100, 50, 60),
        new Ended(7, 149, 149, 3, 4, true));
  }

  @Test
  void aClockThatMayRunFasterMayEndALeaseSooner() {
    assertThat(check(250, GRANTED, new Ended(7, 90, 90, 3, 4, true))).isEmpty();
    assertBroken(LeaseHistory.EXPIRED_EARLY, 250, GRANTED, new Ended(7, 89, 89, 3, 4, true));
  }

  @Test
  void aRevocationMayComeAtAnyTime() {
    assertThat(check(0, GRANTED, new Ended(7, 21, 22, 3, 4, false))).isEmpty();
  }

  @Test
  void aKeyThatStaysIsFound() {
    Changes half = changes(change(4, KeyValue.tombstone(Bytes.utf8("a"), 4)));
    assertThat(LeaseHistory.check(List.of(new Ended(7, 30, 40, 3, 4, false)), 0, half))
        .extracting(Violation::promise)
        .containsExactly(LeaseHistory.KEYS_TOGETHER);
  }

  @Test
  void keysThatGoOneAfterTheOtherAreFound() {
    Changes scattered =
        changes(
            change(4, KeyValue.tombstone(Bytes.utf8("a"), 4)),
            change(5, KeyValue.tombstone(Bytes.utf8("b"), 5)));
    assertThat(LeaseHistory.check(List.of(ended(4)), 0, scattered))
        .extracting(Violation::promise)
        .containsExactly(LeaseHistory.KEYS_TOGETHER);
    // Somebody may have deleted the first of them, and then the lease ended.
    assertThat(LeaseHistory.check(List.of(ended(5)), 0, scattered)).isEmpty();
  }

  @Test
  void anotherKeyThatGoesWithThemIsFound() {
    Changes more =
        changes(
            change(
                4,
                KeyValue.tombstone(Bytes.utf8("a"), 4),
                KeyValue.tombstone(Bytes.utf8("b"), 4),
                KeyValue.tombstone(Bytes.utf8("other"), 4)));
    assertThat(LeaseHistory.check(List.of(ended(4)), 0, more))
        .extracting(Violation::promise)
        .containsExactly(LeaseHistory.KEYS_TOGETHER);
  }

  @Test
  void aRenewalAfterTheEndIsFoundUnlessTheIdWasGrantedAgain() {
    Ended ended = new Ended(7, 120, 130, 3, 4, true);
    assertBroken(LeaseHistory.NO_REVIVAL, 0, GRANTED, ended, new Renewed(7, 100, 131, 140));
    // One that overlaps with the end would have had to put it off.
    assertBroken(LeaseHistory.EXPIRED_EARLY, 0, GRANTED, ended, new Renewed(7, 100, 130, 140));
    assertThat(
            check(0, GRANTED, ended, new Granted(7, 100, 132, 135), new Renewed(7, 100, 136, 140)))
        .isEmpty();
  }

  @Test
  void aDenialWhileTheLeaseLivesIsFound() {
    assertBroken(LeaseHistory.EXPIRED_EARLY, 0, GRANTED, new Renewed(7, 0, 50, 60));
    assertThat(check(0, GRANTED, new Renewed(7, 0, 105, 111))).isEmpty();
    assertThat(check(0, GRANTED, new Ended(7, 30, 40, 3, 4, false), new Renewed(7, 0, 50, 60)))
        .isEmpty();
  }

  private static Ended ended(long revision) {
    return new Ended(7, 30, 40, revision - 1, revision, false);
  }

  private static List<Violation> check(int maxDriftPermille, Happening... happenings) {
    return LeaseHistory.check(List.of(happenings), maxDriftPermille, CHANGES);
  }

  private static void assertBroken(String promise, int drift, Happening... happenings) {
    assertThat(check(drift, happenings)).extracting(Violation::promise).containsExactly(promise);
  }

  private static Changes changes(Changes.Change... then) {
    List<Changes.Change> all = new ArrayList<>();
    all.add(change(2, leased("a", 2), leased("b", 2)));
    all.add(change(3, new KeyValue(Bytes.utf8("other"), Bytes.utf8("x"), 3, 3, 1, 0)));
    all.addAll(List.of(then));
    return new Changes(all);
  }

  private static Changes.Change change(long revision, KeyValue... kvs) {
    return new Changes.Change(revision, List.of(kvs));
  }

  private static KeyValue leased(String key, long revision) {
    return new KeyValue(Bytes.utf8(key), Bytes.utf8("x"), revision, revision, 1, 7);
  }
}
