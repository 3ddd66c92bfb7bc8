package io.quorate.vertx.member.http;

import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.api.EtcdVersion;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The plain HTTP endpoints of etcd: {@code /version}, {@code /health}, {@code /livez} and {@code
 * /readyz}, with the same bodies. Any other path is not found.
 */
final class PlainHttp implements Face {
  private static final Logger LOG = Logger.getLogger(PlainHttp.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String UNKNOWN_HOST =
      "the host '%s' of this request is not one of --host-whitelist; add it there, or use https."
          + " This stops DNS rebinding (CVE-2018-5702)";
  private static final String NO_METRICS = "404 this member serves no metrics";
  private static final KeyRange ANY_KEY = KeyRange.single(Bytes.ZERO);

  private final MemberStore client;
  private final @Nullable BrowserRules rules;
  private final Map<String, Supplier<Future<Void>>> live;
  private final Map<String, Supplier<Future<Void>>> ready;

  /**
   * @param rules null for a listener of {@code --listen-metrics-urls}, which has fewer paths, and
   *     nothing for browsers
   */
  PlainHttp(MemberStore client, @Nullable BrowserRules rules) {
    this.client = client.as(Caller.NODE);
    this.rules = rules;
    live = Map.of("serializable_read", () -> read(true));
    ready = new LinkedHashMap<>();
    ready.put("data_corruption", this::notCorrupt);
    ready.put("serializable_read", () -> read(true));
    ready.put("linearizable_read", () -> read(false));
    ready.put("non_learner", this::notLearner);
  }

  @Override
  public boolean takes(HttpServerRequest request) {
    return true;
  }

  @Override
  public void handle(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    response.exceptionHandler(gone -> {}); // a client that has disconnected needs no answer
    if (rules != null && isAnswered(request, rules)) {
      return;
    }
    String path = request.path();
    if (path == null) {
      notFound(response);
    } else if (path.equals("/metrics")) {
      error(response, 404, NO_METRICS);
    } else if (path.equals("/version") && rules != null) {
      onGet(request, () -> version(response));
    } else if (path.equals("/health")) {
      onGet(request, () -> health(request));
    } else if (isAt(path, "/livez")) {
      onGet(request, () -> checks(request, "/livez", live));
    } else if (isAt(path, "/readyz")) {
      onGet(request, () -> checks(request, "/readyz", ready));
    } else {
      notFound(response);
    }
  }

  /** Adds the headers for browsers; true if the request has been answered by that. */
  private static boolean isAnswered(HttpServerRequest request, BrowserRules rules) {
    HttpServerResponse response = request.response();
    HostAndPort authority = request.authority();
    String host = authority == null ? "" : authority.host();
    if (!request.isSSL() && !rules.allowsHost(host)) {
      LOG.warn("rejecting HTTP request to prevent DNS rebinding attacks: host {}", host);
      error(response, 421, UNKNOWN_HOST.formatted(host));
      return true;
    }
    String origin = rules.allowedOrigin(request.getHeader("Origin"));
    if (origin != null) {
      response
          .putHeader("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE")
          .putHeader("Access-Control-Allow-Origin", origin)
          .putHeader("Access-Control-Allow-Headers", "accept, content-type, authorization");
    }
    if (request.method().equals(HttpMethod.OPTIONS)) {
      response.end();
      return true;
    }
    return false;
  }

  private static boolean isAt(String path, String root) {
    return path.startsWith(root)
        && (path.length() == root.length() || path.charAt(root.length()) == '/');
  }

  private static void onGet(HttpServerRequest request, Runnable action) {
    if (request.method().equals(HttpMethod.GET)) {
      action.run();
    } else {
      request.response().putHeader("Allow", "GET");
      error(request.response(), 405, "Method Not Allowed");
    }
  }

  private static void version(HttpServerResponse response) {
    response
        .putHeader("Content-Type", "application/json")
        .end(
            "{\"etcdserver\":\"%s\",\"etcdcluster\":\"%s\",\"storage\":\"%s\"}"
                .formatted(EtcdVersion.SERVER, EtcdVersion.CLUSTER, EtcdVersion.STORAGE));
  }

  /**
   * Checks the alarms that are not excluded, then the leader, then a read; reports the first fault.
   */
  private void health(HttpServerRequest request) {
    boolean serializable = "true".equals(request.getParam("serializable"));
    List<String> excluded = request.params().getAll("exclude");
    MemberStatus status = client.memberStatus();
    for (Result.AlarmMember alarm : status.alarms()) {
      if (!excluded.contains(alarm.type().name())) {
        unhealthy(request.response(), "ALARM " + alarm.type().name());
        return;
      }
    }
    if (!serializable && status.leader() == 0) {
      unhealthy(request.response(), "RAFT NO LEADER");
      return;
    }
    read(serializable)
        .onSuccess(
            done ->
                send(
                    request.response().putHeader("Content-Type", TEXT),
                    "{\"health\":\"true\",\"reason\":\"\"}"))
        .onFailure(e -> unhealthy(request.response(), "RANGE ERROR:" + e.getMessage()));
  }

  private static void unhealthy(HttpServerResponse response, String reason) {
    error(response, 503, new JsonObject().put("health", "false").put("reason", reason).encode());
  }

  private void checks(
      HttpServerRequest request, String root, Map<String, Supplier<Future<Void>>> all) {
    String path = request.path();
    Map<String, Supplier<Future<Void>>> wanted = all;
    if (path.length() > root.length() + 1) {
      String name = path.substring(root.length() + 1);
      Supplier<Future<Void>> one = all.get(name);
      if (one == null) {
        notFound(request.response());
        return;
      }
      wanted = Map.of(name, one);
    }
    List<String> excluded = request.params().getAll("exclude");
    boolean verbose = request.params().contains("verbose");
    Future<Report> report = Future.succeededFuture(new Report());
    for (Map.Entry<String, Supplier<Future<Void>>> check : wanted.entrySet()) {
      if (!excluded.contains(check.getKey())) {
        report = report.compose(r -> r.with(check.getKey(), check.getValue().get()));
      }
    }
    report.onSuccess(r -> r.answer(request.response(), verbose)).onFailure(e -> failed(request, e));
  }

  /** The results of the checks, in their order. */
  private static final class Report {
    private final StringBuilder lines = new StringBuilder();
    private boolean failed;

    Future<Report> with(String name, Future<Void> check) {
      return check.transform(
          done -> {
            if (done.succeeded()) {
              lines.append("[+]").append(name).append(" ok\n");
            } else {
              failed = true;
              lines.append("[-]").append(name).append(" failed: ");
              lines.append(done.cause().getMessage()).append('\n');
            }
            return Future.succeededFuture(this);
          });
    }

    void answer(HttpServerResponse response, boolean verbose) {
      response.putHeader("Content-Type", TEXT).putHeader("X-Content-Type-Options", "nosniff");
      if (failed) {
        send(response.setStatusCode(503), lines.toString());
      } else {
        send(response, verbose ? lines + "ok\n" : "ok\n");
      }
    }
  }

  private Future<Void> read(boolean serializable) {
    return client
        .range(
            Command.Range.of(ANY_KEY)
                .withLimit(1)
                .withSerializable(serializable)
                .withKeysOnly(true))
        .mapEmpty();
  }

  private Future<Void> notCorrupt() {
    boolean corrupt =
        client.memberStatus().alarms().stream()
            .anyMatch(a -> a.type() == Command.AlarmType.CORRUPT);
    return corrupt ? Future.failedFuture("alarm activated: CORRUPT") : Future.succeededFuture();
  }

  private Future<Void> notLearner() {
    return client.memberStatus().isLearner()
        ? Future.failedFuture("not supported for learner")
        : Future.succeededFuture();
  }

  private static void notFound(HttpServerResponse response) {
    error(response, 404, "404 page not found");
  }

  /** Details of an unexpected failure go to the log, not to the client. */
  private static void failed(HttpServerRequest request, Throwable failure) {
    LOG.error("{} failed", request.path(), failure);
    error(request.response(), 500, "quorate: internal error; the log of this member has it");
  }

  private static void error(HttpServerResponse response, int status, String text) {
    response.putHeader("Content-Type", TEXT).putHeader("X-Content-Type-Options", "nosniff");
    send(response.setStatusCode(status), text + "\n");
  }

  private static void send(HttpServerResponse response, String body) {
    if (!response.ended() && !response.closed()) {
      response.end(body);
    }
  }
}
