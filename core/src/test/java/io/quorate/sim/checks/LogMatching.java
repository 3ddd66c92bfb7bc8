package io.quorate.sim.checks;

import io.quorate.node.LogStore;
import io.quorate.node.MemoryLogStore;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.sim.SimWorld;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Log Matching (paper, figure 3; 5.3): a position names one entry, and the same entries before it,
 * wherever it is on a disk.
 */
public final class LogMatching implements SimWorld.Observer {
  private record Fact(Entry entry, LogPosition before) {}

  private final SimWorld world;
  private final Map<LogPosition, Fact> known = new HashMap<>();

  public LogMatching(SimWorld world) {
    this.world = world;
  }

  @Override
  public void aboutToHold(long member, LogStore.Write write) {
    if (write.entries().isEmpty()) {
      return;
    }
    MemoryLogStore.Disk disk = world.disk(member);
    long first = write.entries().get(0).index();
    Entry last = disk.entry(first - 1);
    LogPosition reset = write.resetTo();
    LogPosition before = reset != null ? reset : last != null ? last.position() : disk.start();
    if (before.index() != first - 1) {
      world.violated("the log of " + member + " has a gap: " + first + " follows " + before);
      return;
    }
    for (Entry entry : write.entries()) {
      Fact fact = known.putIfAbsent(entry.position(), new Fact(entry, before));
      if (fact != null
          && (!fact.before.equals(before)
              || fact.entry.kind() != entry.kind()
              || !Arrays.equals(fact.entry.data(), entry.data()))) {
        world.violated(
            "two entries at " + entry.position() + ", the second one on the disk of " + member);
      }
      before = entry.position();
    }
  }
}
