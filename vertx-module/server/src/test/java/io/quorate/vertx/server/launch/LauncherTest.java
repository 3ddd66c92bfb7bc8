package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.QuorateOptions.LogFormat;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LauncherTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void versionBeginsWithTheLineThatToolsParse() {
    assertThat(run(fails(), "--version")).isEqualTo(0);
    assertThat(text(out).lines()).hasSize(4);
    assertThat(text(out)).startsWith("etcd Version: 3.").contains("Quorate Version: ");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void helpListsEveryFlag() {
    assertThat(run(fails(), "--help")).isEqualTo(0);
    for (Flag flag : Flags.all()) {
      assertThat(text(out)).contains("--" + flag.name());
    }
  }

  @Test
  void anUnknownFlagGivesExitCodeTwoAndOneLine() {
    assertThat(run(fails(), "--nmae=x")).isEqualTo(2);
    assertThat(text(err))
        .isEqualTo("quorate: unknown flag --nmae; did you mean --name?" + System.lineSeparator());
  }

  @Test
  void aWrongValueGivesExitCodeOneAndOneLine() {
    assertThat(run(fails(), "--election-timeout=400")).isEqualTo(1);
    assertThat(text(err).lines()).hasSize(1);
    assertThat(text(err)).startsWith("quorate: --election-timeout=400: ");
  }

  @Test
  void theFinalLineHasTheFormatOfTheLog() {
    IOException failure = new IOException("the port is \"taken\"\nby another");
    MemberStarter failing = options -> Future.failedFuture(failure);
    assertThat(run(failing, "--log-level=error", "--log-format=json")).isEqualTo(1);
    JsonObject line = new JsonObject(text(err));
    assertThat(line.fieldNames()).containsExactly("level", "ts", "caller", "msg");
    assertThat(line.getString("level")).isEqualTo("fatal");
    assertThat(line.getString("msg")).isEqualTo("the port is \"taken\" by another");
    assertThat(text(err).strip().lines()).hasSize(1);
    err.reset();
    assertThat(run(failing, "--log-format=json", "--quota-backend-bytes=8G")).isEqualTo(1);
    assertThat(new JsonObject(text(err)).getString("msg"))
        .startsWith("--quota-backend-bytes=8G: must be a whole number of bytes");
  }

  @Test
  void aFailedStartGivesExitCodeOneAndTheReason() {
    IOException failure = new IOException("the port is taken\nby another");
    assertThat(run(options -> Future.failedFuture(failure), "--log-level=error")).isEqualTo(1);
    assertThat(text(err).lines()).containsExactly("quorate: the port is taken by another");
  }

  @Test
  void anExceptionAtStartGivesExitCodeOneAndTheReason() {
    MemberStarter throwing =
        options -> {
          throw new IllegalStateException("no");
        };
    assertThat(run(throwing, "--log-level=error")).isEqualTo(1);
    assertThat(text(err).lines()).containsExactly("quorate: IllegalStateException: no");
  }

  @Test
  void aMemberThatEndsByItselfGivesExitCodeOneAndTheReason() {
    FakeMember member = new FakeMember();
    member.termination.fail(new IOException("the disk is gone"));
    assertThat(run(member, "--log-level=error")).isEqualTo(1);
    assertThat(text(err).lines()).containsExactly("quorate: the disk is gone");
  }

  @Test
  void stoppingClosesTheMemberAndGivesExitCodeZero() throws Exception {
    FakeMember member = new FakeMember();
    Launcher launcher = launcher(member);
    CompletableFuture<Integer> code = start(launcher);
    member.started.get(30, TimeUnit.SECONDS);
    // stop() has something to close once the launcher has called the starter.
    while (!member.closed) {
      assertThat(launcher.stop(10_000)).isTrue();
      Thread.onSpinWait();
    }
    assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(0);
  }

  @Test
  void stoppingWaitsNoLongerThanItsTimeout() {
    MemberStarter neverStarts =
        options -> {
          return Promise.<MemberStarter.Running>promise().future();
        };
    Launcher launcher = launcher(neverStarts);
    CompletableFuture<Integer> code = start(launcher);
    while (launcher.stop(10)) {
      Thread.onSpinWait();
    }
    assertThat(code).isNotDone();
    thread.interrupt();
    assertThat(code.join()).isEqualTo(1);
  }

  @Test
  void stoppingWithoutAMemberReturnsAtOnce() {
    assertThat(launcher(fails()).stop(60_000)).isTrue();
  }

  @Test
  void aBenchmarkWithAnUnknownShapeGivesExitCodeOne() {
    assertThat(run(fails(), "bench", "puts")).isEqualTo(1);
    assertThat(text(err)).contains("'puts' is not a shape");
    assertThat(run(fails(), "bench", "put", "--nope")).isEqualTo(2);
    assertThat(run(fails(), "bench", "--help")).isEqualTo(0);
    assertThat(text(out)).contains("--key-size");
  }

  private Thread thread = Thread.currentThread();

  private CompletableFuture<Integer> start(Launcher launcher) {
    CompletableFuture<Integer> code = new CompletableFuture<>();
    thread =
        new Thread(() -> code.complete(launcher.run(new String[] {"--log-level=error"}, Map.of())));
    thread.start();
    return code;
  }

  private int run(MemberStarter starter, String... args) {
    return launcher(starter).run(args, Map.of());
  }

  private Launcher launcher(MemberStarter starter) {
    return new Launcher(
        starter,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        LogFormat.TEXT);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }

  private static MemberStarter fails() {
    return options -> Future.failedFuture("must not be started");
  }

  private static final class FakeMember implements MemberStarter, MemberStarter.Running {
    final CompletableFuture<QuorateOptions> started = new CompletableFuture<>();
    final Promise<Void> termination = Promise.promise();
    volatile boolean closed;

    @Override
    public Future<Running> start(QuorateOptions options) {
      started.complete(options);
      return Future.succeededFuture(this);
    }

    @Override
    public Future<Void> termination() {
      return termination.future();
    }

    @Override
    public Future<Void> close() {
      closed = true;
      termination.tryComplete();
      return termination.future();
    }
  }
}
