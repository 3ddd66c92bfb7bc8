package io.quorate.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Validation;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Bytes that nobody of ours wrote: a value or a {@link CodecException}, and never much memory. */
final class ForeignBytesTest {
  /** Objects on the way to a refusal may weigh more than the bytes they come from, but not much. */
  private static final long ALLOCATION_FLOOR_BYTES = 64 * 1024;

  private static final int ALLOCATION_FACTOR = 200;

  @Property(tries = 3_000, seed = "4711")
  void randomBytesAreAValueOrRefused(@ForAll("garbage") byte[] bytes) {
    everyDecoderCopes(bytes);
  }

  @Property(tries = 2_000, seed = "4711")
  void mutatedCommandsAreAValueOrRefused(
      @ForAll("commands") Command command, @ForAll("mutations") List<Mutation> mutations) {
    everyDecoderCopes(mutate(CommandCodec.encode(command), mutations));
  }

  @Property(tries = 2_000, seed = "4711")
  void mutatedFramesAreAValueOrRefused(
      @ForAll("frames") PeerFrame frame, @ForAll("mutations") List<Mutation> mutations) {
    everyDecoderCopes(mutate(PeerCodec.encode(frame), mutations));
  }

  @Property(tries = 300, seed = "4711")
  void everyTruncationOfACommandIsRefused(@ForAll("commands") Command command) {
    byte[] whole = CommandCodec.encode(command);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> CommandCodec.decode(cut)).isInstanceOf(CodecException.class);
    }
  }

  @Property(tries = 200, seed = "4711")
  void everyTruncationOfAFrameIsRefused(@ForAll("frames") PeerFrame frame) {
    byte[] whole = PeerCodec.encode(frame);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> PeerCodec.decode(cut)).isInstanceOf(CodecException.class);
    }
  }

  @Test
  void trailingBytesAreRefused() {
    byte[] put = CommandCodec.encode(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
    refused(Arrays.copyOf(put, put.length + 1), CommandCodec::decode, "1 bytes too many");
    byte[] batch = CommandCodec.encodeBatch(new CommandCodec.Batch(2, 1, List.of()));
    refused(Arrays.copyOf(batch, batch.length + 2), CommandCodec::decodeBatch, "2 bytes too many");
    byte[] frame = PeerCodec.encode(new PeerFrame(1, 1, 2, 3, 4, 5, List.of()));
    refused(Arrays.copyOf(frame, frame.length + 3), PeerCodec::decode, "3 bytes too many");
  }

  @Test
  void aVersionOrKindFromTheFutureIsNamed() {
    refused(new byte[] {2, 2}, CommandCodec::decode, "command: unknown version 2");
    refused(new byte[] {0, 2}, CommandCodec::decode, "command: unknown version 0");
    refused(new byte[] {1, 99}, CommandCodec::decode, "unknown kind of command 99");
    refused(new byte[] {1, 1, 0}, CommandCodec::decode, "unknown kind of command 1");
    refused(
        new byte[] {1, 14, 9},
        CommandCodec::decode,
        "command: unknown feature level 9 (this one knows up to 3)");
    refused(
        new byte[] {9},
        CommandCodec::decodeBatch,
        "batch: unknown version 9 (this one knows 1 to 2)");
    refused(new byte[] {9}, CommandCodec::decodeChange, "member change: unknown version 9");
    byte[] frame = new byte[PeerCodec.HEADER_BYTES];
    frame[0] = 7;
    refused(frame, PeerCodec::header, "peer frame: unknown version 7");
    refused(frame, PeerCodec::decode, "peer frame: unknown version 7");
  }

  @Test
  void aShortHeaderIsRefused() {
    byte[] bytes = PeerCodec.encode(new PeerFrame(1, 1, 2, 3, 4, 5, List.of()));
    refused(
        Arrays.copyOf(bytes, PeerCodec.HEADER_BYTES - 1),
        PeerCodec::header,
        "ends within sequence");
  }

  @Test
  void aLengthBeyondTheEndIsRefusedBeforeMemoryIsTaken() {
    // put, no flags, no lease, then a key of 2 GiB - 1
    byte[] bytes = {1, 2, 0, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 'k'};
    refused(bytes, CommandCodec::decode, "key has a length of 2147483647, at most 1 fit");
    // likewise with one that is negative as an int, and as a long
    byte[] huge = new byte[14];
    Arrays.fill(huge, (byte) 0xff);
    huge[0] = 1;
    huge[1] = 2;
    huge[2] = 0;
    huge[3] = 0;
    huge[13] = 1;
    refused(huge, CommandCodec::decode, "key has a length of 18446744073709551615");
  }

  @Test
  void nestedListsThatClaimMuchCostNothing() {
    byte[] claims = new byte[400_000];
    claims[0] = 1;
    int at = 1;
    for (int depth = 0; depth < Validation.MAX_TXN_DEPTH; depth++) {
      claims[at++] = 4; // a transaction
      claims[at++] = 0; // without compares
      claims[at++] = (byte) 0x80; // and 81,920 operations, for which there is room
      claims[at++] = (byte) 0x80;
      claims[at++] = 5;
    }
    long before = allocatedBytes();
    refused(claims, CommandCodec::decode, "unknown kind of operation 0");
    assertThat(allocatedBytes() - before).isLessThan(2_000_000);
  }

  @Test
  void aNumberHasOneFormOnly() {
    refused(new byte[] {1, 2, 0, (byte) 0x80, 0, 0, 0}, CommandCodec::decode, "superfluous byte");
    byte[] tooLong = new byte[16];
    Arrays.fill(tooLong, (byte) 0xff);
    tooLong[0] = 1;
    tooLong[1] = 2;
    tooLong[2] = 0;
    refused(tooLong, CommandCodec::decode, "more than 64 bits");
    refused(new byte[] {1, 2, 8, 0, 0, 0}, CommandCodec::decode, "unknown bits in put flags 0x8");
    refused(new byte[] {1, 5, 2, 2}, CommandCodec::decode, "physical must be 0 or 1, is 2");
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    byte[] publish = CommandCodec.encode(new Command.MemberPublish(1, "ab", List.of()));
    publish[publish.length - 3] = (byte) 0xc0;
    refused(publish, CommandCodec::decode, "name is not UTF-8");
  }

  @Test
  void transactionsDeeperThanTheBoundAreRefusedByBothSides() {
    Command.Txn deepest = chain(Validation.MAX_TXN_DEPTH);
    byte[] bytes = CommandCodec.encode(deepest);
    assertThat(CommandCodec.decode(bytes)).isEqualTo(deepest);
    assertThatThrownBy(() -> CommandCodec.encode(chain(Validation.MAX_TXN_DEPTH + 1)))
        .isInstanceOf(IllegalStateException.class);
    byte[] endless = new byte[300_000];
    for (int at = 1; at + 2 < endless.length; at += 3) {
      endless[at] = 4; // a transaction
      endless[at + 1] = 0; // without compares
      endless[at + 2] = 1; // and one operation
    }
    endless[0] = 1;
    refused(endless, CommandCodec::decode, "deeper than 129");
  }

  // ---- how

  /** One change of some bytes; {@code at} is taken modulo the length. */
  record Mutation(int how, int at, byte with) {}

  private static byte[] mutate(byte[] bytes, List<Mutation> mutations) {
    byte[] mutated = bytes.clone();
    for (Mutation mutation : mutations) {
      if (mutated.length == 0) {
        return mutated;
      }
      int at = Math.floorMod(mutation.at(), mutated.length);
      switch (mutation.how()) {
        case 0 -> mutated[at] = mutation.with();
        case 1 -> mutated[at] ^= (byte) (1 << (mutation.with() & 7));
        case 2 -> mutated = Arrays.copyOf(mutated, at);
        default -> {
          byte[] longer = new byte[mutated.length + 1];
          System.arraycopy(mutated, 0, longer, 0, at);
          longer[at] = mutation.with();
          System.arraycopy(mutated, at, longer, at + 1, mutated.length - at);
          mutated = longer;
        }
      }
    }
    return mutated;
  }

  /** What is accepted must also encode to the very same bytes: every value has one form only. */
  private static void everyDecoderCopes(byte[] bytes) {
    copes(bytes, CommandCodec::decode, CommandCodec::encode);
    copes(bytes, CommandCodec::decodeBatch, CommandCodec::encodeBatch);
    copes(bytes, CommandCodec::decodeChange, CommandCodec::encodeChange);
    copes(bytes, PeerCodec::decode, PeerCodec::encode);
  }

  private static <T> void copes(
      byte[] bytes, Function<byte[], T> decode, Function<T, byte[]> encode) {
    long before = allocatedBytes();
    T value;
    try {
      value = decode.apply(bytes);
    } catch (CodecException refused) {
      assertThat(refused).hasMessageContaining(" at byte ");
      return;
    } finally {
      assertThat(allocatedBytes() - before)
          .isLessThan(ALLOCATION_FLOOR_BYTES + (long) ALLOCATION_FACTOR * bytes.length);
    }
    assertThat(encode.apply(value)).isEqualTo(bytes);
  }

  private static long allocatedBytes() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  private static void refused(byte[] bytes, Function<byte[], ?> decode, String why) {
    assertThatThrownBy(() -> decode.apply(bytes))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(why)
        .hasMessageMatching(".* at byte \\d+ of " + bytes.length);
  }

  private static Command.Txn chain(int depth) {
    Command.Txn txn = new Command.Txn(List.of(), List.of(), List.of());
    for (int i = 1; i < depth; i++) {
      txn = new Command.Txn(List.of(), List.of(txn), List.of());
    }
    return txn;
  }

  /** Half of it begins like something of ours. */
  @Provide
  Arbitrary<byte[]> garbage() {
    Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
    Arbitrary<byte[]> plausible =
        Combinators.combine(Arbitraries.integers().between(0, 11), any)
            .as(
                (kind, rest) -> {
                  byte[] bytes = new byte[rest.length + 2];
                  bytes[0] = 1;
                  bytes[1] = kind.byteValue();
                  System.arraycopy(rest, 0, bytes, 2, rest.length);
                  return bytes;
                });
    return Arbitraries.oneOf(any, plausible);
  }

  @Provide
  Arbitrary<Command> commands() {
    return Values.commands();
  }

  @Provide
  Arbitrary<PeerFrame> frames() {
    return Values.frames();
  }

  @Provide
  Arbitrary<List<Mutation>> mutations() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 3), Arbitraries.integers(), Arbitraries.bytes())
        .as(Mutation::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }
}
