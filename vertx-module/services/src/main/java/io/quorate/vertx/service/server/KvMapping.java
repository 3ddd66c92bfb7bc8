package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.idOrNone;
import static io.quorate.vertx.service.server.ArgumentChecks.notEmpty;
import static io.quorate.vertx.service.server.ArgumentChecks.notNegative;
import static io.quorate.vertx.service.server.ArgumentChecks.required;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Validation;
import io.quorate.vertx.service.Compare;
import io.quorate.vertx.service.CompareTarget;
import io.quorate.vertx.service.DeleteRequest;
import io.quorate.vertx.service.Encoding;
import io.quorate.vertx.service.PutRequest;
import io.quorate.vertx.service.RangeRequest;
import io.quorate.vertx.service.TxnOp;
import io.quorate.vertx.service.TxnRequest;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Maps requests to commands.
 *
 * @param texts the request's encoding
 */
record KvMapping(TextCodec texts) {

  Bytes key(String name, @Nullable String key) {
    return texts.bytes(name, notEmpty(name, key));
  }

  KeyRange range(@Nullable String key, @Nullable String rangeEnd, @Nullable String prefix) {
    if (prefix != null) {
      if (key != null || rangeEnd != null) {
        throw ServerFailures.wrong("prefix", "stands alone, without a key and a rangeEnd");
      }
      return KeyRange.prefix(texts.bytes("prefix", prefix));
    }
    Bytes start = key("key", key);
    return rangeEnd == null || rangeEnd.isEmpty()
        ? KeyRange.single(start)
        : new KeyRange(start, texts.bytes("rangeEnd", rangeEnd));
  }

  Command.Range range(RangeRequest request) {
    return new Command.Range(
        range(request.getKey(), request.getRangeEnd(), request.getPrefix()),
        notNegative("limit", request.getLimit()),
        notNegative("revision", request.getRevision()),
        Command.SortOrder.valueOf(required("sortOrder", request.getSortOrder()).name()),
        Command.SortTarget.valueOf(required("sortTarget", request.getSortTarget()).name()),
        request.isSerializable(),
        request.isKeysOnly(),
        request.isCountOnly(),
        notNegative("minModRevision", request.getMinModRevision()),
        notNegative("maxModRevision", request.getMaxModRevision()),
        notNegative("minCreateRevision", request.getMinCreateRevision()),
        notNegative("maxCreateRevision", request.getMaxCreateRevision()));
  }

  Command.Put put(PutRequest request) {
    return new Command.Put(
        key("key", request.getKey()),
        value("value", request.getValue()),
        idOrNone("leaseId", request.getLeaseId()),
        request.isPrevKv(),
        request.isIgnoreValue(),
        request.isIgnoreLease());
  }

  Bytes value(String name, @Nullable String value) {
    return value == null ? Bytes.EMPTY : texts.bytes(name, value);
  }

  Command.DeleteRange delete(DeleteRequest request) {
    return new Command.DeleteRange(
        range(request.getKey(), request.getRangeEnd(), request.getPrefix()), request.isPrevKv());
  }

  /**
   * @param depth 1 for the outermost transaction
   */
  Command.Txn txn(TxnRequest request, int depth) {
    if (depth > Validation.MAX_TXN_DEPTH) {
      throw ServerFailures.wrong("txn", "is nested deeper than " + Validation.MAX_TXN_DEPTH);
    }
    return new Command.Txn(
        request.getCompares().stream().map(this::compare).toList(),
        ops("success", request.getSuccess(), depth),
        ops("failure", request.getFailure(), depth));
  }

  private Command.Compare compare(Compare compare) {
    CompareTarget target = required("target", compare.getTarget());
    return new Command.Compare(
        range(compare.getKey(), compare.getRangeEnd(), compare.getPrefix()),
        Command.CompareResult.valueOf(required("result", compare.getResult()).name()),
        Command.CompareTarget.valueOf(target.name()),
        number(target, compare),
        value(target, compare));
  }

  /**
   * The number to compare with. A value given for another target is refused, because it would
   * otherwise be ignored.
   */
  private static long number(CompareTarget target, Compare compare) {
    boolean isLease = target == CompareTarget.LEASE;
    if (compare.getLeaseId() != null && !isLease) {
      throw ServerFailures.wrong("leaseId", "is only for the target LEASE");
    }
    if (compare.getNumber() != 0 && (isLease || target == CompareTarget.VALUE)) {
      throw ServerFailures.wrong("number", "is not for the target " + target);
    }
    return isLease ? idOrNone("leaseId", compare.getLeaseId()) : compare.getNumber();
  }

  private Bytes value(CompareTarget target, Compare compare) {
    if (target == CompareTarget.VALUE) {
      return texts.bytes("value", required("value", compare.getValue()));
    }
    if (compare.getValue() != null) {
      throw ServerFailures.wrong("value", "is only for the target VALUE");
    }
    return Bytes.EMPTY;
  }

  private List<Command.Op> ops(String name, List<TxnOp> ops, int depth) {
    return ops.stream().map(op -> op(name, op, depth)).toList();
  }

  private Command.Op op(String name, TxnOp op, int depth) {
    long set =
        Stream.of(op.getRange(), op.getPut(), op.getDelete(), op.getTxn())
            .filter(part -> part != null)
            .count();
    if (set != 1) {
      throw ServerFailures.wrong(name, "each operation must be one of range, put, delete and txn");
    }
    String encoding = name + ".encoding";
    RangeRequest range = op.getRange();
    if (range != null) {
      return within(encoding, range.getEncoding()).range(range);
    }
    PutRequest put = op.getPut();
    if (put != null) {
      return within(encoding, put.getEncoding()).put(put);
    }
    DeleteRequest delete = op.getDelete();
    if (delete != null) {
      return within(encoding, delete.getEncoding()).delete(delete);
    }
    TxnRequest txn = required(name, op.getTxn());
    return within(encoding, txn.getEncoding()).txn(txn, depth + 1);
  }

  /**
   * The mapping for an operation inside a transaction, whose encoding must be the transaction's.
   */
  private KvMapping within(String name, @Nullable Encoding part) {
    if (part != null && part != texts.encoding()) {
      throw ServerFailures.wrong(name, "must not differ from the encoding of the whole request");
    }
    return this;
  }
}
