package io.quorate.raft;

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
}
