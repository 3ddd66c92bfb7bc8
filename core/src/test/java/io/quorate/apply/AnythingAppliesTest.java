package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.CommandCodec;
import io.quorate.codec.Values;
import io.quorate.command.Command;
import io.quorate.command.Member;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * What can be decoded can be applied, whether validation would have let it through or not: it has a
 * result or an error, and no member ends over it.
 */
class AnythingAppliesTest {
  private static final Member VOTER =
      new Member(1, "", List.of("http://one:2380"), List.of(), false);

  /** Between commands that make sense, so that there is something to collide with. */
  @Property(tries = 100, seed = "4711")
  void everyCommandHasAnOutcome(
      @ForAll("commands") List<Command> commands,
      @ForAll("changes") List<CommandCodec.ProposedChange> changes,
      @ForAll long seed) {
    Random random = new Random(seed);
    RandomCommands sound = new RandomCommands(seed);
    MachineOnMemory member = MachineOnMemory.withVoter(VOTER);
    for (Command command : commands) {
      outcomes(2, member.applyAll(command, sound.next(member.machine.kv().revision())));
      if (!changes.isEmpty() && random.nextInt(10) == 0) {
        outcomes(1, member.change(changes.get(random.nextInt(changes.size())).change()));
      }
      if (random.nextInt(50) == 0) {
        member.machine.sweep(10);
        member = member.restarted();
      }
    }
    assertThat(member.restarted().all()).isEqualTo(member.all());
  }

  private static void outcomes(int count, Applied applied) {
    assertThat(applied.outcomes())
        .hasSize(count)
        .allMatch(outcome -> (outcome.result() == null) != (outcome.error() == null));
  }

  @Provide
  Arbitrary<List<Command>> commands() {
    return Values.commands().list().ofMinSize(50).ofMaxSize(150);
  }

  @Provide
  Arbitrary<List<CommandCodec.ProposedChange>> changes() {
    return Values.changes().list().ofMaxSize(5);
  }
}
