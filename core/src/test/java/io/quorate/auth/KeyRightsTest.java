package io.quorate.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.Permission;
import io.quorate.command.Permission.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Which ranges the permissions of a user cover together. */
final class KeyRightsTest {
  private static KeyRange keys(String start, String end) {
    return new KeyRange(Bytes.utf8(start), Bytes.utf8(end));
  }

  private static KeyRights reading(KeyRange... ranges) {
    List<Permission> permissions = new ArrayList<>();
    for (KeyRange range : ranges) {
      permissions.add(new Permission(Type.READ, range));
    }
    return KeyRights.of(permissions);
  }

  @Test
  void aSingleKeyCoversItselfOnly() {
    KeyRights rights = reading(keys("a", ""));
    assertThat(rights.mayRead(keys("a", ""))).isTrue();
    assertThat(rights.mayRead(keys("a", "a\0"))).isTrue();
    assertThat(rights.mayRead(keys("a\0", ""))).isFalse();
    assertThat(rights.mayRead(keys("a", "b"))).isFalse();
    assertThat(rights.mayRead(keys("a", "\0"))).as("everything from a on").isFalse();
    assertThat(rights.mayWrite(keys("a", ""))).isFalse();
  }

  @Test
  void rangesThatTouchOrOverlapAreOne() {
    KeyRights rights = reading(keys("a", "c"), keys("c", "e"), keys("d", "g"), keys("g", ""));
    assertThat(rights.mayRead(keys("a", "g"))).isTrue();
    assertThat(rights.mayRead(keys("a", "g\0"))).isTrue();
    assertThat(rights.mayRead(keys("a", "h"))).isFalse();
    assertThat(rights.mayRead(keys("`", "b"))).isFalse();
  }

  @Test
  void onlyAnOpenGrantCoversAnOpenRange() {
    assertThat(reading(keys("a", "zzzz")).mayRead(keys("b", "\0"))).isFalse();
    KeyRights open = reading(keys("a", "\0"));
    assertThat(open.mayRead(keys("b", "\0"))).isTrue();
    assertThat(open.mayRead(keys("b", "c"))).isTrue();
    assertThat(open.mayRead(keys("\0", "\0"))).isFalse();
    assertThat(reading(keys("\0", "\0")).mayRead(keys("\0", "\0"))).isTrue();
    assertThat(reading(keys("b", "\0"), keys("a", "c")).mayRead(keys("a", "\0"))).isTrue();
  }

  @Test
  void typesAreApart() {
    KeyRights rights =
        KeyRights.of(
            List.of(
                new Permission(Type.READ, keys("a", "c")),
                new Permission(Type.WRITE, keys("b", "d")),
                new Permission(Type.READWRITE, keys("x", ""))));
    assertThat(rights.mayRead(keys("a", "c"))).isTrue();
    assertThat(rights.mayWrite(keys("a", "c"))).isFalse();
    assertThat(rights.mayWrite(keys("b", "d"))).isTrue();
    assertThat(rights.mayRead(keys("b", "d"))).isFalse();
    assertThat(rights.mayRead(keys("x", "")) && rights.mayWrite(keys("x", ""))).isTrue();
  }

  /** Against the plain definition: every key of the range is granted. Keys are one byte long. */
  @Test
  void coveringIsThatEveryKeyIsGranted() {
    SplittableRandom random = new SplittableRandom(5);
    for (int run = 0; run < 20_000; run++) {
      boolean[] granted = new boolean[12];
      List<KeyRange> ranges = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        int from = random.nextInt(1, 10);
        int to = random.nextInt(from + 1, 11);
        ranges.add(new KeyRange(key(from), key(to)));
        for (int k = from; k < to; k++) {
          granted[k] = true;
        }
      }
      int from = random.nextInt(1, 10);
      int to = random.nextInt(from + 1, 11);
      boolean all = true;
      for (int k = from; k < to; k++) {
        all &= granted[k];
      }
      assertThat(reading(ranges.toArray(KeyRange[]::new)).mayRead(new KeyRange(key(from), key(to))))
          .as("%s over %d to %d", ranges, from, to)
          .isEqualTo(all);
    }
  }

  private static Bytes key(int value) {
    return Bytes.of(new byte[] {(byte) value});
  }
}
