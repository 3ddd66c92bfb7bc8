package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.hex;

import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.service.DeleteResult;
import io.quorate.vertx.service.EventType;
import io.quorate.vertx.service.KeyValuePair;
import io.quorate.vertx.service.PutResult;
import io.quorate.vertx.service.RangeResult;
import io.quorate.vertx.service.TxnOpResult;
import io.quorate.vertx.service.TxnResult;
import io.quorate.vertx.service.WatchEvent;
import org.jspecify.annotations.Nullable;

/**
 * Maps results to their form on the bus.
 *
 * @param texts the request's encoding
 */
record KvResults(TextCodec texts) {

  KeyValuePair pair(KeyValue kv) {
    return new KeyValuePair()
        .setKey(texts.key(kv.key()))
        .setValue(texts.value(kv.key(), kv.value()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setLeaseId(kv.lease() == 0 ? null : hex(kv.lease()));
  }

  private @Nullable KeyValuePair pairOrNull(@Nullable KeyValue kv) {
    return kv == null ? null : pair(kv);
  }

  RangeResult ranged(Result.Ranged ranged) {
    return new RangeResult()
        .setRevision(ranged.revision())
        .setKvs(ranged.kvs().stream().map(this::pair).toList())
        .setMore(ranged.more())
        .setCount(ranged.count());
  }

  PutResult putted(Result.Putted putted) {
    return new PutResult().setRevision(putted.revision()).setPrevKv(pairOrNull(putted.prevKv()));
  }

  DeleteResult deleted(Result.Deleted deleted) {
    return new DeleteResult()
        .setRevision(deleted.revision())
        .setDeleted(deleted.deleted())
        .setPrevKvs(deleted.prevKvs().stream().map(this::pair).toList());
  }

  TxnResult txnDone(Result.TxnDone done) {
    return new TxnResult()
        .setRevision(done.revision())
        .setSucceeded(done.succeeded())
        .setResponses(done.responses().stream().map(this::op).toList());
  }

  private TxnOpResult op(Result.OpResult result) {
    TxnOpResult told = new TxnOpResult();
    if (result instanceof Result.Ranged ranged) {
      return told.setRange(ranged(ranged));
    } else if (result instanceof Result.Putted putted) {
      return told.setPut(putted(putted));
    } else if (result instanceof Result.Deleted deleted) {
      return told.setDelete(deleted(deleted));
    } else if (result instanceof Result.TxnDone done) {
      return told.setTxn(txnDone(done));
    }
    throw new IllegalStateException("result " + result);
  }

  WatchEvent event(Event event) {
    return new WatchEvent()
        .setType(EventType.valueOf(event.type().name()))
        .setKv(pair(event.kv()))
        .setPrevKv(pairOrNull(event.prevKv()));
  }
}
