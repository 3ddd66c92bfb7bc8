package io.quorate.history;

import io.quorate.command.KeyValue;
import java.util.ArrayList;
import java.util.List;

/**
 * The life of leases: none ends by itself before its time, its keys go with it in one revision, and
 * it is not renewed after it is known to have ended. Times are ticks of one clock.
 */
public final class LeaseHistory {
  public static final String EXPIRED_EARLY = "a lease lives as long as it was promised";
  public static final String KEYS_TOGETHER = "the keys of a lease go with it, in one revision";
  public static final String NO_REVIVAL = "what has ended is not renewed";

  private LeaseHistory() {}

  /** Something that happened to a lease. */
  public sealed interface Happening {
    long lease();
  }

  /** A grant that was answered, asked for at {@code invoked} and answered at {@code returned}. */
  public record Granted(long lease, long ttlTicks, long invoked, long returned)
      implements Happening {}

  /**
   * A renewal that was answered.
   *
   * @param ttlTicks the time to live in the answer; 0 for "there is no such lease"
   */
  public record Renewed(long lease, long ttlTicks, long invoked, long returned)
      implements Happening {}

  /**
   * The end of a lease.
   *
   * @param from the earliest time it can have been: when it was applied first, or when a revocation
   *     was asked for
   * @param to when it was certain: when it was applied at last where it counts, or when a
   *     revocation was answered
   * @param before the newest revision right before it
   * @param revision the newest revision right after it; the same if no key hung on it
   * @param expired by itself, not because anybody asked
   */
  public record Ended(long lease, long from, long to, long before, long revision, boolean expired)
      implements Happening {}

  /**
   * @param happenings in any order. A lease whose id is used again must have been granted again by
   *     a {@link Granted}
   * @param maxDriftPermille how much faster than the clock of these times the clock that counts
   *     leases may run, in thousandths
   * @param changes every revision there was; keys attached are read from them
   * @return what is broken, empty if nothing
   */
  public static List<Violation> check(
      List<Happening> happenings, int maxDriftPermille, Changes changes) {
    List<Violation> violations = new ArrayList<>();
    for (Happening happening : happenings) {
      if (happening instanceof Ended ended) {
        if (ended.expired) {
          checkTime(ended, happenings, maxDriftPermille, violations);
        }
        checkKeys(ended, changes, violations);
      } else if (happening instanceof Renewed renewed) {
        checkRenewal(renewed, happenings, maxDriftPermille, violations);
      }
    }
    return violations;
  }

  /** Whatever moment a request took effect at, it was not before it was asked. */
  private static long leastEnd(long invoked, long ttlTicks, int maxDriftPermille) {
    return invoked + ttlTicks * 1_000 / (1_000 + maxDriftPermille);
  }

  private static void checkTime(
      Ended ended, List<Happening> happenings, int maxDriftPermille, List<Violation> violations) {
    for (Happening each : happenings) {
      if (each.lease() != ended.lease || isOfLaterLife(each, ended, happenings)) {
        continue;
      }
      long least = 0;
      if (each instanceof Granted granted) {
        least = leastEnd(granted.invoked, granted.ttlTicks, maxDriftPermille);
      } else if (each instanceof Renewed renewed
          && renewed.ttlTicks > 0
          && renewed.invoked <= ended.to) { // a later one is a revival
        least = leastEnd(renewed.invoked, renewed.ttlTicks, maxDriftPermille);
      }
      if (ended.to < least) {
        violations.add(
            new Violation(EXPIRED_EARLY, ended + ", but not before " + least + " by " + each));
      }
    }
  }

  /** True if {@code each} can only speak of a lease that was granted after {@code ended}. */
  private static boolean isOfLaterLife(Happening each, Ended ended, List<Happening> happenings) {
    if (each instanceof Granted granted) {
      return granted.returned >= ended.from;
    }
    if (!(each instanceof Renewed renewed) || renewed.returned < ended.from) {
      return false;
    }
    return isGrantedBetween(ended.lease, ended.from, renewed.returned, happenings);
  }

  private static boolean isGrantedBetween(
      long lease, long from, long to, List<Happening> happenings) {
    for (Happening each : happenings) {
      if (each instanceof Granted granted
          && granted.lease == lease
          && granted.returned >= from
          && granted.invoked <= to) {
        return true;
      }
    }
    return false;
  }

  private static void checkKeys(Ended ended, Changes changes, List<Violation> violations) {
    List<KeyValue> left = changes.attached(ended.lease, ended.revision);
    if (!left.isEmpty()) {
      violations.add(
          new Violation(
              KEYS_TOGETHER,
              ended + ", but there still is " + left.stream().map(Shown::of).toList()));
      return;
    }
    List<KeyValue> before = changes.attached(ended.lease, ended.before);
    if (before.isEmpty()) {
      return; // then its end made no revision
    }
    List<KeyValue> written =
        ended.before == ended.revision ? List.of() : changes.at(ended.revision);
    List<KeyValue> expected =
        before.stream().map(kv -> KeyValue.tombstone(kv.key(), ended.revision)).toList();
    if (written.size() != expected.size() || !written.containsAll(expected)) {
      violations.add(
          new Violation(
              KEYS_TOGETHER,
              ended
                  + " should have deleted "
                  + expected.stream().map(Shown::of).toList()
                  + ", but its revision wrote "
                  + written.stream().map(Shown::of).toList()));
    }
  }

  private static void checkRenewal(
      Renewed renewed, List<Happening> happenings, int maxDriftPermille, List<Violation> out) {
    for (Happening each : happenings) {
      if (each.lease() != renewed.lease) {
        continue;
      }
      if (renewed.ttlTicks > 0
          && each instanceof Ended ended
          && ended.to < renewed.invoked
          && !isGrantedBetween(ended.lease, ended.from, renewed.returned, happenings)) {
        out.add(new Violation(NO_REVIVAL, renewed + " after " + ended));
      }
      if (renewed.ttlTicks == 0) {
        checkDenial(renewed, each, happenings, maxDriftPermille, out);
      }
    }
  }

  /** "No such lease" while it certainly lived, and nobody had asked for its end. */
  private static void checkDenial(
      Renewed denied,
      Happening life,
      List<Happening> happenings,
      int maxDriftPermille,
      List<Violation> out) {
    boolean promised = false;
    if (life instanceof Granted granted) {
      promised =
          granted.returned < denied.invoked
              && denied.returned < leastEnd(granted.invoked, granted.ttlTicks, maxDriftPermille);
    } else if (life instanceof Renewed renewed && renewed.ttlTicks > 0) {
      promised =
          renewed.returned < denied.invoked
              && denied.returned < leastEnd(renewed.invoked, renewed.ttlTicks, maxDriftPermille);
    }
    if (!promised) {
      return;
    }
    for (Happening each : happenings) {
      if (each instanceof Ended ended
          && ended.lease == denied.lease
          && ended.from <= denied.returned) {
        return;
      }
    }
    out.add(new Violation(EXPIRED_EARLY, denied + " although " + life));
  }
}
