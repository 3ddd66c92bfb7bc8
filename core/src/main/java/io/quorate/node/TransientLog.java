package io.quorate.node;

import io.quorate.raft.LogPosition;
import java.util.List;

/**
 * The log of a member that does not come back once its process has ended: nobody would read it, so
 * nothing is written. Raft has all entries that it needs in memory.
 *
 * <p>A write counts as durable as soon as this process has it. So what a majority has acknowledged
 * is only in the memory of its processes, and the member must never be started again under its
 * identity. Any thread.
 */
public final class TransientLog implements LogStore {
  private boolean created;

  @Override
  public Recovered recover() {
    return new Fresh();
  }

  @Override
  public void create(Identity identity) {
    if (created) {
      throw new IllegalStateException("the log was created before");
    }
    created = true;
  }

  @Override
  public void write(List<Write> writes) {
    if (!created) {
      throw new IllegalStateException("the log was not created");
    }
  }

  @Override
  public void truncatePrefix(LogPosition upTo) {}

  @Override
  public long sizeBytes() {
    return 0;
  }

  @Override
  public void close() {}
}
