package io.quorate.vertx.service;

import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Keys and values, with etcd's semantics. Failures carry a code of {@link ServiceFailure}.
 *
 * <p>Methods with string parameters use text; the others use the encoding of the request.
 */
@ProxyGen
@VertxGen
public interface KvService {

  /**
   * A proxy of the service at {@code address} that classifies failures and repeats calls which may
   * be executed twice.
   */
  static KvService createProxy(Vertx vertx, String address) {
    return RetryingProxy.at(KvService.class, vertx, address);
  }

  /** The newest state of a key; null if it does not exist. The read is linearizable. */
  Future<@Nullable KeyValuePair> get(String key);

  Future<PutResult> put(String key, String value);

  /** Deletes one key. */
  Future<DeleteResult> delete(String key);

  /** Reads a key or a range. */
  Future<RangeResult> range(RangeRequest request);

  Future<PutResult> putWith(PutRequest request);

  Future<DeleteResult> deleteRange(DeleteRequest request);

  /** Executes a transaction, in one revision. */
  Future<TxnResult> txn(TxnRequest request);

  /** Removes history. Completes with the store's revision. */
  Future<Long> compact(CompactRequest request);
}
