package io.quorate.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class KeySpansTest {

  @Property(seed = "4711")
  void containsWhatOneOfTheAddedRangesContains(
      @ForAll("ranges") List<KeyRange> ranges, @ForAll("keys") List<Bytes> probes) {
    KeySpans spans = new KeySpans();
    ranges.forEach(spans::add);
    for (Bytes probe : probes) {
      boolean expected = ranges.stream().anyMatch(r -> r.contains(probe));
      assertThat(spans.contains(probe)).as("%s in %s", probe, ranges).isEqualTo(expected);
    }
  }

  @Property(seed = "4711")
  void addingAnotherSetIsAddingItsRanges(
      @ForAll("ranges") List<KeyRange> some,
      @ForAll("ranges") List<KeyRange> others,
      @ForAll("keys") List<Bytes> probes) {
    KeySpans both = new KeySpans();
    some.forEach(both::add);
    KeySpans other = new KeySpans();
    others.forEach(other::add);
    both.addAll(other);
    List<KeyRange> all = new ArrayList<>(some);
    all.addAll(others);
    for (Bytes probe : probes) {
      assertThat(both.contains(probe)).isEqualTo(all.stream().anyMatch(r -> r.contains(probe)));
    }
  }

  @Test
  void aSingleKeyDoesNotCoverItsSuccessor() {
    KeySpans spans = new KeySpans();
    spans.add(KeyRange.single(Bytes.utf8("a")));
    assertThat(spans.contains(Bytes.utf8("a"))).isTrue();
    assertThat(spans.contains(Bytes.of(new byte[] {'a', 0}))).isFalse();
  }

  @Provide
  Arbitrary<List<Bytes>> keys() {
    return key().list().ofMaxSize(20);
  }

  @Provide
  Arbitrary<List<KeyRange>> ranges() {
    Arbitrary<Bytes> end = Arbitraries.oneOf(key(), Arbitraries.of(Bytes.EMPTY, Bytes.ZERO));
    return Combinators.combine(key(), end).as(KeyRange::new).list().ofMaxSize(8);
  }

  private static Arbitrary<Bytes> key() {
    return Arbitraries.bytes()
        .between((byte) 0, (byte) 3)
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(3)
        .map(Bytes::of);
  }
}
