package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GivenTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void argumentsAreReadFromTheEndOfTheCommandLine() {
    byte[] commandLine = bytes("java\0-jar\0dü.jar\0--name=dü\0--x=1µs\0");
    assertThat(Given.arguments(new String[] {"--name=d??", "--x=1\ufffd\ufffds"}, commandLine))
        .containsExactly("--name=dü", "--x=1µs");
    assertThat(Given.arguments(new String[0], commandLine)).isEmpty();
  }

  @Test
  void argumentsThatDoNotMatchAreLeftUnchanged() {
    String[] read = {"--name=d??", "--x"};
    assertThat(Given.arguments(read, bytes("java\0--name=dü\0--y\0"))).isSameAs(read);
    assertThat(Given.arguments(read, bytes("--x\0"))).isSameAs(read);
    String[] latin = {"d?"};
    assertThat(Given.arguments(latin, new byte[] {'d', (byte) 0xfc, 0})).containsExactly("d?");
  }

  @Test
  void environmentVariablesThatAreNotAsciiAreReadAgain() {
    Map<String, String> read = Map.of("QUORATE_NAME", "d\ufffd\ufffd", "HOME", "/set/by/jvm");
    assertThat(Given.environment(read, bytes("HOME=/root\0QUORATE_NAME=dü\0OTHER=ü\0")))
        .isEqualTo(Map.of("QUORATE_NAME", "dü", "HOME", "/set/by/jvm"));
  }
}
