package io.quorate.raft;

import io.quorate.raft.membership.Membership;
import java.util.List;

/**
 * What a member knows at its start, read back from its disk.
 *
 * @param hardState what it must not have forgotten
 * @param conf the configuration as of {@code applied}
 * @param start position before the first entry of {@code entries}: what snapshot or compaction left
 * @param entries the log above {@code start}, without a gap
 * @param applied highest index whose effects the state machine holds; {@code start.index() <=
 *     applied <= } last index
 */
public record Restored(
    HardState hardState, ConfState conf, LogPosition start, List<Entry> entries, long applied) {
  public Restored {
    entries = List.copyOf(entries);
  }

  /**
   * Whether all of it can have been so at one time.
   *
   * @throws IllegalArgumentException naming the contradiction: a gap in the log, less log than is
   *     applied or committed, entries of a term that is not reached, an impossible configuration
   */
  public void check() {
    Membership.check(conf);
    LogPosition last = start;
    for (Entry entry : entries) {
      if (entry.index() != last.index() + 1 || entry.term() < last.term()) {
        throw new IllegalArgumentException(
            "restored entry " + entry.position() + " does not follow " + last);
      }
      last = entry.position();
    }
    if (hardState.term() < last.term()) {
      throw new IllegalArgumentException("the log is of a later term than " + hardState);
    }
    if (applied < start.index() || Math.max(hardState.commit(), applied) > last.index()) {
      throw new IllegalArgumentException(
          "restored log from "
              + start
              + " to "
              + last.index()
              + " does not hold applied "
              + applied
              + " and committed "
              + hardState.commit());
    }
  }
}
