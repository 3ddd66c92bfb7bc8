package io.quorate.apply;

import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that changed in the state machine since the last batch; written by {@link
 * StateStore#commit} as one transaction together with the applied index. Filled on the apply
 * thread, read only once it has been handed over.
 */
public final class StateBatch {
  /** New records, in order of their ids. */
  public final List<Record> records = new ArrayList<>();

  /** Ids of records that compaction made unreachable. */
  public final List<Long> deadRecords = new ArrayList<>();

  /** Granted TTL in milliseconds by lease id; empty for a lease that has ended. */
  public final Map<Long, Optional<Long>> leases = new LinkedHashMap<>();

  /** Members by id; empty for one that was removed (its id is then never used again). */
  public final Map<Long, Optional<Member>> members = new LinkedHashMap<>();

  /** Alarms that were raised (true) or cleared (false). */
  public final Map<AlarmKey, Boolean> alarms = new LinkedHashMap<>();

  /** Users by name; empty for one that was deleted. */
  public final Map<String, Optional<User>> users = new LinkedHashMap<>();

  /** Roles by name; empty for one that was deleted. */
  public final Map<String, Optional<Role>> roles = new LinkedHashMap<>();

  /** Wall clock of the leader by revision, one per log entry that changed something. */
  public final List<WallClock> wallClocks = new ArrayList<>();

  public LogPosition applied = LogPosition.ZERO;
  public ConfState conf = ConfState.EMPTY;
  public long revision = 1;
  public long compactRevision = -1;
  public long nextRecordId = 1;

  /** The {@link FeatureLevel} in force. */
  public int featureLevel = FeatureLevel.FIRST;

  /** Whether callers are checked. */
  public boolean authEnabled;

  /** As {@link io.quorate.auth.AuthState#revision}. */
  public long authRevision = 1;

  /** Which member raised which alarm. */
  public record AlarmKey(long memberId, Command.AlarmType type) {}

  /** The newest revision after an entry, and the leader's clock when it appended the entry. */
  public record WallClock(long revision, long wallClockMillis) {}

  public int operationCount() {
    return records.size()
        + deadRecords.size()
        + leases.size()
        + members.size()
        + alarms.size()
        + users.size()
        + roles.size();
  }
}
