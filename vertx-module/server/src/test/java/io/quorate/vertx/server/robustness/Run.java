package io.quorate.vertx.server.robustness;

import io.quorate.history.Operation;
import io.quorate.history.Verdict;
import io.quorate.history.Violation;
import io.quorate.vertx.client.proto.rpc.HashKVResponse;
import io.quorate.vertx.server.process.MemberProcess;
import io.quorate.vertx.server.process.ProcessCluster;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run: members as processes, clients, and faults by a schedule; then a time without faults, in
 * which everything has to work again within a bound; then the judgement. The seed determines the
 * schedule and the clients' preferences, but not the timing, so the same seed does not give the
 * same history.
 */
final class Run {
  /** During how much time faults begin, unless a property sets it. */
  private static final long MILLIS = Long.getLong("quorate.robustness.millis", 7_000);

  /** Whether a misbehaving client takes part in each run; by default in half of them. */
  private static final boolean ABUSED = Boolean.getBoolean("quorate.robustness.abuse");

  /** Bound for recovery after the last fault, on a busy machine. */
  private static final Duration RECOVERY_BOUND = Duration.ofSeconds(30);

  /**
   * The result of a run.
   *
   * @param evidence null if the run ended before there was any
   * @param failure null if no fault was found
   * @param isDecided false if the search for an order was given up at its bound
   */
  record Outcome(
      String summary, @Nullable Evidence evidence, @Nullable String failure, boolean isDecided) {}

  private final long seed;
  private final Report report;
  private final Schedule schedule;
  private final Vertx vertx;
  private final Context context;
  private @Nullable Evidence evidence;
  private String counts = "";
  private boolean isDecided = true;

  private Run(long seed) {
    this.seed = seed;
    report = new Report(Path.of("target", "robustness", "run-" + seed));
    String whyNot = SmallDisk.whyNot();
    schedule = Schedule.of(seed, MILLIS, whyNot == null);
    report.line("seed " + seed + ", " + schedule.size() + " members " + schedule.flags());
    report.line(
        whyNot == null
            ? "disk of its own: "
                + (schedule.onSmallDisk() < 0 ? "none" : "m" + (schedule.onSmallDisk() + 1))
            : "NOT TRIED: a full disk, since no small one can be mounted here: " + whyNot);
    schedule.faults().forEach(fault -> report.line("planned: " + fault));
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
    context = vertx.getOrCreateContext();
  }

  /** Does a complete run; ends everything it has started. */
  static Outcome of(long seed) {
    Run run = new Run(seed);
    long begin = System.nanoTime();
    String failure = run.carryOut();
    String summary =
        "seed %d: %s, %d members, %s in %.1f s"
            .formatted(
                seed,
                failure == null ? "fine" : "FAILED",
                run.schedule.size(),
                run.counts,
                (System.nanoTime() - begin) / 1e9);
    run.report.line(summary);
    if (failure != null) {
      run.report.line(failure);
    }
    return new Outcome(summary, run.evidence, failure, run.isDecided);
  }

  private @Nullable String carryOut() {
    ProcessCluster cluster = ProcessCluster.prepare("robustness-" + seed, schedule.size());
    try (Network network = new Network(cluster);
        cluster) {
      try {
        live(cluster, network);
        return judge();
      } catch (RuntimeException | AssertionError e) {
        keep(cluster);
        return trace(e);
      }
    } finally {
      Void unused = await(vertx.close());
    }
  }

  private static String trace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private void live(ProcessCluster cluster, Network network) {
    SmallDisk disk = smallDisk(cluster);
    List<String> flags = new ArrayList<>(schedule.flags());
    flags.add("--initial-cluster=" + cluster.initialCluster());
    cluster.members().forEach(member -> member.setFlags(flags));
    cluster.startAll();
    report.event("all members serve");

    MemberEndpoints members = new MemberEndpoints(cluster, network);
    Random random = new Random(seed);
    StepClock clock = new StepClock();
    RequestGenerator requests = new RequestGenerator(random);
    Traffic traffic = new Traffic(vertx, members, clock, requests, random);
    WatchClients watchers = new WatchClients(vertx, members, clock, requests, random);
    report.line(traffic.toString());
    onLoop(
        () -> {
          watchers.start();
          traffic.start();
          return true;
        });
    Chaos chaos = new Chaos(cluster, members, network, report, schedule, disk);
    long last = 0;
    try (Abuser abuser = new Abuser(members, seed)) {
      if (ABUSED || seed % 2 == 0) {
        abuser.start();
      }
      chaos.run();
      abuser.close();
      report.event("peace, after " + abuser.rounds() + " rounds of abuse");
      last = recover(cluster, members, traffic, watchers);
      chaos.checkAlive();
    } finally {
      long completeTo = last;
      evidence =
          onLoop(
              () -> {
                traffic.stop();
                Evidence all =
                    new Evidence(
                        traffic.timedRequests(),
                        traffic.renewed(),
                        watchers.received(completeTo),
                        watchers.observed(),
                        completeTo);
                watchers.stop();
                return all;
              });
      report.line("done: " + chaos.done());
      report.line("failures met by clients: " + onLoop(traffic::failures));
    }
  }

  private @Nullable SmallDisk smallDisk(ProcessCluster cluster) {
    if (schedule.onSmallDisk() < 0) {
      return null;
    }
    SmallDisk disk = SmallDisk.at(cluster.member(schedule.onSmallDisk()).dataDir());
    cluster.beforeDelete(disk::unmount);
    return disk;
  }

