package io.quorate.vertx.service;

import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Keys and values, with etcd's meaning. Failures carry a code of {@link ServiceFailure}.
 *
 * <p>The short forms take and give text; the others as the request's encoding says.
 */
@ProxyGen
@VertxGen
public interface KvService {

  /** The service at {@code address}, with failures told apart and reads asked again elsewhere. */
  static KvService createProxy(Vertx vertx, String address) {
    return Callers.at(KvService.class, vertx, address);
  }

  /** The newest state of a key, linearizable; null if it is not there. */
  Future<@Nullable KeyValue> get(String key);

  Future<PutResult> put(String key, String value);

  /** Deletes one key. */
  Future<DeleteResult> delete(String key);

  /** Reads as much as the request says. */
  Future<RangeResult> range(RangeRequest request);

  Future<PutResult> putWith(PutRequest request);

  Future<DeleteResult> deleteRange(DeleteRequest request);

  /** All or nothing, in one revision. */
  Future<TxnResult> txn(TxnRequest request);

  /** Forgets history; gives the revision of the store. */
  Future<Long> compact(CompactRequest request);
}
