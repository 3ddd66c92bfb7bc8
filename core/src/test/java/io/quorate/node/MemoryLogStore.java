package io.quorate.node;

import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A log on a {@link Disk} in memory, for simulations. A crash is to forget the store and to make a
 * new one on the same disk: what a write had made durable is there, what {@link #truncatePrefix}
 * had not is undone. One thread.
 */
public final class MemoryLogStore implements LogStore {

  /** What survives a crash. One store at a time uses it. */
  public static final class Disk {
    private @Nullable Identity identity;
    private HardState hardState = HardState.EMPTY;
    private LogPosition start = LogPosition.ZERO;
    private final List<Entry> entries = new ArrayList<>();
    private int goodWrites = Integer.MAX_VALUE;
    private boolean failedWriteIsKept;
    private @Nullable String damage;
    private Listener listener = write -> {};

    /** Hears of each write just before the disk holds it. */
    public interface Listener {
      void aboutToHold(Write write);
    }

    public void listen(Listener listener) {
      this.listener = listener;
    }

    public HardState hardState() {
      return hardState;
    }

    /** Position before the first entry. */
    public LogPosition start() {
      return start;
    }

    public long lastIndex() {
      return start.index() + entries.size();
    }

    /** Null if it is not here, or not any more. */
    public @Nullable Entry entry(long index) {
      return index <= start.index() || index > lastIndex()
          ? null
          : entries.get((int) (index - start.index() - 1));
    }

    /**
     * Makes a write fail, as a disk that is full or broken does.
     *
     * @param after how many writes succeed before
     * @param kept whether what the failed write wrote is there after a crash: a failed fsync says
     *     nothing about it
     */
    public void failWrites(int after, boolean kept) {
      goodWrites = after;
      failedWriteIsKept = kept;
    }

    /** From the next start on writes succeed again. */
    public void repair() {
      goodWrites = Integer.MAX_VALUE;
    }

    /** The next recovery finds this. */
    public void damage(String what) {
      damage = what;
    }

    public boolean isDamaged() {
      return damage != null;
    }

    /** The disk is replaced by an empty one. */
    public void wipe() {
      identity = null;
      hardState = HardState.EMPTY;
      start = LogPosition.ZERO;
      entries.clear();
      damage = null;
    }

    /** Of the entries on it. */
    public long sizeBytes() {
      return entries.stream().mapToLong(Entry::sizeBytes).sum();
    }

    private void apply(Write write) {
      listener.aboutToHold(write);
      LogPosition resetTo = write.resetTo();
      if (resetTo != null) {
        entries.clear();
        start = resetTo;
      }
      if (!write.entries().isEmpty()) {
        long first = write.entries().get(0).index();
        entries.subList((int) (first - start.index() - 1), entries.size()).clear();
        entries.addAll(write.entries());
      }
      HardState changed = write.hardState();
      if (changed != null) {
        hardState = changed;
      }
    }

    private void cut(LogPosition upTo) {
      if (upTo.index() > start.index()) {
        entries.subList(0, (int) (upTo.index() - start.index())).clear();
        start = upTo;
      }
    }
  }

  private final Disk disk;
  private LogPosition cut = LogPosition.ZERO;
  private boolean recovered;
  private boolean open;
  private @Nullable IOException failure;

  public MemoryLogStore(Disk disk) {
    this.disk = disk;
  }

  @Override
  public Recovered recover() {
    if (recovered) {
      throw new IllegalStateException("recover is the first call, and made once");
    }
    recovered = true;
    if (disk.damage != null) {
      return new Damaged(disk.damage);
    }
    if (disk.identity == null) {
      return new Fresh();
    }
    open = true;
    return new Existing(disk.identity, disk.hardState, disk.start, List.copyOf(disk.entries));
  }

  @Override
  public void create(Identity identity) {
    if (!recovered || open || disk.damage != null) {
      throw new IllegalStateException("create is for a log that was found to be fresh");
    }
    disk.identity = identity;
    open = true;
  }

  @Override
  public void write(List<Write> writes) throws IOException {
    requireOpen();
    requireContiguous(writes);
    boolean good = disk.goodWrites > 0;
    if (good || disk.failedWriteIsKept) {
      disk.cut(cut);
      writes.forEach(disk::apply);
    }
    if (!good) {
      IOException broken = new IOException("the disk failed");
      failure = broken;
      throw broken;
    }
    disk.goodWrites -= disk.goodWrites == Integer.MAX_VALUE ? 0 : 1;
  }

  @Override
  public void truncatePrefix(LogPosition upTo) throws IOException {
    requireOpen();
    if (upTo.index() > disk.lastIndex()) {
      throw new IllegalStateException("cutting the log at " + upTo + ", behind its end");
    }
    if (upTo.index() > Math.max(cut.index(), disk.start.index())) {
      cut = upTo;
    }
  }

  @Override
  public long sizeBytes() {
    return disk.sizeBytes();
  }

  @Override
  public void close() {
    open = false;
  }

  private void requireOpen() throws IOException {
    if (failure != null) {
      throw new IOException("stopped after an earlier failure", failure);
    }
    if (!open) {
      throw new IllegalStateException("the log is not open");
    }
  }

  private void requireContiguous(List<Write> writes) {
    long start = Math.max(cut.index(), disk.start.index());
    long last = disk.lastIndex();
    for (Write write : writes) {
      LogPosition resetTo = write.resetTo();
      if (resetTo != null) {
        start = resetTo.index();
        last = start;
      }
      if (write.entries().isEmpty()) {
        continue;
      }
      long first = write.entries().get(0).index();
      if (first <= start || first > last + 1) {
        throw new IllegalStateException("entry " + first + " for a log up to " + last);
      }
      for (int i = 1; i < write.entries().size(); i++) {
        if (write.entries().get(i).index() != first + i) {
          throw new IllegalStateException("entries out of order at " + (first + i));
        }
      }
      last = first + write.entries().size() - 1;
    }
  }
}