  /** Returns the newest revision, which all watchers of all keys have received by then. */
  private long recover(
      ProcessCluster cluster, MemberEndpoints members, Traffic traffic, WatchClients watchers) {
    for (MemberProcess member : cluster.members()) {
      Await.untilTrue(
          member.name() + " serves",
          RECOVERY_BOUND,
          () -> {
            if (!member.isAlive()) {
              throw new IllegalStateException("it ended: " + member.log().tail(5));
            }
            return member.client().status().getLeader() != 0;
          });
    }
    MemberProcess leader = cluster.awaitLeader();
    report.event("all members serve and follow " + leader.name());
    onLoop(
        () -> {
          watchers.stay();
          return true;
        });
    for (int i = 0; i < members.size(); i++) {
      MemberEndpoints.Place place = members.get(i);
      long unused =
          Await.until(
              "a put through " + place.name(),
              RECOVERY_BOUND,
              () -> {
                int alarms = cluster.member(0).client().clearAlarms();
                if (alarms > 0) {
                  report.event(alarms + " alarms cleared");
                }
                return await(onLoop(() -> traffic.putFresh(place)));
              });
    }
    report.event("every member takes puts");
    onLoop(
        () -> {
          traffic.stop();
          return true;
        });
    Await.untilTrue("clients stop", RECOVERY_BOUND, () -> onLoop(traffic::isQuiet));
    // Leases still expire: the newest revision is taken at a moment when all members have the same.
    long last =
        Await.until(
            "the same revision and hash on all members",
            RECOVERY_BOUND,
            () -> commonRevision(cluster));
    report.event("all members have the same hash at " + last);
    Await.untilTrue(
        "all are told up to " + last,
        RECOVERY_BOUND,
        () -> {
          if (!onLoop(() -> watchers.haveAllReceived(last))) {
            throw new IllegalStateException("watchers of everything are behind");
          }
          List<String> behind = onLoop(() -> watchers.behind(last));
          if (!behind.isEmpty()) {
            throw new IllegalStateException("watchers behind: " + behind);
          }
          return true;
        });
    report.event("all watchers know everything");
    return last;
  }

  private static @Nullable Long commonRevision(ProcessCluster cluster) {
    long newest = 0;
    for (MemberProcess member : cluster.members()) {
      newest = Math.max(newest, member.client().hashKv(0).getHeader().getRevision());
    }
    Set<List<Object>> hashes = new HashSet<>();
    for (MemberProcess member : cluster.members()) {
      HashKVResponse hash = member.client().hashKv(newest);
      hashes.add(List.of(hash.getHash(), hash.getCompactRevision()));
    }
    if (hashes.size() > 1) {
      throw new IllegalStateException("hashes at " + newest + ": " + hashes);
    }
    return newest;
  }

  private @Nullable String judge() {
    Evidence all = Objects.requireNonNull(evidence);
    long begin = System.nanoTime();
    Judgement judgement = Judgement.of(all);
    counts =
        "%d operations (%d unknown), %d revisions, %d watchers, %d events, %d leases expired, %s"
            .formatted(
                all.timedRequests().size(),
                all.timedRequests().stream().filter(Run::isUnknown).count(),
                all.lastRevision(),
                all.watched().size(),
                all.observed().size(),
                judgement.expired(),
                judgement.order());
    report.event(
        "judged in %d steps and %d ms"
            .formatted(judgement.steps(), (System.nanoTime() - begin) / 1_000_000));
    report.line("answered in each second: " + perSecond(all));
    isDecided = judgement.order() != Verdict.Kind.UNDECIDED;
    if (judgement.isFine() || (!isDecided && judgement.violations().isEmpty())) {
      return null;
    }
    StringBuilder text = new StringBuilder(judgement.order().toString());
    for (Violation violation : judgement.violations()) {
      text.append('\n').append(violation);
    }
    throw new AssertionError(text.toString());
  }

  private static Map<Long, Long> perSecond(Evidence all) {
    return all.timedRequests().stream()
        .filter(timedRequest -> timedRequest.operation().outcome() instanceof Operation.Succeeded)
        .collect(
            Collectors.groupingBy(
                timedRequest -> timedRequest.answeredMillis() / 1_000,
                TreeMap::new,
                Collectors.counting()));
  }

  private static boolean isUnknown(Evidence.TimedRequest timedRequest) {
    return timedRequest.operation().outcome() instanceof Operation.Unknown;
  }

  private void keep(ProcessCluster cluster) {
    report.copyAll(cluster.logs());
    if (evidence != null) {
      report.file("requests.txt", evidence.timedRequests());
      report.file("renewed.txt", evidence.renewed());
      report.file("watched.txt", evidence.watched());
      report.file("revisions.txt", evidence.observed());
    }
  }

  /** Runs {@code action} on the clients' event loop. */
  private <T> T onLoop(Callable<T> action) {
    CompletableFuture<T> done = new CompletableFuture<>();
    context.runOnContext(
        v -> {
          try {
            done.complete(action.call());
          } catch (Exception e) {
            done.completeExceptionally(e);
          }
        });
    return await(done);
  }

  private static <T> T await(Future<T> future) {
    return await(future.toCompletionStage().toCompletableFuture());
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }
}
