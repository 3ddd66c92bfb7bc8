package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.Arguments.id;
import static io.quorate.vertx.service.server.Arguments.notEmpty;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.recipe.LeaseLine;
import io.quorate.vertx.service.Acquired;
import io.quorate.vertx.service.CampaignRequest;
import io.quorate.vertx.service.ElectionService;
import io.quorate.vertx.service.KeyValue;
import io.quorate.vertx.service.ProclaimRequest;
import io.quorate.vertx.service.ServiceFailure;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import java.util.Optional;

/** Elections. */
final class ElectionServer implements ElectionService {
  private static final KvResults RESULTS = new KvResults(Texts.UTF8);

  private final QuorateClient client;
  private final Waiting waiting;

  ElectionServer(QuorateClient client, Waiting waiting) {
    this.client = client;
    this.waiting = waiting;
  }

  @Override
  public Future<Acquired> campaign(CampaignRequest request) {
    return Answers.of(
        () ->
            waiting.enter(
                notEmpty("name", request.getName()),
                id("leaseId", request.getLeaseId()),
                new KvMapping(Texts.of(request.getEncoding())).value("value", request.getValue()),
                request.getWaitMillis()));
  }

  @Override
  public Future<Void> proclaim(ProclaimRequest request) {
    return Answers.of(
        () ->
            LeaseLine.put(
                    client,
                    Waiting.key(request.getKey()),
                    Waiting.token(request.getFencingToken()),
                    new KvMapping(Texts.of(request.getEncoding()))
                        .value("value", request.getValue()))
                .compose(
                    held ->
                        held
                            ? Future.succeededFuture()
                            : Future.failedFuture(
                                Answers.exception(
                                    ServiceFailure.NOT_HELD,
                                    request.getKey() + " does not lead any more"))));
  }

  @Override
  public Future<Boolean> resign(String key, long fencingToken) {
    return Answers.of(() -> waiting.leave(key, fencingToken));
  }

  @Override
  public Future<@Nullable KeyValue> leader(String name) {
    return Answers.of(
        () -> new LeaseLine(client, notEmpty("name", name)).first().map(ElectionServer::pair));
  }

  @SuppressWarnings("NullAway") // of a future's result it does not know that it may be null
  private static @Nullable KeyValue pair(Optional<io.quorate.command.KeyValue> first) {
    return first.map(RESULTS::pair).orElse(null);
  }
}
