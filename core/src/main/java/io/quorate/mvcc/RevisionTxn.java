package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one transaction under way. Writes go straight into the index, above the published revision,
 * where no reader looks before {@link #end}.
 */
final class RevisionTxn implements WriteTxn {
  private final StoreState state;
  private final RangeQuery.Values values;
  private final Consumer<RevisionTxn> ended;
  private final long beginRevision;
  private final long firstId;
  private final List<Record> records = new ArrayList<>();
  private long keyCount;
  private boolean open = true;

  RevisionTxn(StoreState state, RangeQuery.Values values, Consumer<RevisionTxn> ended) {
    this.state = state;
    this.values = values;
    this.ended = ended;
    this.beginRevision = state.revision;
    this.firstId = state.nextRecordId;
    this.keyCount = state.keyCount;
  }

  @Override
  public long beginRevision() {
    return beginRevision;
  }

  @Override
  public long revision() {
    return records.isEmpty() ? beginRevision : beginRevision + 1;
  }

  @Override
  public Result.Ranged range(Command.Range range) {
    checkOpen();
    state.readRevision(range.revision(), beginRevision);
    long at = range.revision() > 0 ? range.revision() : revision();
    Result.Ranged ranged =
        new RangeQuery(state.index, values, range, at)
            .run(revision(), Long.MAX_VALUE, Long.MAX_VALUE);
    if (ranged == null) {
      throw new IllegalStateException("a value is missing on the disk at revision " + at);
    }
    return ranged;
  }

  @Override
  public @Nullable KeyValue get(Bytes key) {
    checkOpen();
    KeyHistory history = live(key);
    if (history == null) {
      return null;
    }
    int newest = history.count() - 1;
    Bytes value = values.value(history.id(newest));
    if (value == null) {
      throw new IllegalStateException("record " + history.id(newest) + " is missing on the disk");
    }
    return StoreState.pair(key, history, newest, value);
  }

  @Override
  public boolean exists(Bytes key) {
    checkOpen();
    return live(key) != null;
  }

  @Override
  public long leaseOf(Bytes key) {
    checkOpen();
    KeyHistory history = live(key);
    return history == null ? 0 : history.lease(history.count() - 1);
  }

  @Override
  public KeyValue put(Bytes key, Bytes value, long lease) {
    checkOpen();
    long main = beginRevision + 1;
    KeyHistory history = state.index.get(key);
    long create = main;
    long version = 1;
    if (history != null && history.alive()) {
      int newest = history.count() - 1;
      create = history.create(newest);
      version = history.version(newest) + 1;
    } else {
      keyCount++;
    }
    KeyValue kv = new KeyValue(key, value, create, main, version, lease);
    long id = pin(kv);
    state.index.put(
        key,
        history == null
            ? KeyHistory.of(main, id, create, version, lease, value.length())
            : history.append(main, id, create, version, lease, value.length()));
    return kv;
  }

  @Override
  public List<Bytes> delete(KeyRange range) {
    checkOpen();
    List<Bytes> deleted = new ArrayList<>();
    for (Map.Entry<Bytes, KeyHistory> entry : RangeQuery.select(state.index, range).entrySet()) {
      KeyHistory history = entry.getValue();
      if (history.alive()) {
        Bytes key = entry.getKey();
        long main = beginRevision + 1;
        long id = pin(KeyValue.tombstone(key, main));
        state.index.put(key, history.append(main, id, 0, 0, 0, 0));
        deleted.add(key);
      }
    }
    keyCount -= deleted.size();
    return deleted;
  }

  @Override
  public List<Record> end() {
    checkOpen();
    open = false;
    if (!records.isEmpty()) {
      state.nextRecordId = firstId + records.size();
      state.keyCount = keyCount;
      for (Record record : records) {
        KeyValue kv = record.kv();
        state.liveBytes += StoreState.sizeBytes(kv.key().length(), kv.value().length());
      }
      // Last: from here on readers see the changes.
      state.revision = beginRevision + 1;
    }
    ended.accept(this);
    return Collections.unmodifiableList(records);
  }

  private @Nullable KeyHistory live(Bytes key) {
    KeyHistory history = state.index.get(key);
    return history != null && history.alive() ? history : null;
  }

  private long pin(KeyValue kv) {
    long id = firstId + records.size();
    Record record = new Record(id, records.size(), kv);
    state.pinned.add(record);
    records.add(record);
    return id;
  }

  private void checkOpen() {
    if (!open) {
      throw new IllegalStateException("the transaction has ended");
    }
  }
}
