package io.quorate.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import org.junit.jupiter.api.Test;

final class LeaseTableTest {
  private static final Bytes A = Bytes.utf8("a");
  private static final Bytes B = Bytes.utf8("b");
  private static final Bytes C = Bytes.utf8("c");

  private final LeaseTable leases = new LeaseTable();

  @Test
  void aGrantedLeaseIsThereWithItsTtlAndNoKeys() {
    leases.grant(-5, 10);
    assertThat(leases.exists(-5)).isTrue();
    assertThat(leases.ttlMillis(-5)).isEqualTo(10);
    assertThat(leases.keys(-5)).isEmpty();
  }

  @Test
  void anUnknownLeaseHasNoTtlAndNoKeys() {
    assertThat(leases.exists(1)).isFalse();
    assertThat(leases.ttlMillis(1)).isZero();
    assertThat(leases.keys(1)).isEmpty();
  }

  @Test
  void idsAndKeysAscend() {
    leases.grant(9, 1);
    leases.grant(-3, 1);
    leases.grant(4, 1);
    leases.attach(C, 4);
    leases.attach(A, 4);
    leases.attach(B, 4);
    assertThat(leases.ids()).containsExactly(-3L, 4L, 9L);
    assertThat(leases.keys(4)).containsExactly(A, B, C);
  }

  @Test
  void aKeyMovesFromOneLeaseToAnother() {
    leases.grant(1, 1);
    leases.grant(2, 1);
    leases.attach(A, 1);
    leases.attach(A, 2);
    assertThat(leases.keys(1)).isEmpty();
    assertThat(leases.keys(2)).containsExactly(A);
  }

  @Test
  void attachingAgainToTheSameLeaseChangesNothing() {
    leases.grant(1, 1);
    leases.attach(A, 1);
    leases.attach(A, 1);
    assertThat(leases.keys(1)).containsExactly(A);
  }

  @Test
  void leaseZeroAndDetachTakeAKeyOff() {
    leases.grant(1, 1);
    leases.attach(A, 1);
    leases.attach(B, 1);
    leases.attach(A, 0);
    leases.detach(B);
    leases.detach(C);
    assertThat(leases.keys(1)).isEmpty();
  }

  @Test
  void aLeaseIsRemovedOnceItsKeysAreGone() {
    leases.grant(1, 1);
    leases.attach(A, 1);
    assertThatThrownBy(() -> leases.remove(1)).isInstanceOf(IllegalStateException.class);
    leases.grant(2, 1);
    leases.remove(2);
    assertThat(leases.exists(2)).isFalse();
    assertThatThrownBy(() -> leases.remove(2)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aMisuseOfTheTableIsRefused() {
    leases.grant(1, 1);
    assertThatThrownBy(() -> leases.grant(1, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> leases.grant(2, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> leases.attach(A, 3)).isInstanceOf(IllegalStateException.class);
  }
}
