package io.quorate.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log in memory, and how far each thing has come in it.
 *
 * <pre>
 *     start ≤ applied ≤ emitted ≤ committed ≤ last
 *                       emitted ≤ persisted ≤ written ≤ last   (but for a snapshot being written)
 * </pre>
 *
 * <i>Emitted</i> was handed to the host to be applied, <i>written</i> was handed to it to be made
 * durable, <i>persisted</i> is durable.
 *
 * <p>A write under way must not vouch for entries that came after it. So each remembers the last
 * index it makes durable, and a truncation lowers that: when write 7 of an entry 5 ends after entry
 * 5 was replaced, it speaks for 4 and not for the new 5.
 */
final class RaftLog {
  private static final class WriteUnderWay {
    private final long write;
    private final long commit;
    private long last;

    private WriteUnderWay(long write, long commit, long last) {
      this.write = write;
      this.commit = commit;
      this.last = last;
    }
  }

  private final ArrayList<Entry> entries = new ArrayList<>();
  private final ArrayDeque<WriteUnderWay> writes = new ArrayDeque<>();
  private LogPosition start;
  private @Nullable SnapshotMeta snapshot;
  private long committed;
  private long durableCommit;
  private long newestConfChange;
  private long applied;
  private long emitted;
  private long written;
  private long persisted;
  private long lastWrite;
  private long persistedWrite;

  /**
   * @param restored checked already
   */
  RaftLog(Restored restored) {
    start = restored.start();
    restored.entries().forEach(this::append);
    long last = lastIndex();
    applied = restored.applied();
    committed = Math.max(restored.hardState().commit(), applied);
    durableCommit = committed;
    emitted = applied;
    written = last;
    persisted = last;
  }

  // --- changing ---

  void append(Entry entry) {
    if (entry.index() != lastIndex() + 1) {
      throw new IllegalStateException("appending " + entry.position() + " behind " + last());
    }
    entries.add(entry);
    if (entry.kind() == Entry.Kind.CONF_CHANGE) {
      newestConfChange = entry.index();
    }
  }

  /**
   * Takes over what a leader sent behind a position that both have: what is there already stays,
   * from the first difference on the leader's entries replace ours (paper 5.3).
   */
  void merge(List<Entry> incoming) {
    for (int i = 0; i < incoming.size(); i++) {
      Entry entry = incoming.get(i);
      if (termAt(entry.index()) != entry.term()) {
        if (entry.index() <= lastIndex()) {
          truncateFrom(entry.index());
        }
        incoming.subList(i, incoming.size()).forEach(this::append);
        return;
      }
    }
  }

  private void truncateFrom(long index) {
    if (index <= committed) {
      throw new IllegalStateException("truncating " + index + ", committed is " + committed);
    }
    entries.subList(offset(index), entries.size()).clear();
    capDurability(index - 1);
  }

  private void capDurability(long last) {
    written = Math.min(written, last);
    persisted = Math.min(persisted, last);
    for (WriteUnderWay write : writes) {
      write.last = Math.min(write.last, last);
    }
  }

  /** All that is there gives way to a snapshot, to be written next. */
  void restore(SnapshotMeta meta) {
    capDurability(Math.min(committed, persisted));
    entries.clear();
    start = meta.position();
    snapshot = meta;
    committed = start.index();
    applied = start.index();
    emitted = start.index();
    written = start.index();
  }

  void commitTo(long index) {
    if (index > lastIndex()) {
      throw new IllegalStateException("committing " + index + " behind the last " + lastIndex());
    }
    committed = Math.max(committed, index);
  }

  void appliedTo(long index) {
    if (index > emitted) {
      throw new IllegalStateException("applied " + index + ", only " + emitted + " was handed out");
    }
    applied = Math.max(applied, index);
  }

  /** Forgets up to and with {@code index}, never what is not applied. */
  void compact(long index) {
    long to = Math.min(index, applied);
    if (to <= start.index()) {
      return;
    }
    LogPosition position = position(to);
    entries.subList(0, offset(to) + 1).clear();
    start = position;
  }

  // --- handing out ---

  boolean hasUnwritten() {
    return snapshot != null || written < lastIndex();
  }

  long nextWrite() {
    return lastWrite + 1;
  }

  @Nullable SnapshotMeta takeSnapshot() {
    SnapshotMeta taken = snapshot;
    snapshot = null;
    return taken;
  }

  /**
   * What is to be made durable with write {@link #nextWrite()}, which begins here.
   *
   * @param withCommit the commit index is made durable too
   */
  List<Entry> beginWrite(boolean withCommit) {
    List<Entry> taken = slice(written + 1, lastIndex());
    written = lastIndex();
    writes.addLast(new WriteUnderWay(++lastWrite, withCommit ? committed : 0, written));
    return taken;
  }

