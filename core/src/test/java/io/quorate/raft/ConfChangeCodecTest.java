package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.quorate.raft.ConfChange.Step;
import io.quorate.raft.ConfChange.StepKind;
import io.quorate.raft.ConfChange.Transition;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ConfChangeCodecTest {

  @Test
  void aChangeHasTheBytesItAlwaysHad() {
    ConfChange change =
        new ConfChange(
            Transition.JOINT_IMPLICIT, List.of(new Step(StepKind.REMOVE, 0x0102)), new byte[] {7});
    assertThat(ConfChangeCodec.encode(change))
        .containsExactly(1, 2, 0, 1, 3, 0, 0, 0, 0, 0, 0, 1, 2, 7);
  }

  @Property
  void whatIsWrittenIsReadBack(@ForAll("changes") ConfChange change) {
    ConfChange read = ConfChangeCodec.decode(ConfChangeCodec.encode(change));
    assertThat(read.transition()).isEqualTo(change.transition());
    assertThat(read.steps()).isEqualTo(change.steps());
    assertThat(read.context()).isEqualTo(change.context());
  }

  @Property
  void anyBytesAreAChangeOrRefused(@ForAll byte[] bytes) {
    try {
      assertThat(ConfChangeCodec.encode(ConfChangeCodec.decode(bytes))).isEqualTo(bytes);
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageNotContaining("null");
    }
  }

  @Test
  void whatIsUnknownOrCutShortIsRefused() {
    byte[][] all = {
      {},
      {1, 1, 0},
      {2, 1, 0, 0},
      {1, 9, 0, 0},
      {1, 1, 0, 1, 1},
      {1, 1, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 1}
    };
    for (byte[] bytes : all) {
      assertThatIllegalArgumentException().isThrownBy(() -> ConfChangeCodec.decode(bytes));
    }
  }

  @Provide
  Arbitrary<ConfChange> changes() {
    Arbitrary<Step> step =
        Combinators.combine(Arbitraries.of(StepKind.class), Arbitraries.longs()).as(Step::new);
    return Combinators.combine(
            Arbitraries.of(Transition.class),
            step.list().ofMaxSize(5),
            Arbitraries.bytes().array(byte[].class).ofMaxSize(20))
        .as(ConfChange::new);
  }
}
