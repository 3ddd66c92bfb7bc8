package io.quorate.examples.vertx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.recipe.Election;
import io.quorate.vertx.client.recipe.Leadership;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A verticle that runs once in the cluster, in the process that leads, and moves when that one
 * dies.
 *
 * <p>Without arguments this starts three processes like it, kills the one that leads without a
 * warning, waits until the verticle runs elsewhere, and ends them all. With a name it is one of the
 * three.
 */
public final class LeaderSingleton {
  private static final long SESSION_SECONDS = 2;
  private static final long AGAIN_MILLIS = 500;

  private LeaderSingleton() {}

  // tag::singleton[]
  /** Deploys the singleton when this process leads, and undeploys it as soon as it does not. */
  private static final class Candidate extends VerticleBase {
    private final String name;

    Candidate(String name) {
      this.name = name;
    }

    @Override
    public Future<?> start() {
      QuorateClient client = QuorateClusterManager.clientOf(vertx);
      return threeVote(client).onSuccess(v -> campaign(client));
    }

    /** From then on the death of one process does not matter. */
    private Future<Void> threeVote(QuorateClient client) {
      return client
          .store()
          .memberList(true)
          .compose(
              list ->
                  list.members().stream().filter(member -> !member.isLearner()).count() == 3
                      ? Future.<Void>succeededFuture()
                      : vertx.timer(100, MILLISECONDS).compose(fired -> threeVote(client)));
    }

    /** Completes its campaign when it leads, which may be never; a failed one is begun again. */
    private void campaign(QuorateClient client) {
      client
          .session(SESSION_SECONDS)
          .compose(
              session ->
                  new Election(client, "singleton").campaign(session, Bytes.utf8(name), null))
          .compose(this::lead)
          .onComplete(over -> vertx.setTimer(AGAIN_MILLIS, id -> campaign(client)));
    }

    /** Completes when it leads no more. */
    private Future<?> lead(Leadership leadership) {
      return vertx
          .deployVerticle(new Singleton(name))
          .compose(deployment -> leadership.lost().compose(lost -> vertx.undeploy(deployment)));
    }
  }

  // end::singleton[]

  /** What there is to be only one of. */
  private static final class Singleton extends VerticleBase {
    private final String name;

    Singleton(String name) {
      this.name = name;
    }

    @Override
    public Future<?> start() {
      System.out.println("the singleton runs in " + name);
      return Future.succeededFuture();
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length > 0) {
      Vertx vertx = Vertx.clusteredVertx(new VertxOptions()).await();
      vertx.deployVerticle(new Candidate(args[0])).await();
      while (System.in.read() >= 0) {
        // until whoever started this closes it
      }
      vertx.close().await();
    } else {
      demonstrate();
    }
  }

  private static void demonstrate() throws Exception {
    Map<String, Process> processes = new HashMap<>();
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    try {
      for (String name : List.of("one", "two", "three")) {
        Process process = start(name);
        processes.put(name, process);
        Thread reader = new Thread(() -> process.inputReader(UTF_8).lines().forEach(said::add));
        reader.setDaemon(true);
        reader.start();
      }
      String where = said.take();
      System.out.println(where);
      String leader = where.substring(where.lastIndexOf(' ') + 1);
      processes.remove(leader).destroyForcibly().waitFor();
      System.out.println("killed " + leader);
      System.out.println(said.take());
    } finally {
      for (Process process : processes.values()) {
        process.getOutputStream().close(); // tells it to end
      }
      for (Process process : processes.values()) {
        process.waitFor();
      }
    }
  }

  private static Process start(String name) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            LeaderSingleton.class.getName(),
            name)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
