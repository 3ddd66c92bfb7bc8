package io.quorate.node;

import io.quorate.raft.LogPosition;
import java.util.List;

/**
 * The log of a member that does not come back once its process has ended: nobody would read it, so
 * nothing is written. What Raft still needs of the log it has in memory anyway.
 *
 * <p>A write counts as soon as this process knows it. So what a majority acknowledges is in a
 * majority of processes, and the member must never be started under its identity again. Any thread.
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
