package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.between;
import static io.quorate.vertx.service.server.ArgumentChecks.hex;
import static io.quorate.vertx.service.server.ArgumentChecks.id;
import static io.quorate.vertx.service.server.ArgumentChecks.idOrNone;

import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.service.LeaseGrantRequest;
import io.quorate.vertx.service.LeaseGranted;
import io.quorate.vertx.service.LeaseService;
import io.quorate.vertx.service.LeaseTime;
import io.quorate.vertx.service.LeaseTimeToLiveRequest;
import io.vertx.core.Future;
import java.util.List;

/** Serves {@link LeaseService}. */
final class LeaseServer implements LeaseService {
  private final QuorateStore store;

  LeaseServer(QuorateClient client) {
    this.store = client.store();
  }

  @Override
  public Future<LeaseGranted> grant(long ttlSeconds) {
    return grantWith(new LeaseGrantRequest().setTtlSeconds(ttlSeconds));
  }

  @Override
  public Future<LeaseGranted> grantWith(LeaseGrantRequest request) {
    return ServerFailures.of(
        () ->
            store
                .leaseGrant(
                    idOrNone("leaseId", request.getLeaseId()),
                    between("ttlSeconds", 1, Long.MAX_VALUE, request.getTtlSeconds()))
                .map(
                    granted ->
                        new LeaseGranted()
                            .setLeaseId(hex(granted.id()))
                            .setTtlSeconds(granted.ttlSeconds())
                            .setRevision(granted.revision())));
  }

  @Override
  public Future<LeaseTime> keepAlive(String leaseId) {
    return ServerFailures.of(
        () ->
            store
                .leaseKeepAlive(id("leaseId", leaseId))
                .map(time -> time(time, time.grantedTtlSeconds() > 0, TextCodec.UTF8)));
  }

  @Override
  public Future<Long> revoke(String leaseId) {
    return ServerFailures.of(
        () -> store.leaseRevoke(id("leaseId", leaseId)).map(Result.LeaseRevoked::revision));
  }

  @Override
  public Future<LeaseTime> timeToLive(LeaseTimeToLiveRequest request) {
    return ServerFailures.of(
        () -> {
          TextCodec texts = TextCodec.of(request.getEncoding());
          return store
              .leaseTimeToLive(id("leaseId", request.getLeaseId()), request.isKeys())
              .map(time -> time(time, time.ttlSeconds() >= 0, texts));
        });
  }

  private static LeaseTime time(Result.LeaseTime time, boolean isThere, TextCodec texts) {
    if (!isThere) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    return new LeaseTime()
        .setLeaseId(hex(time.id()))
        .setTtlSeconds(time.ttlSeconds())
        .setGrantedTtlSeconds(time.grantedTtlSeconds())
        .setKeys(time.keys().stream().map(texts::key).toList())
        .setRevision(time.revision());
  }

  @Override
  public Future<List<String>> leases() {
    return ServerFailures.of(
        () -> store.leases().map(ids -> ids.stream().map(ArgumentChecks::hex).toList()));
  }
}
