package io.quorate.history;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Requests and answers on one line, shorter than records show themselves. */
final class Shown {
  private Shown() {}

  static String of(Command command) {
    if (command instanceof Command.Op op) {
      return of(op);
    }
    return command.toString();
  }

  static String of(Command.Op op) {
    if (op instanceof Command.Put put) {
      return "put "
          + put.key()
          + "="
          + (put.ignoreValue() ? "(kept)" : put.value())
          + (put.ignoreLease() ? " lease (kept)" : put.lease() == 0 ? "" : " lease " + put.lease())
          + (put.prevKv() ? " prev" : "");
    } else if (op instanceof Command.DeleteRange delete) {
      return "delete " + of(delete.range()) + (delete.prevKv() ? " prev" : "");
    } else if (op instanceof Command.Range range) {
      return "get "
          + of(range.range())
          + (range.revision() > 0 ? " at " + range.revision() : "")
          + (range.limit() > 0 ? " limit " + range.limit() : "")
          + (range.sortOrder() == Command.SortOrder.NONE
                  && range.sortTarget() == Command.SortTarget.KEY
              ? ""
              : " " + range.sortOrder() + " by " + range.sortTarget())
          + (range.countOnly() ? " count" : "")
          + (range.keysOnly() ? " keys" : "")
          + (range.serializable() ? " serializable" : "");
    } else if (op instanceof Command.Txn txn) {
      return "if "
          + txn.compares().stream().map(Shown::of).toList()
          + " then "
          + txn.success().stream().map(Shown::of).toList()
          + " else "
          + txn.failure().stream().map(Shown::of).toList();
    }
    throw new IllegalStateException("unknown operation " + op);
  }

  private static String of(Command.Compare compare) {
    return compare.target()
        + "("
        + of(compare.range())
        + ") "
        + compare.result()
        + " "
        + (compare.target() == Command.CompareTarget.VALUE ? compare.value() : compare.number());
  }

  static String of(KeyRange range) {
    return range.isSingle()
        ? range.start().toString()
        : "[" + range.start() + ", " + (range.isOpenEnded() ? "" : range.end()) + ")";
  }

  static String of(@Nullable KeyValue kv) {
    if (kv == null) {
      return "none";
    }
    if (kv.isTombstone()) {
      return kv.key() + " gone at " + kv.modRevision();
    }
    return kv.key()
        + "="
        + kv.value()
        + " (created "
        + kv.createRevision()
        + ", modified "
        + kv.modRevision()
        + ", version "
        + kv.version()
        + (kv.lease() == 0 ? ")" : ", lease " + kv.lease() + ")");
  }

  static String of(Event event) {
    return event.type()
        + " "
        + of(event.kv())
        + (event.prevKv() == null ? "" : " before: " + of(event.prevKv()));
  }

  static String of(Operation.Outcome outcome) {
    if (outcome instanceof Operation.Succeeded succeeded) {
      return answer(succeeded.result());
    } else if (outcome instanceof Operation.Refused refused) {
      return "refused" + (refused.error() == null ? "" : ": " + refused.error());
    }
    return "unknown";
  }

  /** A {@link Result}, or the error in its place. */
  static String answer(Object answer) {
    if (answer instanceof EtcdError error) {
      return "refused: " + error;
    } else if (answer instanceof Result.Ranged ranged) {
      return "revision "
          + ranged.revision()
          + ", count "
          + ranged.count()
          + (ranged.more() ? " and more" : "")
          + " "
          + pairs(ranged.kvs());
    } else if (answer instanceof Result.Putted putted) {
      return "revision "
          + putted.revision()
          + (putted.prevKv() == null ? "" : ", before: " + of(putted.prevKv()));
    } else if (answer instanceof Result.Deleted deleted) {
      return "revision "
          + deleted.revision()
          + ", deleted "
          + deleted.deleted()
          + " "
          + pairs(deleted.prevKvs());
    } else if (answer instanceof Result.TxnDone done) {
      return "revision "
          + done.revision()
          + (done.succeeded() ? ", then " : ", else ")
          + done.responses().stream().map(Shown::answer).toList();
    }
    return String.valueOf(answer);
  }

  private static String pairs(List<KeyValue> kvs) {
    return kvs.stream().map(Shown::of).collect(Collectors.joining(", ", "[", "]"));
  }
}
