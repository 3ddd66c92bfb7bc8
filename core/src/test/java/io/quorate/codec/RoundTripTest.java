package io.quorate.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is encoded comes back as it was. */
final class RoundTripTest {

  @Property(seed = "4711")
  void commandsComeBack(@ForAll("commands") Command command) {
    assertThat(CommandCodec.decode(CommandCodec.encode(command))).isEqualTo(command);
  }

  /** A new kind has no binary form before it is among the values here. */
  @Example
  void everyKindIsAmongThem() {
    assertThat(
            Values.commands().generator(1_000).stream(new Random(4711))
                .limit(2_000)
                .map(each -> each.value().kind()))
        .contains(Command.Kind.values());
  }

  @Property(seed = "4711")
  void batchesComeBack(@ForAll("batches") CommandCodec.Batch batch) {
    assertThat(RecordText.of(CommandCodec.decodeBatch(CommandCodec.encodeBatch(batch))))
        .isEqualTo(RecordText.of(batch));
  }

  @Property(seed = "4711")
  void changesComeBack(@ForAll("changes") CommandCodec.ProposedChange change) {
    assertThat(CommandCodec.decodeChange(CommandCodec.encodeChange(change))).isEqualTo(change);
  }

  @Property(seed = "4711")
  void framesComeBackAndTheirHeaderIsReadAlone(@ForAll("frames") PeerFrame frame) {
    byte[] bytes = PeerCodec.encode(frame);
    assertThat(RecordText.of(PeerCodec.decode(bytes))).isEqualTo(RecordText.of(frame));
    assertThat(PeerCodec.header(bytes))
        .isEqualTo(
            new PeerCodec.Header(
                frame.version(),
                frame.clusterId(),
                frame.from(),
                frame.to(),
                frame.incarnation(),
                frame.sequence()));
  }

  @Provide
  Arbitrary<Command> commands() {
    return Values.commands();
  }

  @Provide
  Arbitrary<CommandCodec.Batch> batches() {
    return Values.batches();
  }

  @Provide
  Arbitrary<CommandCodec.ProposedChange> changes() {
    return Values.changes();
  }

  @Provide
  Arbitrary<PeerFrame> frames() {
    return Values.frames();
  }
}
