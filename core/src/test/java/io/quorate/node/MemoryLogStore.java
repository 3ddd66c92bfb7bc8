package io.quorate.node;

import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
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

    /** Rows in which a reader would not find what was written there, by index. */
    private final TreeMap<Long, byte[]> changedRows = new TreeMap<>();

    private int syncsToLose;
    private boolean unsynced;
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

    /** The next syncs report success and do nothing; a later one makes up for them. */
    public void loseSyncs(int syncs) {
      syncsToLose = syncs;
    }

    /** Whether a power cut now would take something that was reported as durable. */
    public boolean isUnsynced() {
      return unsynced;
    }

    /**
     * One bit of a row is another one, in its data, its checksum or elsewhere.
     *
     * @param bit which one, modulo the bits of the row
     */
    public void flipBit(long index, int bit) {
      byte[] row = row(index);
      int at = Math.floorMod(bit, 8 * row.length);
      row[at / 8] ^= (byte) (1 << at % 8);
      changedRows.put(index, row);
    }

    /** A row was written where another one belongs, and is missing where it does. */
    public void misdirect(long index, long insteadOf) {
      changedRows.put(insteadOf, row(index));
      changedRows.put(index, new byte[0]);
    }

    /** As on a real disk: the checksum is over the index too, which is not in the row. */
    private byte[] row(long index) {
      Entry entry = entry(index);
      if (entry == null) {
        throw new IllegalArgumentException("no row " + index);
      }
      byte[] content =
          ByteBuffer.allocate(9 + entry.data().length)
              .putLong(entry.term())
              .put((byte) entry.kind().ordinal())
              .put(entry.data())
              .array();
      return ByteBuffer.allocate(content.length + 4)
          .put(content)
          .putInt(crc(index, content, content.length))
          .array();
    }

    private static int crc(long index, byte[] content, int length) {
      CRC32C crc = new CRC32C();
      crc.update(ByteBuffer.allocate(8).putLong(0, index));
      crc.update(content, 0, length);
      return (int) crc.getValue();
    }

    private @Nullable String damageFound() {
      for (Map.Entry<Long, byte[]> each : changedRows.entrySet()) {
        byte[] row = each.getValue();
        if (row.length == 0) {
          return "log: row " + each.getKey() + " is missing";
        }
        int content = row.length - 4;
        if (crc(each.getKey(), row, content) != ByteBuffer.wrap(row).getInt(content)) {
          return "log: row " + each.getKey() + ": its checksum does not fit";
        }
      }
      return damage;
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
      changedRows.clear();
      unsynced = false;
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
        changedRows.clear();
        start = resetTo;
      }
      if (!write.entries().isEmpty()) {
        long first = write.entries().get(0).index();
        entries.subList((int) (first - start.index() - 1), entries.size()).clear();
        entries.addAll(write.entries());
        changedRows.tailMap(first, true).clear();
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
        changedRows.headMap(upTo.index(), true).clear();
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
    String damage = disk.damageFound();
    if (damage != null) {
      return new Damaged(damage);
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
    disk.unsynced = disk.syncsToLose > 0;
    disk.syncsToLose -= disk.unsynced ? 1 : 0;
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
