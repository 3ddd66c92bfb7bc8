package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairWireTest {
  private static final ResponseHeader HEADER =
      ResponseHeader.newBuilder().setClusterId(-1).setMemberId(7).setRevision(300).build();

  private static long number(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(200);
      case 2 -> random.nextLong() >>> random.nextInt(63);
      default -> random.nextLong();
    };
  }

  private static Bytes bytes(Random random, int most) {
    byte[] bytes = new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(most)];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }

  /** Pieces and a whole message have the same bytes, and the computed sizes are correct. */
  @Test
  void piecesHaveTheSameBytesAsTheWholeMessage() throws Exception {
    Random random = new Random(1);
    for (int round = 0; round < 500; round++) {
      List<KeyValue> pairs = new ArrayList<>();
      long announced = 0;
      for (int i = random.nextInt(6); i > 0; i--) {
        KeyValue kv =
            new KeyValue(
                bytes(random, 300),
                bytes(random, round % 50 == 0 ? 100_000 : 300),
                number(random),
                number(random),
                number(random),
                number(random));
        pairs.add(kv);
        announced +=
            PairWire.SIZER.bytes(
                kv.key(),
                kv.value().length(),
                kv.createRevision(),
                kv.modRevision(),
                kv.version(),
                kv.lease());
      }
      boolean more = random.nextBoolean();
      long count = number(random);
      byte[] middle = PairWire.pairs(pairs);
      assertThat((long) middle.length).isEqualTo(announced);
      ByteString written =
          ByteString.copyFrom(PairWire.head(HEADER))
              .concat(ByteString.copyFrom(middle))
              .concat(ByteString.copyFrom(PairWire.tail(more, count)));
      RangeResponse whole = ProtoMapping.ranged(HEADER, new Result.Ranged(300, pairs, more, count));
      assertThat(written).isEqualTo(whole.toByteString());
      assertThat(RangeResponse.parseFrom(written)).isEqualTo(whole);
    }
  }
}
