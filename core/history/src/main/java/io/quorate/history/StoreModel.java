package io.quorate.history;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * etcd's store, one request after the other, in its plainest form: for every key the list of its
 * versions, tombstones too, beside the revision, the leases and the compacted revision. Nothing is
 * ever forgotten, so any past state can be read, and any number of last steps be taken back.
 *
 * <p>Written from etcd's documented behaviour and apart from the production store, whose judge it
 * is. An answer's order among pairs that sort alike is by key.
 *
 * <p>Invariants: (1) versions of a key ascend by modification revision; (2) the newest belongs to
 * {@link #revision} or an earlier one, between requests; (3) a key's lease, if any, is there.
 */
public final class StoreModel {
  private final TreeMap<Bytes, ArrayList<KeyValue>> versions = new TreeMap<>();
  private final TreeSet<Long> leases = new TreeSet<>();
  private final ArrayList<KeyValue> writes = new ArrayList<>();
  private final ArrayList<Undo> journal = new ArrayList<>();
  private final long salt;
  private long revision = 1;
  private long compacted = -1;
  private long pastPrint;
  private long presentPrint;

  /** The revision when the request under way began is {@link #revision}; it has written so much. */
  private int written;

  /** One step that can be taken back. */
  private sealed interface Undo {}

  private record Wrote(Bytes key) implements Undo {}

  private record Granted(long lease) implements Undo {}

  private record Ended(long lease) implements Undo {}

  private record Revision(long before) implements Undo {}

  private record CompactedFrom(long before) implements Undo {}

  /** An empty store, at revision 1. */
  public StoreModel() {
    this(0);
  }

  /**
   * @param salt makes fingerprints different ones
   */
  StoreModel(long salt) {
    this.salt = salt;
  }

  // ---- one request

  /**
   * The next request.
   *
   * @return its {@link Result}, or the {@link EtcdError} it is refused with; nothing has changed
   *     then
   */
  public Object apply(Operation.Request request) {
    int mark = mark();
    written = 0;
    try {
      Object answer =
          request instanceof Operation.Read read
              ? range(read.range(), revision)
              : apply(((Operation.Do) request).command());
      endRevision();
      return answer;
    } catch (EtcdException refused) {
      undo(mark);
      return refused.error();
    }
  }

  private Result apply(Command command) {
    if (command instanceof Command.Put put) {
      return put(put, Long.MAX_VALUE);
    } else if (command instanceof Command.DeleteRange delete) {
      return delete(delete);
    } else if (command instanceof Command.Txn txn) {
      List<Result.OpResult> responses = new ArrayList<>();
      boolean succeeded = txn(txn, responses);
      return new Result.TxnDone(now(), succeeded, responses);
    } else if (command instanceof Command.Compact compact) {
      return compact(compact.revision());
    } else if (command instanceof Command.LeaseGrant grant) {
      return grant(grant);
    } else if (command instanceof Command.LeaseRevoke revoke) {
      if (!leases.contains(revoke.id())) {
        throw EtcdError.LEASE_NOT_FOUND.exception();
      }
      end(revoke.id());
      return new Result.LeaseRevoked(now());
    } else if (command instanceof Command.LeaseExpire expire) {
      List<Long> expired = new ArrayList<>();
      for (long id : expire.ids()) {
        if (leases.contains(id)) {
          end(id);
          endRevision();
          expired.add(id);
        }
      }
      return new Result.LeasesExpired(revision, expired);
    }
    throw new IllegalArgumentException("not a request this model knows: " + command);
  }

  /** The revision an answer shows: the next one as soon as something was written. */
  private long now() {
    return written > 0 ? revision + 1 : revision;
  }

  private void endRevision() {
    if (written > 0) {
      journal.add(new Revision(revision));
      revision++;
      written = 0;
    }
  }

  // ---- keys

  /**
   * @param before the state that keeping a value or lease is decided on, as a revision
   */
  private Result.Putted put(Command.Put put, long before) {
    KeyValue old = live(put.key(), Long.MAX_VALUE);
    boolean keeps = put.ignoreValue() || put.ignoreLease();
    if (keeps && (old == null || live(put.key(), before) == null)) {
      throw EtcdError.KEY_NOT_FOUND.exception();
    }
    if (put.lease() != 0 && !leases.contains(put.lease())) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    long mod = revision + 1;
    write(
        new KeyValue(
            put.key(),
            put.ignoreValue() && old != null ? old.value() : put.value(),
            old == null ? mod : old.createRevision(),
            mod,
            old == null ? 1 : old.version() + 1,
            put.ignoreLease() && old != null ? old.lease() : put.lease()));
    return new Result.Putted(now(), put.prevKv() ? old : null);
  }

  private Result.Deleted delete(Command.DeleteRange delete) {
    List<KeyValue> gone = live(delete.range(), Long.MAX_VALUE);
    for (KeyValue kv : gone) {
      write(KeyValue.tombstone(kv.key(), revision + 1));
    }
    return new Result.Deleted(now(), gone.size(), delete.prevKv() ? gone : List.of());
  }

  private boolean txn(Command.Txn txn, List<Result.OpResult> responses) {
    boolean succeeded = holds(txn.compares(), revision);
    for (Command.Op op : succeeded ? txn.success() : txn.failure()) {
      if (op instanceof Command.Put put) {
        responses.add(put(put, revision));
      } else if (op instanceof Command.DeleteRange delete) {
        responses.add(delete(delete));
      } else if (op instanceof Command.Range range) {
        if (range.revision() < 0 && range.revision() < compacted) {
          throw EtcdError.COMPACTED.exception();
        }
        responses.add(range(range, revision));
      } else if (op instanceof Command.Txn nested) {
        List<Result.OpResult> inner = new ArrayList<>();
        boolean innerSucceeded = txn(nested, inner);
        responses.add(new Result.TxnDone(0, innerSucceeded, inner));
      }
    }
    return succeeded;
  }

  /** All of them, on the state that {@code at} was the newest revision of. */
  private boolean holds(List<Command.Compare> compares, long at) {
    for (Command.Compare compare : compares) {
      List<KeyValue> pairs = live(compare.range(), at);
      if (pairs.isEmpty()) {
        // A key that is not there has zeros for numbers, but no value at all.
        if (compare.target() == Command.CompareTarget.VALUE
            || !holds(compare, KeyValue.tombstone(Bytes.EMPTY, 0))) {
          return false;
        }
      }
      for (KeyValue pair : pairs) {
        if (!holds(compare, pair)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean holds(Command.Compare compare, KeyValue kv) {
    int order =
        switch (compare.target()) {
          case VERSION -> Long.compare(kv.version(), compare.number());
          case CREATE -> Long.compare(kv.createRevision(), compare.number());
          case MOD -> Long.compare(kv.modRevision(), compare.number());
          case LEASE -> Long.compare(kv.lease(), compare.number());
          case VALUE -> kv.value().compareTo(compare.value());
        };
    return switch (compare.result()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
    };
  }

  /**
   * @param newest the newest revision there is for a reader; what the request under way has written
   *     itself is seen beside it if this is {@link #revision}
   */
  private Result.Ranged range(Command.Range range, long newest) {
    if (range.revision() > newest) {
      throw EtcdError.FUTURE_REV.exception();
    }
    if (range.revision() > 0 && range.revision() < compacted) {
      throw EtcdError.COMPACTED.exception();
    }
    boolean own = newest == revision && written > 0;
    long header = own ? newest + 1 : newest;
    return select(live(range.range(), range.revision() > 0 ? range.revision() : header), range)
        .ranged(header);
  }

  /** What a range makes of the live keys it speaks of. */
  private record Selected(List<KeyValue> kvs, boolean more, long count) {
    Result.Ranged ranged(long header) {
      return new Result.Ranged(header, kvs, more, count);
    }
  }

  private static Selected select(List<KeyValue> live, Command.Range range) {
    if (range.countOnly()) {
      return new Selected(List.of(), false, live.size());
    }
    boolean filtered =
        range.minModRevision() != 0
            || range.maxModRevision() != 0
            || range.minCreateRevision() != 0
            || range.maxCreateRevision() != 0;
    boolean limited = range.limit() > 0;
    List<KeyValue> kvs = new ArrayList<>(live);
    if (filtered) {
      kvs.removeIf(
          kv ->
              outside(kv.modRevision(), range.minModRevision(), range.maxModRevision())
                  || outside(
                      kv.createRevision(), range.minCreateRevision(), range.maxCreateRevision()));
    }
    boolean more = limited && kvs.size() > range.limit();
    if (more && !filtered && range.sortOrder() == Command.SortOrder.NONE) {
      // Without an order asked for, only one pair more than the limit is ever looked at.
      kvs = new ArrayList<>(kvs.subList(0, (int) range.limit() + 1));
    }
    Comparator<KeyValue> order =
        switch (range.sortTarget()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    if (range.sortOrder() == Command.SortOrder.DESCEND) {
      kvs.sort(order.reversed());
    } else if (range.sortTarget() != Command.SortTarget.KEY) {
      kvs.sort(order);
    }
    if (more) {
      kvs = kvs.subList(0, (int) range.limit());
    }
    if (range.keysOnly()) {
      boolean byValue = range.sortTarget() == Command.SortTarget.VALUE;
      kvs.replaceAll(byValue ? KeyValue::withEmptyValue : KeyValue::withoutValue);
    }
    return new Selected(kvs, more, live.size());
  }

  private static boolean outside(long number, long min, long max) {
    return (min != 0 && number < min) || (max != 0 && number > max);
  }

  /** The live pairs of {@code range} in key order, as of revision {@code at}. */
  List<KeyValue> live(KeyRange range, long at) {
    if (range.isSingle()) {
      KeyValue kv = live(range.start(), at);
      return kv == null ? List.of() : List.of(kv);
    }
    NavigableMap<Bytes, ArrayList<KeyValue>> from = versions.tailMap(range.start(), true);
    List<KeyValue> found = new ArrayList<>();
    for (Map.Entry<Bytes, ArrayList<KeyValue>> entry : from.entrySet()) {
      if (!range.contains(entry.getKey())) {
        break;
      }
      KeyValue kv = asOf(entry.getValue(), at);
      if (kv != null && !kv.isTombstone()) {
        found.add(kv);
      }
    }
    return found;
  }

  @Nullable KeyValue live(Bytes key, long at) {
    KeyValue kv = newest(key, at);
    return kv == null || kv.isTombstone() ? null : kv;
  }

  /** The last change of {@code key} up to {@code at}, null if there was none. */
  @Nullable KeyValue newest(Bytes key, long at) {
    List<KeyValue> all = versions.get(key);
    return all == null ? null : asOf(all, at);
  }

  private static @Nullable KeyValue asOf(List<KeyValue> all, long at) {
    int low = 0;
    int high = all.size();
    if (high > 0 && all.get(high - 1).modRevision() <= at) {
      return all.get(high - 1);
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (all.get(middle).modRevision() <= at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : all.get(low - 1);
  }

  private void write(KeyValue kv) {
    ArrayList<KeyValue> all = versions.computeIfAbsent(kv.key(), k -> new ArrayList<>());
    if (!all.isEmpty()) {
      presentPrint -= print(all.get(all.size() - 1));
    }
    all.add(kv);
    writes.add(kv);
    long print = print(kv);
    presentPrint += print;
    pastPrint += print;
    written++;
    journal.add(new Wrote(kv.key()));
  }

  // ---- leases and compaction

  private Result grant(Command.LeaseGrant grant) {
    if (!leases.add(grant.id())) {
      throw EtcdError.LEASE_EXIST.exception();
    }
    presentPrint += print(grant.id());
    journal.add(new Granted(grant.id()));
    return new Result.LeaseGranted(revision, grant.id(), grant.ttlSeconds());
  }

  /** The keys go in one revision, in their order, and the lease with them. */
  private void end(long lease) {
    for (KeyValue kv : attached(lease, Long.MAX_VALUE)) {
      write(KeyValue.tombstone(kv.key(), revision + 1));
    }
    leases.remove(lease);
    presentPrint -= print(lease);
    journal.add(new Ended(lease));
  }

  /** Pairs that hang on {@code lease}, as of revision {@code at}. */
  List<KeyValue> attached(long lease, long at) {
    List<KeyValue> attached = new ArrayList<>();
    for (ArrayList<KeyValue> all : versions.values()) {
      KeyValue kv = asOf(all, at);
      if (kv != null && kv.lease() == lease) {
        attached.add(kv);
      }
    }
    return attached;
  }

  private Result compact(long at) {
    if (at <= compacted) {
      throw EtcdError.COMPACTED.exception();
    }
    if (at > revision) {
      throw EtcdError.FUTURE_REV.exception();
    }
    journal.add(new CompactedFrom(compacted));
    compacted = at;
    return new Result.Compacted(revision);
  }

  // ---- reading as of a revision

  /**
   * What a read-only request is answered by a member whose newest revision is {@code newest};
   * compaction is left out of it.
   *
   * @return a {@link Result}, or an {@link EtcdError}
   * @throws IllegalArgumentException the request writes
   */
  public Object readAsOf(Operation.Request request, long newest) {
    try {
      if (request instanceof Operation.Read read) {
        return readAsOf(read.range(), newest);
      }
      if (((Operation.Do) request).command() instanceof Command.Txn txn) {
        boolean succeeded = holds(txn.compares(), newest);
        List<Result.OpResult> responses = new ArrayList<>();
        for (Command.Op op : succeeded ? txn.success() : txn.failure()) {
          if (!(op instanceof Command.Range range)) {
            throw new IllegalArgumentException("not a read: " + Shown.of(op));
          }
          responses.add(readAsOf(range, newest));
        }
        return new Result.TxnDone(newest, succeeded, responses);
      }
      throw new IllegalArgumentException("not a read: " + request);
    } catch (EtcdException refused) {
      return refused.error();
    }
  }

  private Result.Ranged readAsOf(Command.Range range, long newest) {
    if (range.revision() > newest) {
      throw EtcdError.FUTURE_REV.exception();
    }
    long at = range.revision() > 0 ? range.revision() : newest;
    return select(live(range.range(), at), range).ranged(newest);
  }

  // ---- what there is

  public long revision() {
    return revision;
  }

  /** -1 if never compacted. */
  public long compactRevision() {
    return compacted;
  }

  /** Ids of the leases there are, ascending. */
  public NavigableSet<Long> leases() {
    return Collections.unmodifiableNavigableSet(leases);
  }

  /** The live pairs as of {@code at}, in key order. */
  public List<KeyValue> pairs(long at) {
    return live(KeyRange.all(), at);
  }

  /** Every change there was, in order. */
  public Changes changes() {
    TreeMap<Long, List<KeyValue>> byRevision = new TreeMap<>();
    for (KeyValue kv : writes) {
      byRevision.computeIfAbsent(kv.modRevision(), r -> new ArrayList<>()).add(kv);
    }
    List<Changes.Change> changes = new ArrayList<>();
    byRevision.forEach((r, kvs) -> changes.add(new Changes.Change(r, kvs)));
    return new Changes(changes);
  }

  /**
   * Takes over changes as they are, without a request behind them; cannot be taken back.
   *
   * @throws IllegalArgumentException revisions do not ascend
   */
  void load(List<Changes.Change> changes) {
    for (Changes.Change change : changes) {
      if (change.revision() <= revision) {
        throw new IllegalArgumentException(
            "revision " + change.revision() + " follows " + revision);
      }
      revision = change.revision();
      change.kvs().forEach(this::write);
    }
    written = 0;
    journal.clear();
  }

  // ---- going back

  /** Names the present state for {@link #undo}; equal marks, one after the other: no change. */
  int mark() {
    return journal.size();
  }

  /** Back to the state of {@code mark}. */
  void undo(int mark) {
    while (journal.size() > mark) {
      Undo last = journal.remove(journal.size() - 1);
      if (last instanceof Wrote wrote) {
        unwrite(wrote.key());
      } else if (last instanceof Granted granted) {
        leases.remove(granted.lease());
        presentPrint -= print(granted.lease());
      } else if (last instanceof Ended ended) {
        leases.add(ended.lease());
        presentPrint += print(ended.lease());
      } else if (last instanceof Revision before) {
        revision = before.before();
      } else if (last instanceof CompactedFrom from) {
        compacted = from.before();
      }
    }
    written = 0;
  }

  private void unwrite(Bytes key) {
    ArrayList<KeyValue> all = versions.get(key);
    if (all == null) {
      throw new IllegalStateException("no version of " + key + " to take back");
    }
    KeyValue gone = all.remove(all.size() - 1);
    writes.remove(writes.size() - 1);
    long print = print(gone);
    presentPrint -= print;
    pastPrint -= print;
    if (all.isEmpty()) {
      versions.remove(key);
    } else {
      presentPrint += print(all.get(all.size() - 1));
    }
  }

  /** Keys written since {@code mark}; one that was written twice is there twice. */
  List<Bytes> writtenSince(int mark) {
    List<Bytes> keys = new ArrayList<>();
    for (int i = mark; i < journal.size(); i++) {
      if (journal.get(i) instanceof Wrote wrote) {
        keys.add(wrote.key());
      }
    }
    return keys;
  }

  /**
   * 64 bits that two different states have in common only by accident.
   *
   * @param past whether states that differ only in what can be read at past revisions differ
   */
  long fingerprint(boolean past) {
    return mix(
        presentPrint + mix(revision + 31 * compacted + salt) + (past ? mix(pastPrint + 1) : 0));
  }

  private long print(long lease) {
    return mix(mix(lease ^ salt) + 7);
  }

  private long print(KeyValue kv) {
    if (kv.isTombstone()) {
      return mix(print(kv.key()) + mix(kv.modRevision() + 3));
    }
    long h = print(kv.key());
    h = mix(h * 31 + print(kv.value()));
    h = mix(h * 31 + kv.createRevision());
    h = mix(h * 31 + kv.modRevision());
    h = mix(h * 31 + kv.version());
    return mix(h * 31 + kv.lease());
  }

  private long print(Bytes bytes) {
    long h = salt;
    for (byte b : bytes.array()) {
      h = (h ^ b) * 0x100000001b3L;
    }
    return mix(h + bytes.length());
  }

  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
