package io.quorate.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree against a set that is searched from end to end. */
class RangeTreeTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void findsExactlyTheRangesThatContainAKey(long seed) {
    Random random = new Random(seed);
    RangeTree<KeyRange> tree = new RangeTree<>();
    Set<KeyRange> all = new HashSet<>();
    for (int step = 0; step < 2000; step++) {
      KeyRange range = range(random);
      if (random.nextInt(5) < 2 + (step / 500) % 2) {
        assertThat(tree.getOrAdd(range, () -> range)).isEqualTo(range);
        all.add(range);
      } else {
        tree.remove(range);
        all.remove(range);
      }
      assertThat(tree.get(range)).isEqualTo(all.contains(range) ? range : null);
      Bytes key = key(random);
      List<KeyRange> found = new ArrayList<>();
      tree.forEachContaining(key, found::add);
      Set<KeyRange> expected =
          all.stream().filter(each -> each.contains(key)).collect(Collectors.toSet());
      assertThat(found).hasSameSizeAs(expected);
      assertThat(new HashSet<>(found).equals(expected)).isTrue();
    }
  }

  private static Bytes key(Random random) {
    byte[] key = new byte[1 + random.nextInt(2)];
    random.nextBytes(key);
    key[0] = (byte) (1 + random.nextInt(20));
    return Bytes.of(key);
  }

  private static KeyRange range(Random random) {
    while (true) {
      Bytes start = key(random);
      Bytes end = random.nextInt(6) == 0 ? Bytes.ZERO : key(random);
      if (end.isZero() || end.compareTo(start) > 0) {
        return new KeyRange(start, end);
      }
    }
  }
}
