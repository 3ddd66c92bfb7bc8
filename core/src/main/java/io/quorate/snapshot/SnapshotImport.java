package io.quorate.snapshot;

import io.quorate.apply.StateBatch;
import io.quorate.apply.StateBatch.AlarmKey;
import io.quorate.apply.StateStore;
import io.quorate.auth.AuthState;
import io.quorate.bbolt.BoltException;
import io.quorate.command.Bytes;
import io.quorate.command.Command.AlarmType;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.mvcc.EtcdRecord;
import io.quorate.mvcc.Record;
import io.quorate.wire.ProtoReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Writes what a snapshot holds into an empty state store: keys with their history, leases and
 * alarms. Members, terms and indexes are those of the old cluster, and are left out. Memory grows
 * with the number of leases, and of keys that at one time hung on leases that have ended since, but
 * not with that of other keys. One thread; blocks on the disk.
 */
public final class SnapshotImport {
  /** etcd's bound. */
  private static final long MAX_TTL_SECONDS = 9_000_000_000L;

  private static final int BATCH_RECORDS = 2_000;
  private static final long BATCH_BYTES = 4 << 20;

  private final SnapshotFile file;
  private final StateStore target;
  private final Set<Long> leases = new HashSet<>();

  /** Keys whose newest record so far hangs on a lease that is not there, with that lease. */
  private final Map<Bytes, Long> dangling = new HashMap<>();

  private AuthState auth = AuthState.INITIAL;
  private StateBatch batch = new StateBatch();
  private long batchBytes;
  private long lastMain;
  private long nextRecordId = 1;

  private SnapshotImport(SnapshotFile file, StateStore target) {
    this.file = file;
    this.target = target;
  }

  /**
   * Imports the file.
   *
   * @param bumpRevision how much higher than in the file the revision is to be; if not 0, all
   *     before the new one counts as compacted, so that watchers notice. Not negative
   * @return the last batch, not committed yet: it lacks members, configuration and applied position
   * @throws SnapshotException the file is damaged, or holds what cannot be restored; the store is
   *     then worthless
   * @throws IOException the same, for reasons that lie in the store
   */
  public static StateBatch run(SnapshotFile file, StateStore target, long bumpRevision)
      throws IOException {
    try {
      return new SnapshotImport(file, target).run(bumpRevision);
    } catch (BoltException | IllegalArgumentException e) {
      throw new SnapshotException("the snapshot is damaged: " + e.getMessage(), e);
    }
  }

  private StateBatch run(long bumpRevision) throws IOException {
    auth = auth();
    batch = newBatch();
    auth.users().forEach((name, user) -> batch.users.put(name, Optional.of(user)));
    auth.roles().forEach((name, role) -> batch.roles.put(name, Optional.of(role)));
    if (!each(Buckets.META, (key, value) -> {})) {
      throw new SnapshotException(
          "this is a bbolt file, but not one of etcd: it has no bucket meta");
    }
    each(Buckets.LEASE, this::lease);
    each(Buckets.ALARM, this::alarm);
    if (!each(Buckets.KEY, this::record)) {
      throw new SnapshotException(
          "this is a bbolt file, but not one of etcd: it has no bucket key");
    }
    if (!dangling.isEmpty()) {
      Map.Entry<Bytes, Long> first = dangling.entrySet().iterator().next();
      throw new SnapshotException(
          "the snapshot is damaged: key %s hangs on lease %x, which is not there"
              .formatted(first.getKey(), first.getValue()));
    }
    long compacted =
        Math.max(revision(Buckets.FINISHED_COMPACT), revision(Buckets.SCHEDULED_COMPACT));
    // the newest records may have been compacted away
    long revision = Math.max(1, Math.max(lastMain, compacted));
    if (bumpRevision > 0) {
      revision = Math.addExact(revision, bumpRevision);
      compacted = revision;
    }
    batch.revision = revision;
    batch.compactRevision = compacted;
    batch.nextRecordId = nextRecordId;
    return batch;
  }

