package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ValueCodecTest {
  private static final List<Object> ALL =
      List.of(
          "",
          "text",
          "\u00e4\ud83d\ude00",
          "lone \ud800",
          "lone \udc00",
          true,
          false,
          (byte) -1,
          (short) -2,
          'x',
          '\uffff',
          -3,
          1,
          -4L,
          1L,
          Long.MIN_VALUE,
          -0.5f,
          Double.NaN,
          1.0,
          Buffer.buffer("buffer"),
          new JsonObject().put("a", 1),
          new JsonArray().add("a"),
          new BigDecimal("1.10"),
          Instant.EPOCH);

  private static Object decoded(Bytes bytes) {
    return ValueCodec.decode(bytes, ValueCodecTest.class.getClassLoader());
  }

  @Test
  void whatIsWrittenIsRead() {
    for (Object value : ALL) {
      assertThat(decoded(ValueCodec.encode(value))).isEqualTo(value).hasSameClassAs(value);
    }
    assertThat((byte[]) decoded(ValueCodec.encode(new byte[] {1, 0, -1})))
        .containsExactly(1, 0, -1);
    assertThat((int[]) decoded(ValueCodec.encode(new int[] {7}))).containsExactly(7);
  }

  @Test
  void differentValuesAreDifferentBytesAlsoIfTheyLookAlike() {
    Set<Bytes> seen = new HashSet<>();
    for (Object value : ALL) {
      assertThat(seen.add(ValueCodec.encode(value))).as("%s", value).isTrue();
    }
  }

  @Test
  void equalKeysAreEqualBytes() {
    assertThat(ValueCodec.encode(new String("key"))).isEqualTo(ValueCodec.encode("key"));
    assertThat(ValueCodec.encode(1_000L)).isEqualTo(ValueCodec.encode(Long.valueOf(1_000)));
  }

  @Test
  void whatCannotBeWrittenIsRefused() {
    assertThatThrownBy(() -> ValueCodec.encode(List.of(new Object())))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bytesThatAreNoValueAreRefused() {
    for (byte[] bytes : List.of(new byte[0], new byte[] {1, 2}, new byte[] {'i', 1})) {
      assertThatThrownBy(() -> decoded(Bytes.of(bytes)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void namesOfMapsStayApartAndHaveNoSlash() {
    List<String> names = List.of("a", "a/b", "a%2fb", "A", "\u00e4", "\ud800", "", "a b", "%");
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      assertThat(KeyLayout.escape(name)).matches("[A-Za-z0-9._%-]*");
      assertThat(seen.add(KeyLayout.escape(name))).as(name).isTrue();
    }
  }
}
