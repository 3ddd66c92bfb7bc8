package io.quorate.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one turn asks for. The host
 *
 * <ol>
 *   <li>sends {@code now} (these may leave before the disk answers: a leader sends while it writes,
 *       thesis 10.2.1),
 *   <li>makes {@code hardState}, {@code snapshot} and {@code entries} durable, writes of successive
 *       turns strictly in order, then calls {@link Raft#persisted(long)} with {@code write},
 *   <li>only then sends {@code afterPersist} (votes and acknowledgements, paper 5.1: answer after
 *       writing),
 *   <li>hands {@code committed} to the state machine, in order, and later calls {@link
 *       Raft#applied(long)},
 *   <li>answers {@code reads} once the state machine has reached their index.
 * </ol>
 *
 * @param write number of this turn's write, ascending; 0 if there is nothing to write (then {@code
 *     afterPersist} still waits for all earlier writes)
 * @param mustSync false if only the commit index moved: that may be written lazily
 * @param hardState null if unchanged since the last turn
 * @param entries to append; a first index at or below our last one truncates what was there
 * @param snapshot replaces log and state altogether; null for none
 * @param committed committed and durable here; never empty entries left out, the host skips them
 */
public record Ready(
    long write,
    boolean mustSync,
    @Nullable HardState hardState,
    List<Entry> entries,
    @Nullable SnapshotMeta snapshot,
    List<Message> now,
    List<Message> afterPersist,
    List<Entry> committed,
    List<ReadState> reads) {

  /**
   * A read asked for by {@link Raft#readIndex(long)}, confirmed: what is applied at {@code index}
   * or later is linearizable for it.
   *
   * @param index -1 if the read was given up because leadership moved; ask again
   */
  public record ReadState(long context, long index) {}
}
