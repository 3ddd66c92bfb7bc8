package io.quorate.raft.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.raft.RaftStatus.Feeding;
import java.util.ArrayDeque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private static Progress replicating() {
    Progress progress = new Progress(2, false, 1, 3, 100);
    progress.becomeReplicate();
    return progress;
  }

  @Test
  void aProbeWaitsForItsAnswer() {
    Progress progress = new Progress(2, false, 5, 3, 100);
    assertThat(progress.paused()).isFalse();
    progress.sent(2, 20, 0);
    assertThat(progress.paused()).isTrue();
    assertThat(progress.next()).isEqualTo(5);
    progress.resumeProbe();
    assertThat(progress.paused()).isFalse();
  }

  @Test
  void replicatingGoesOnWithoutAnAnswerUntilTheWindowIsFull() {
    Progress progress = replicating();
    progress.sent(2, 40, 0);
    progress.sent(1, 40, 0);
    assertThat(progress.next()).isEqualTo(4);
    assertThat(progress.roomBytes()).isEqualTo(20);
    progress.sent(1, 20, 0);
    assertThat(progress.roomBytes()).isZero();
    progress.acknowledged(3);
    assertThat(progress.roomBytes()).isEqualTo(80);
    progress.validate();
  }

  @Test
  void aRefusalOfWhatIsKnownToMatchIsIgnored() {
    Progress progress = replicating();
    progress.sent(5, 40, 0);
    progress.acknowledged(5);
    assertThat(progress.rejected(4, 0)).isFalse();
    assertThat(progress.feeding()).isEqualTo(Feeding.REPLICATE);
    assertThat(progress.rejected(6, 0)).isTrue();
    assertThat(progress.feeding()).isEqualTo(Feeding.PROBE);
    assertThat(progress.next()).isEqualTo(6);
  }

  @Test
  void aProbeBacksOffToTheHintButNeverBehindWhatMatches() {
    Progress progress = new Progress(2, false, 10, 3, 100);
    assertThat(progress.rejected(7, 3)).as("not the probe under way").isFalse();
    assertThat(progress.rejected(9, 3)).isTrue();
    assertThat(progress.next()).isEqualTo(4);
    progress.acknowledged(3);
    assertThat(progress.rejected(3, 0)).isTrue();
    assertThat(progress.next()).isEqualTo(4);
    progress.validate();
  }

  @Test
  void aCarriedSnapshotIsProbedBehindAndALostOneFromWhereItWas() {
    Progress progress = new Progress(2, false, 2, 3, 100);
    progress.becomeSnapshot(50);
    assertThat(progress.paused()).isTrue();
    progress.snapshotEnded(true);
    assertThat(progress.next()).isEqualTo(51);
    assertThat(progress.paused()).as("until the follower says so itself").isTrue();
    progress.becomeSnapshot(60);
    progress.snapshotEnded(false);
    assertThat(progress.next()).isEqualTo(1);
    progress.validate();
  }

  @Test
  void nothingIsSentInAFullWindowOrDuringASnapshot() {
    Progress progress = replicating();
    progress.sent(1, 10, 0);
    progress.sent(1, 10, 0);
    progress.sent(1, 10, 0);
    assertThat(progress.roomBytes()).isZero();
    assertThatThrownBy(() -> progress.sent(1, 10, 0)).isInstanceOf(IllegalStateException.class);
    progress.becomeSnapshot(9);
    assertThatThrownBy(() -> progress.sent(0, 0, 0)).isInstanceOf(IllegalStateException.class);
  }

  private record Sent(long last, long bytes) {}

  @Property
  void theWindowCountsWhatIsUnderWay(@ForAll("steps") List<Long> steps) {
    Inflights window = new Inflights(4, 50);
    ArrayDeque<Sent> model = new ArrayDeque<>();
    long last = 0;
    for (long step : steps) {
      if (step > 0) {
        long bytes = step;
        boolean room = model.size() < 4 && bytesOf(model) < 50;
        assertThat(window.roomBytes() > 0).isEqualTo(room);
        if (room) {
          window.add(++last, bytes);
          model.addLast(new Sent(last, bytes));
        }
      } else {
        long upTo = last + step;
        window.freeUpTo(upTo);
        model.removeIf(sent -> sent.last() <= upTo);
      }
      assertThat(window.messages()).isEqualTo(model.size());
      assertThat(window.bytes()).isEqualTo(bytesOf(model));
      assertThat(window.isEmpty()).isEqualTo(model.isEmpty());
    }
  }

  private static long bytesOf(ArrayDeque<Sent> sent) {
    return sent.stream().mapToLong(Sent::bytes).sum();
  }

  @Provide
  Arbitrary<List<Long>> steps() {
    return Arbitraries.longs().between(-5, 30).list().ofMaxSize(60);
  }
}
