package io.quorate.raft;

/** Where an entry stands in the log and the term of the leader that put it there. */
public record LogPosition(long term, long index) implements Comparable<LogPosition> {
  /** Before the first entry there is. */
  public static final LogPosition ZERO = new LogPosition(0, 0);

  /** Which log is more up to date (Raft paper 5.4.1): the later term, then the longer log. */
  @Override
  public int compareTo(LogPosition other) {
    int byTerm = Long.compare(term, other.term);
    return byTerm != 0 ? byTerm : Long.compare(index, other.index);
  }
}
