package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.id;
import static io.quorate.vertx.service.server.ArgumentChecks.notEmpty;

import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.recipe.LeaseLine;
import io.quorate.vertx.service.Acquired;
import io.quorate.vertx.service.CampaignRequest;
import io.quorate.vertx.service.ElectionService;
import io.quorate.vertx.service.KeyValuePair;
import io.quorate.vertx.service.ProclaimRequest;
import io.quorate.vertx.service.ServiceFailure;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;
import java.util.Optional;

/** Serves {@link ElectionService}. */
final class ElectionServer implements ElectionService {
  private static final KvResults RESULTS = new KvResults(TextCodec.UTF8);

  private final QuorateClient client;
  private final WaitingCallers waiting;

  ElectionServer(QuorateClient client, WaitingCallers waiting) {
    this.client = client;
    this.waiting = waiting;
  }

  @Override
  public Future<Acquired> campaign(CampaignRequest request) {
    return ServerFailures.of(
        () ->
            waiting.enter(
                notEmpty("name", request.getName()),
                id("leaseId", request.getLeaseId()),
                new KvMapping(TextCodec.of(request.getEncoding()))
                    .value("value", request.getValue()),
                request.getWaitMillis()));
  }

  @Override
  public Future<Void> proclaim(ProclaimRequest request) {
    return ServerFailures.of(
        () ->
            LeaseLine.put(
                    client,
                    WaitingCallers.key(request.getKey()),
                    WaitingCallers.token(request.getFencingToken()),
                    new KvMapping(TextCodec.of(request.getEncoding()))
                        .value("value", request.getValue()))
                .compose(
                    held ->
                        held
                            ? Future.succeededFuture()
                            : Future.failedFuture(
                                ServerFailures.exception(
                                    ServiceFailure.NOT_HELD,
                                    request.getKey() + " no longer leads"))));
  }

  @Override
  public Future<Boolean> resign(String key, long fencingToken) {
    return ServerFailures.of(() -> waiting.leave(key, fencingToken));
  }

  @Override
  public Future<@Nullable KeyValuePair> leader(String name) {
    return ServerFailures.of(
        () -> new LeaseLine(client, notEmpty("name", name)).first().map(ElectionServer::pair));
  }

  @SuppressWarnings("NullAway") // NullAway does not know that a future's result may be null
  private static @Nullable KeyValuePair pair(Optional<KeyValue> first) {
    return first.map(RESULTS::pair).orElse(null);
  }
}