  /** Users and roles, which a state has from {@link FeatureLevel#AUTH} on. */
  private AuthState auth() throws IOException {
    List<User> users = new ArrayList<>();
    List<Role> roles = new ArrayList<>();
    each(Buckets.AUTH_USERS, (key, value) -> users.add(AuthTables.user(value)));
    each(Buckets.AUTH_ROLES, (key, value) -> roles.add(AuthTables.role(value)));
    byte[] enabled = file.value(Buckets.AUTH, Buckets.AUTH_ENABLED);
    byte[] revision = file.value(Buckets.AUTH, Buckets.AUTH_REVISION);
    if (revision != null && revision.length != Long.BYTES) {
      throw new IllegalArgumentException("the revision of users and roles is not a number");
    }
    return AuthState.of(
        enabled != null && enabled.length == 1 && enabled[0] == 1,
        Math.max(1, revision == null ? 1 : ByteBuffer.wrap(revision).getLong()),
        users,
        roles);
  }

  private StateBatch newBatch() {
    StateBatch next = new StateBatch();
    if (!AuthTables.isInitial(auth)) {
      next.featureLevel = FeatureLevel.AUTH;
      next.authEnabled = auth.isEnabled();
      next.authRevision = auth.revision();
    }
    return next;
  }

  private interface Pair {
    void take(byte[] key, byte[] value) throws IOException;
  }

  private boolean each(byte[] bucket, Pair action) throws IOException {
    return file.database()
        .forEach(
            bucket,
            (key, value) -> {
              if (value == null) {
                throw new BoltException("there is a bucket where a value should be");
              }
              action.take(key, value);
            });
  }

  private void lease(byte[] key, byte[] value) {
    long id = 0;
    long ttlSeconds = 0;
    ProtoReader lease = new ProtoReader(value);
    for (int field = lease.next(); field != 0; field = lease.next()) {
      switch (field) {
        case Buckets.LEASE_ID -> id = lease.number();
        case Buckets.LEASE_TTL_SECONDS -> ttlSeconds = lease.number();
        default -> lease.skip();
      }
    }
    if (key.length != Long.BYTES || ByteBuffer.wrap(key).getLong() != id || id == 0) {
      throw new IllegalArgumentException("lease " + Long.toHexString(id) + " has another key");
    }
    if (ttlSeconds <= 0 || ttlSeconds > MAX_TTL_SECONDS) {
      throw new IllegalArgumentException(
          "lease " + Long.toHexString(id) + " has a TTL of " + ttlSeconds + " s");
    }
    leases.add(id);
    batch.leases.put(id, Optional.of(TimeUnit.SECONDS.toMillis(ttlSeconds)));
  }

  private void alarm(byte[] key, byte[] value) {
    long member = 0;
    long type = 0;
    ProtoReader alarm = new ProtoReader(key);
    for (int field = alarm.next(); field != 0; field = alarm.next()) {
      switch (field) {
        case Buckets.ALARM_MEMBER -> member = alarm.number();
        case Buckets.ALARM_TYPE -> type = alarm.number();
        default -> alarm.skip();
      }
    }
    if (type <= 0 || type >= AlarmType.values().length) {
      throw new IllegalArgumentException("alarm of type " + type);
    }
    batch.alarms.put(new AlarmKey(member, AlarmType.values()[(int) type]), true);
  }

  private void record(byte[] key, byte[] value) throws IOException {
    lastMain = EtcdRecord.main(key);
    Record record = EtcdRecord.of(nextRecordId, key, value);
    if (record == null) {
      return;
    }
    nextRecordId++;
    long lease = record.kv().lease();
    if (lease != 0 && !leases.contains(lease)) {
      dangling.put(record.kv().key(), lease);
    } else if (!dangling.isEmpty()) {
      dangling.remove(record.kv().key());
    }
    batch.records.add(record);
    batchBytes += key.length + value.length;
    if (batch.records.size() >= BATCH_RECORDS || batchBytes >= BATCH_BYTES) {
      commit();
    }
  }

  private void commit() throws IOException {
    batch.revision = lastMain;
    batch.nextRecordId = nextRecordId;
    target.commit(batch);
    batch = newBatch();
    batchBytes = 0;
  }

  private long revision(byte[] key) throws IOException {
    byte[] revision = file.value(Buckets.META, key);
    return revision == null ? -1 : EtcdRecord.main(revision);
  }
}
