package io.quorate.raft.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumTest {

  @ParameterizedTest
  @CsvSource({
    "5,            5",
    "5 7,          5",
    "5 7 9,        7",
    "0 0 9,        0",
    "1 2 3 4,      2",
    "1 2 3 4 5,    3",
    "9 9 9 1 1,    9",
    "9 9 1 1 1,    1"
  })
  void theHighestIndexThatAMajorityHasIsCommitted(String reached, long committed) {
    long[] by = LongStream.of(numbers(reached)).toArray();
    List<Long> ids = LongStream.rangeClosed(1, by.length).boxed().toList();
    assertThat(new Majority(ids).committedIndex(id -> by[(int) id - 1])).isEqualTo(committed);
  }

  @ParameterizedTest
  @CsvSource({
    "y,      WON",
    "-,      PENDING",
    "n,      LOST",
    "yy-,    WON",
    "y--,    PENDING",
    "yn-,    PENDING",
    "nn-,    LOST",
    "y-,     PENDING",
    "yn,     LOST",
    "yynn,   LOST",
    "yyn-,   PENDING",
    "yyyn,   WON",
    "yynnn,  LOST"
  })
  void aVoteIsWonByAMajorityAndLostWhenNoneCanBeReached(String ballots, VoteResult result) {
    List<Long> ids = LongStream.rangeClosed(1, ballots.length()).boxed().toList();
    assertThat(new Majority(ids).voteResult(id -> ballot(ballots.charAt((int) id - 1))))
        .isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({"1 2 3, '',    2", "1 2 3, 3 4 5, 2", "4 5,   1 2 3, 2", "4 5,   1,     1"})
  void aJointOneNeedsBothMajorities(String incoming, String outgoing, long committed) {
    Joint joint = Joint.of(list(incoming), list(outgoing));
    // Each member has reached its own number.
    assertThat(joint.committedIndex(id -> id)).isEqualTo(committed);
  }

  @Property
  void whatIsCommittedIsWhatAMajorityHasAndNothingMoreIs(@ForAll("reached") List<Long> reached) {
    List<Long> ids = LongStream.rangeClosed(1, reached.size()).boxed().toList();
    Majority majority = new Majority(ids);
    long index = majority.committedIndex(id -> reached.get((int) id - 1));
    assertThat(reached.stream().filter(r -> r >= index).count())
        .isGreaterThanOrEqualTo(majority.quorum());
    assertThat(reached.stream().filter(r -> r > index).count()).isLessThan(majority.quorum());
  }

  @Property
  void theOrderOfVotersDoesNotMatter(@ForAll("reached") List<Long> reached, @ForAll long seed) {
    List<Long> ids = LongStream.rangeClosed(1, reached.size()).boxed().toList();
    List<Long> shuffled = new ArrayList<>(ids);
    Collections.shuffle(shuffled, new Random(seed));
    assertThat(new Majority(shuffled).committedIndex(id -> reached.get((int) id - 1)))
        .isEqualTo(new Majority(ids).committedIndex(id -> reached.get((int) id - 1)));
  }

  @Property
  void aJointOfTheSameVotersTwiceIsThePlainOne(@ForAll("reached") List<Long> reached) {
    List<Long> ids = LongStream.rangeClosed(1, reached.size()).boxed().toList();
    assertThat(Joint.of(ids, ids).committedIndex(id -> reached.get((int) id - 1)))
        .isEqualTo(Joint.of(ids, List.of()).committedIndex(id -> reached.get((int) id - 1)));
  }

  @Property
  void aVoteThatIsDecidedStaysDecided(
      @ForAll("ballots") List<Ballot> ballots, @ForAll boolean yes) {
    List<Long> ids = LongStream.rangeClosed(1, ballots.size()).boxed().toList();
    Majority majority = new Majority(ids);
    VoteResult before = majority.voteResult(id -> ballots.get((int) id - 1));
    Ballot late = yes ? Ballot.GRANTED : Ballot.REFUSED;
    VoteResult after =
        majority.voteResult(
            id -> {
              Ballot ballot = ballots.get((int) id - 1);
              return ballot == Ballot.MISSING ? late : ballot;
            });
    if (before == VoteResult.PENDING) {
      assertThat(after).isEqualTo(yes ? VoteResult.WON : VoteResult.LOST);
    } else {
      assertThat(after).isEqualTo(before);
    }
  }

  @Provide
  Arbitrary<List<Long>> reached() {
    return Arbitraries.longs().between(0, 20).list().ofMinSize(1).ofMaxSize(9);
  }

  @Provide
  Arbitrary<List<Ballot>> ballots() {
    return Arbitraries.of(Ballot.class).list().ofMinSize(1).ofMaxSize(9);
  }

  private static Ballot ballot(char c) {
    return c == 'y' ? Ballot.GRANTED : c == 'n' ? Ballot.REFUSED : Ballot.MISSING;
  }

  private static long[] numbers(String text) {
    return list(text).stream().mapToLong(Long::longValue).toArray();
  }

  private static List<Long> list(String text) {
    return text.isBlank()
        ? List.of()
        : List.of(text.trim().split(" ")).stream().map(Long::parseLong).toList();
  }
}
