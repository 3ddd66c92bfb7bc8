package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.recipe.DistributedLock;
import io.quorate.vertx.client.recipe.Held;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoppedHolderTest {

  @Test
  void aHolderSuspendedPastItsTimeToLiveNoticesTheLossAndIsRefusedByTheStore(
      @TempDir Path directory) throws IOException, InterruptedException {
    try (OneMember member = new OneMember(directory.resolve("data"))) {
      Process holder = holder(member);
      try (BufferedReader says =
              new BufferedReader(
                  new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
          BufferedWriter ask =
              new BufferedWriter(
                  new OutputStreamWriter(holder.getOutputStream(), StandardCharsets.UTF_8))) {
        assertThat(answer(says)).isEqualTo("held true");
        ask(ask);
        assertThat(answer(says)).isEqualTo("held true");
        assertThat(answer(says)).isEqualTo("wrote true");
        signal(holder, "STOP");
        QuorateClient client =
            QuorateClient.over(member.server().vertx(), member.server().client());
        Session session = await(client.session(60));
        Held next = await(new DistributedLock(client, session, "lock").acquire(20_000));
        signal(holder, "CONT");
        ask(ask);
        assertThat(answer(says)).isEqualTo("held false");
        assertThat(answer(says)).isEqualTo("wrote false");
        assertThat(next.isHeld()).isTrue();
        await(client.close());
      } finally {
        holder.destroyForcibly();
        assertThat(holder.waitFor(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  private static Process holder(OneMember member) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            LockHolder.class.getName(),
            member.clientUrl().toString(),
            "lock")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** The process logs to the same stream, so other lines are skipped. */
  private static String answer(BufferedReader says) throws IOException {
    String line;
    while ((line = says.readLine()) != null) {
      if (line.startsWith("held ") || line.startsWith("wrote ")) {
        return line;
      }
    }
    throw new AssertionError("the holder has ended");
  }

  private static void ask(BufferedWriter writer) throws IOException {
    writer.write("well?\n");
    writer.flush();
  }

  private static void signal(Process process, String signal)
      throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
    assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }
}
