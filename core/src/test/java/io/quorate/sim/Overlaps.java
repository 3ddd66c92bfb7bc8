package io.quorate.sim;

import io.quorate.codec.PeerMessage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * How often one of the things that take a while began while another one was under way, on the same
 * member or on others: where two of them meet is where mistakes were found elsewhere.
 */
public final class Overlaps implements SimWorld.Observer {

  /** What takes a while. */
  public enum Activity {
    /** From its first chunk until its receiver has installed it, or one of the two gave up. */
    SNAPSHOT,
    /** From its being applied on a member until that has swept, and written it down. */
    COMPACTION,
    /** From the question to the answer. */
    MEMBERSHIP_CHANGE,
    /** From the question to the answer. */
    LEADERSHIP_TRANSFER,
    /** From the question to the answer. */
    VACUUM,
    /** From the end of a process until the next one has applied what its log holds. */
    RESTART
  }

  /** Of a snapshot nothing more is heard for so long. */
  private static final int GIVEN_UP_TICKS = 30;

  private record UnderWay(Activity activity, BooleanSupplier isOver) {}

  private final SimWorld world;
  private final List<UnderWay> underWay = new ArrayList<>();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final Map<Long, Long> lastChunk = new HashMap<>();
  private final Map<Long, SimWorld.Life> receivers = new HashMap<>();
  private final Map<Long, Set<Activity>> crashedDuring = new HashMap<>();
  private final Map<Long, Long> compacted = new HashMap<>();

  Overlaps(SimWorld world) {
    this.world = world;
  }

  /** By the names of the two and which of them began first. */
  Map<String, Integer> counts() {
    return counts;
  }

  /** Pairs of which neither has begun during the other. */
  static List<String> missing(Map<String, Integer> counts) {
    List<String> missing = new ArrayList<>();
    for (Activity first : Activity.values()) {
      for (Activity second : Activity.values()) {
        if (first.compareTo(second) < 0
            && !counts.containsKey(name(first, second))
            && !counts.containsKey(name(second, first))) {
          missing.add(first + " and " + second);
        }
      }
    }
    return missing;
  }

  private static String name(Activity first, Activity second) {
    return second + " during " + first;
  }

  /** Something a member was asked for has begun. */
  void began(Activity activity, SimWorld.Ask<?> ask) {
    began(activity, () -> ask.done() || ask.life.dead);
  }

  private void began(Activity activity, BooleanSupplier isOver) {
    count(nowUnderWay(), activity);
    underWay.add(new UnderWay(activity, isOver));
  }

  /** What is going on. */
  Set<Activity> nowUnderWay() {
    underWay.removeIf(each -> each.isOver.getAsBoolean());
    EnumSet<Activity> now = EnumSet.noneOf(Activity.class);
    underWay.forEach(each -> now.add(each.activity));
    return now;
  }

  private void count(Set<Activity> first, Activity second) {
    for (Activity each : first) {
      if (each != second) {
        counts.merge(name(each, second), 1, Integer::sum);
      }
    }
  }

  /** Not counted before it has become a restart: some never come back. */
  @Override
  public void crashed(SimWorld.Life life) {
    long id = life.id;
    crashedDuring.put(id, nowUnderWay());
    underWay.add(
        new UnderWay(
            Activity.RESTART,
            () -> {
              SimWorld.Life now = world.life(id);
              return now.removed
                  || world.disk(id).isDamaged()
                  || !now.dead && now.node.isCaughtUp();
            }));
  }

  @Override
  public void started(SimWorld.Life life) {
    compacted.remove(life.id);
    Set<Activity> before = crashedDuring.remove(life.id);
    if (before != null) {
      count(before, Activity.RESTART);
    }
  }

  @Override
  public void after(SimWorld.Life life) {
    long revision = life.node.kv().compactRevision();
    Long before = compacted.put(life.id, revision);
    if (before != null && before < revision) {
      began(Activity.COMPACTION, () -> life.dead || isWritten(life, revision));
    }
  }

  private boolean isWritten(SimWorld.Life life, long revision) {
    return !life.node.kv().sweeping() && world.state(life.id).compactRevision() >= revision;
  }

  @Override
  public void sent(SimWorld.Life life, PeerMessage message) {
    if (message instanceof PeerMessage.SnapshotAck ack) {
      receivers.put(ack.transfer(), life);
    } else if (message instanceof PeerMessage.SnapshotChunk chunk
        && lastChunk.put(chunk.transfer(), world.now) == null) {
      began(Activity.SNAPSHOT, () -> life.dead || hasEnded(chunk));
    }
  }

  private boolean hasEnded(PeerMessage.SnapshotChunk chunk) {
    SimWorld.Life receiver = receivers.get(chunk.transfer());
    if (receiver != null) {
      long applied = receiver.node.status().applied();
      if (receiver.dead || applied >= chunk.meta().position().index()) {
        return true;
      }
    }
    return lastChunk.getOrDefault(chunk.transfer(), 0L) + GIVEN_UP_TICKS < world.now;
  }
}
