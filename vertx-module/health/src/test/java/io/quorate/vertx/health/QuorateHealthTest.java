package io.quorate.vertx.health;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Loopback;
import io.quorate.vertx.testing.member.OneMember;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.healthchecks.HealthCheckHandler;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuorateHealthTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private CheckResult check(Handler<Promise<Status>> procedure) {
    return await(HealthChecks.create(vertx).register("it", procedure).checkStatus("it"));
  }

  private void isWell(Handler<Promise<Status>> procedure) {
    CheckResult result = check(procedure);
    assertThat(CheckResult.isUp(result)).as(result.toJson().encode()).isTrue();
  }

  private void isBad(Handler<Promise<Status>> procedure, String reason) {
    CheckResult result = check(procedure);
    assertThat(CheckResult.isUp(result)).isFalse();
    assertThat(result.getData().getString("reason")).contains(reason);
  }

  private void alarm(OneMember member, Command.AlarmAction action) {
    long id = member.server().client().memberStatus().memberId();
    await(member.server().client().alarm(new Command.Alarm(action, id, Command.AlarmType.NOSPACE)));
  }

  @Test
  void aMemberIsWellUntilItIsClosed(@TempDir Path directory) {
    OneMember member = new OneMember(directory);
    QuorateServer server = member.server();
    Handler<Promise<Status>> live = QuorateHealth.liveness(vertx, server);
    Handler<Promise<Status>> ready = QuorateHealth.readiness(vertx, server);
    Await.untilTrue("ready", () -> CheckResult.isUp(check(ready)));
    isWell(live);
    JsonObject data = check(ready).getData();
    assertThat(data.getString("leader")).isEqualTo(data.getString("member")).isNotEqualTo("0");
    assertThat(data.containsKey("reason")).isFalse();
    member.close();
    isBad(live, "is closed");
    isBad(ready, "is closed");
  }

  @Test
  void anAlarmMakesAMemberNotReadyUnlessItIsTolerated(@TempDir Path directory) {
    try (OneMember member = new OneMember(directory)) {
      Handler<Promise<Status>> ready = QuorateHealth.readiness(vertx, member.server());
      Await.untilTrue("ready", () -> CheckResult.isUp(check(ready)));
      alarm(member, Command.AlarmAction.ACTIVATE);
      isBad(ready, "alarm NOSPACE of member ");
      isWell(QuorateHealth.liveness(vertx, member.server()));
      isWell(
          QuorateHealth.readiness(vertx, member.server(), 800, Set.of(Command.AlarmType.NOSPACE)));
      alarm(member, Command.AlarmAction.DEACTIVATE);
      isWell(ready);
    }
  }

  /** One of two members, of which the other never starts. */
  private static QuorateServer lonely(Path directory) {
    URI client = Loopback.url(Loopback.freePort());
    URI peer = Loopback.url(Loopback.freePort());
    return await(
        QuorateServer.start(
            new QuorateOptions()
                .setName("one")
                .setDataDir(directory)
                .setListenClientUrls(List.of(client))
                .setAdvertiseClientUrls(List.of(client))
                .setListenPeerUrls(List.of(peer))
                .setInitialAdvertisePeerUrls(List.of(peer))
                .setHeartbeatIntervalMillis(20)
                .setElectionTimeoutMillis(200)
                .setInitialCluster(
                    Map.of(
                        "one", List.of(peer), "two", List.of(Loopback.url(Loopback.freePort()))))));
  }

  @Test
  void withoutAQuorumAMemberIsAliveButNotReadyAndItsClientsAreToldInTime(@TempDir Path directory) {
    QuorateServer server = lonely(directory);
    isWell(QuorateHealth.liveness(vertx, server));
    isBad(QuorateHealth.readiness(vertx, server), "no leader");
    QuorateClient client = QuorateClient.over(vertx, server.client(vertx));
    long begin = System.nanoTime();
    isBad(QuorateHealth.client(client, 300), "no answer to a read within 300 ms");
    assertThat((System.nanoTime() - begin) / 1_000_000).isLessThan(1_000);
    Void unused = await(server.close());
  }

  @Test
  void aClientIsWellWhileItsStoreAnswers(@TempDir Path directory) {
    OneMember member = new OneMember(directory);
    RemoteStore store =
        new RemoteStore(
            vertx, new RemoteOptions(List.of(member.clientUrl())).setRequestTimeoutMillis(200));
    Handler<Promise<Status>> procedure = QuorateHealth.client(QuorateClient.over(vertx, store));
    Await.untilTrue("well", () -> CheckResult.isUp(check(procedure)));
    member.close();
    isBad(procedure, member.clientUrl().toString());
    Void unused = await(store.close());
    isBad(procedure, "the store is closed");
  }

  @Test
  void aRouterOfVertxWebAnswersForThem(@TempDir Path directory) {
    OneMember member = new OneMember(directory);
    QuorateServer server = member.server();
    QuorateClient client = QuorateClient.over(vertx, server.client(vertx));
    Handler<Promise<Status>> readiness = QuorateHealth.readiness(vertx, server);
    Await.untilTrue("ready", () -> CheckResult.isUp(check(readiness)));
    Router router = Router.router(vertx);
    // tag::route[]
    HealthChecks alive =
        HealthChecks.create(vertx).register("quorate", QuorateHealth.liveness(vertx, server));
    HealthChecks ready =
        HealthChecks.create(vertx)
            .register("quorate", QuorateHealth.readiness(vertx, server))
            .register("prices", QuorateHealth.client(client));
    router.get("/livez").handler(HealthCheckHandler.createWithHealthChecks(alive));
    router.get("/readyz").handler(HealthCheckHandler.createWithHealthChecks(ready));
    // end::route[]
    int port =
        await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1")).actualPort();
    assertThat(status(port, "/livez")).isEqualTo(200);
    assertThat(status(port, "/readyz")).isEqualTo(200);
    member.close();
    assertThat(status(port, "/livez")).isEqualTo(503);
    assertThat(status(port, "/readyz")).isEqualTo(503);
  }

  private int status(int port, String path) {
    return await(
        vertx
            .createHttpClient()
            .request(HttpMethod.GET, port, "127.0.0.1", path)
            .compose(request -> request.send())
            .map(response -> response.statusCode()));
  }
}