  void persistedWrite(long write) {
    if (write > lastWrite) {
      throw new IllegalStateException("write " + write + " was never asked for");
    }
    persistedWrite = Math.max(persistedWrite, write);
    while (!writes.isEmpty() && writes.getFirst().write <= write) {
      WriteUnderWay ended = writes.removeFirst();
      persisted = Math.max(persisted, ended.last);
      durableCommit = Math.max(durableCommit, ended.commit);
    }
  }

  private long emittable() {
    return Math.min(effective(), persisted);
  }

  boolean hasCommitted() {
    return emittable() > emitted;
  }

  /** Committed and durable here, not handed out yet. */
  List<Entry> takeCommitted() {
    if (!hasCommitted()) {
      return List.of();
    }
    List<Entry> taken = slice(emitted + 1, emittable());
    emitted = emittable();
    return taken;
  }

  // --- looking ---

  private int offset(long index) {
    return (int) (index - start.index() - 1);
  }

  Entry get(long index) {
    return entries.get(offset(index));
  }

  /** Both ends included. */
  List<Entry> slice(long from, long to) {
    return from > to ? List.of() : List.copyOf(entries.subList(offset(from), offset(to) + 1));
  }

  /**
   * As many entries from {@code from} on as fit into {@code maxBytes}.
   *
   * @param atLeastOne take the first in any case
   * @return index of the last of them, {@code from - 1} for none
   */
  long fitting(long from, long maxBytes, boolean atLeastOne) {
    long bytes = 0;
    long index = from;
    for (; index <= lastIndex(); index++) {
      bytes += get(index).sizeBytes();
      if (bytes > maxBytes && !(atLeastOne && index == from)) {
        break;
      }
    }
    return index - 1;
  }

  /** -1 if the entry is forgotten or not there yet. */
  long termAt(long index) {
    if (index == start.index()) {
      return start.term();
    }
    return index < start.index() || index > lastIndex() ? -1 : get(index).term();
  }

  LogPosition position(long index) {
    return index == start.index() ? start : get(index).position();
  }

  boolean has(LogPosition position) {
    return position.term() >= 0 && termAt(position.index()) == position.term();
  }

  /**
   * The last of our positions at or below {@code index} with a term not above {@code term}: below
   * it a log that ends with {@code term} at {@code index} may agree with ours, above it cannot.
   */
  LogPosition lastAgreeing(long index, long term) {
    long at = Math.min(index, lastIndex());
    while (at > start.index() && get(at).term() > term) {
      at--;
    }
    return at < start.index() ? new LogPosition(0, at) : position(at);
  }

  boolean hasConfChange(long from, long to) {
    for (long index = Math.max(from, start.index() + 1); index <= to; index++) {
      if (get(index).kind() == Entry.Kind.CONF_CHANGE) {
        return true;
      }
    }
    return false;
  }

  LogPosition start() {
    return start;
  }

  LogPosition last() {
    return entries.isEmpty() ? start : entries.get(entries.size() - 1).position();
  }

  long lastIndex() {
    return start.index() + entries.size();
  }

  long committed() {
    return committed;
  }

  /**
   * The commit index, up to the first configuration change that this member would not know to be
   * committed after a crash: until it would, the change neither takes effect nor is announced.
   * Otherwise a member that leaves could leave others behind that ask for its vote.
   */
  long effective() {
    if (newestConfChange > durableCommit) {
      for (long index = Math.max(durableCommit, start.index()) + 1; index <= committed; index++) {
        if (get(index).kind() == Entry.Kind.CONF_CHANGE) {
          return index - 1;
        }
      }
    }
    return committed;
  }

  long applied() {
    return applied;
  }

  long emitted() {
    return emitted;
  }

  long persisted() {
    return persisted;
  }

  void validate() {
    long[] order = {start.index(), applied, emitted, committed, lastIndex()};
    for (int i = 1; i < order.length; i++) {
      if (order[i - 1] > order[i]) {
        throw new IllegalStateException(
            "not start <= applied <= emitted <= committed <= last: " + toString());
      }
    }
    if (persisted > written || written > lastIndex()) {
      throw new IllegalStateException("not persisted <= written <= last: " + toString());
    }
    if (emitted > Math.max(persisted, start.index())) {
      throw new IllegalStateException("handed out what is not durable: " + toString());
    }
    long before = persisted;
    for (WriteUnderWay write : writes) {
      if (write.last > written || write.write <= persistedWrite) {
        throw new IllegalStateException(
            "write " + write.write + " up to " + write.last + " under way: " + toString());
      }
      before = Math.max(before, write.last);
    }
    if (before < written && snapshot == null) {
      throw new IllegalStateException("no write under way reaches what was written: " + this);
    }
  }

  @Override
  public String toString() {
    return "log[start="
        + start.index()
        + " applied="
        + applied
        + " emitted="
        + emitted
        + " committed="
        + committed
        + " persisted="
        + persisted
        + " written="
        + written
        + " last="
        + lastIndex()
        + "]";
  }
}
