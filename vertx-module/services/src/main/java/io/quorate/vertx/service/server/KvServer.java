package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.between;
import static io.quorate.vertx.service.server.ArgumentChecks.required;

import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.service.CompactRequest;
import io.quorate.vertx.service.DeleteRequest;
import io.quorate.vertx.service.DeleteResult;
import io.quorate.vertx.service.KeyValuePair;
import io.quorate.vertx.service.KvService;
import io.quorate.vertx.service.PutRequest;
import io.quorate.vertx.service.PutResult;
import io.quorate.vertx.service.RangeRequest;
import io.quorate.vertx.service.RangeResult;
import io.quorate.vertx.service.TxnRequest;
import io.quorate.vertx.service.TxnResult;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.core.Future;

/** Serves {@link KvService}. */
final class KvServer implements KvService {
  private static final KvMapping UTF8 = new KvMapping(TextCodec.UTF8);
  private static final KvResults UTF8_RESULTS = new KvResults(TextCodec.UTF8);

  private final QuorateStore store;

  KvServer(QuorateClient client) {
    this.store = client.store();
  }

  @Override
  public Future<@Nullable KeyValuePair> get(String key) {
    return ServerFailures.of(
        () ->
            store
                .range(Command.Range.of(KeyRange.single(UTF8.key("key", key))))
                .map(KvServer::first));
  }

  @SuppressWarnings("NullAway") // NullAway does not know that a future's result may be null
  private static @Nullable KeyValuePair first(Result.Ranged read) {
    return read.kvs().isEmpty() ? null : UTF8_RESULTS.pair(read.kvs().get(0));
  }

  @Override
  public Future<PutResult> put(String key, String value) {
    return ServerFailures.of(
        () ->
            store
                .put(
                    Command.Put.of(
                        UTF8.key("key", key), UTF8.value("value", required("value", value))))
                .map(UTF8_RESULTS::putted));
  }

  @Override
  public Future<DeleteResult> delete(String key) {
    return ServerFailures.of(
        () ->
            store
                .delete(new Command.DeleteRange(KeyRange.single(UTF8.key("key", key)), false))
                .map(UTF8_RESULTS::deleted));
  }

  @Override
  public Future<RangeResult> range(RangeRequest request) {
    return ServerFailures.of(
        () -> {
          TextCodec texts = TextCodec.of(request.getEncoding());
          return store.range(new KvMapping(texts).range(request)).map(new KvResults(texts)::ranged);
        });
  }

  @Override
  public Future<PutResult> putWith(PutRequest request) {
    return ServerFailures.of(
        () -> {
          TextCodec texts = TextCodec.of(request.getEncoding());
          return store.put(new KvMapping(texts).put(request)).map(new KvResults(texts)::putted);
        });
  }

  @Override
  public Future<DeleteResult> deleteRange(DeleteRequest request) {
    return ServerFailures.of(
        () -> {
          TextCodec texts = TextCodec.of(request.getEncoding());
          return store
              .delete(new KvMapping(texts).delete(request))
              .map(new KvResults(texts)::deleted);
        });
  }

  @Override
  public Future<TxnResult> txn(TxnRequest request) {
    return ServerFailures.of(
        () -> {
          TextCodec texts = TextCodec.of(request.getEncoding());
          return store.txn(new KvMapping(texts).txn(request, 1)).map(new KvResults(texts)::txnDone);
        });
  }

  @Override
  public Future<Long> compact(CompactRequest request) {
    return ServerFailures.of(
        () ->
            store
                .compact(
                    new Command.Compact(
                        between("revision", 1, Long.MAX_VALUE, request.getRevision()),
                        request.isPhysical()))
                .map(Result.Compacted::revision));
  }
}
