package io.quorate.vertx.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FakeServerTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void aPortInUseGivesOneLineAndAnExitCode() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThat(run(Integer.toString(taken.getLocalPort()))).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .startsWith("cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": ")
          .containsOnlyOnce("\n");
    }
  }

  @Test
  void anInvalidPortGivesOneLineAndAnExitCode() {
    assertThat(run("2379x")).isEqualTo(1);
    assertThat(run()).isEqualTo(1);
    assertThat(run("70000")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8).lines()).hasSize(3);
  }

  private int run(String... args) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return FakeServer.run(args, stream, stream);
  }
}
