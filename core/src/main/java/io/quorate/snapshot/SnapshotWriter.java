package io.quorate.snapshot;

import static io.quorate.snapshot.Buckets.name;
import static io.quorate.snapshot.Buckets.number;

import io.quorate.apply.StateBatch.AlarmKey;
import io.quorate.apply.StateStore;
import io.quorate.apply.StateStore.Loaded;
import io.quorate.auth.AuthState;
import io.quorate.bbolt.BoltWriter;
import io.quorate.command.Member;
import io.quorate.mvcc.EtcdRecord;
import io.quorate.raft.ConfState;
import io.quorate.wire.Json;
import io.quorate.wire.ProtoWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Writes what a member holds as the file that etcd would have. */
public final class SnapshotWriter {
  private static final long MILLIS_PER_SECOND = TimeUnit.SECONDS.toMillis(1);

  private SnapshotWriter() {}

  /**
   * The versions that the file tells of: etcd refuses a file of a newer one than its own.
   *
   * @param cluster for example {@code 3.6.0}
   * @param storage for example {@code 3.6.0}
   */
  public record Versions(String cluster, String storage) {}

  /**
   * Writes the file, without a checksum at its end. Blocks; memory does not grow with the number of
   * keys.
   *
   * @param target an empty file, which stays open
   * @param wanted asked often; once it is false, the rest is not written
   * @throws CancellationException the file is not wanted any more
   * @throws IOException the file cannot be written, or the state not read; then the file is
   *     worthless
   */
  public static void write(
      StateStore.View view, Versions versions, FileChannel target, BooleanSupplier wanted)
      throws IOException {
    Loaded state = view.loaded();
    BoltWriter file = new BoltWriter(target);
    // in the order of their names
    file.beginBucket(Buckets.ALARM);
    writeAlarms(file, state);
    writeAuth(file, state.auth());
    file.beginBucket(Buckets.CLUSTER);
    file.put(Buckets.CLUSTER_VERSION, name(versions.cluster()));
    file.beginBucket(Buckets.KEY);
    view.forEachRecord(
        record -> {
          if (!wanted.getAsBoolean()) {
            throw new CancellationException("nobody waits for this snapshot any more");
          }
          file.put(EtcdRecord.key(record), EtcdRecord.value(record));
        });
    file.beginBucket(Buckets.LEASE);
    writeLeases(file, state);
    file.beginBucket(Buckets.MEMBERS);
    writeMembers(file, state);
    file.beginBucket(Buckets.META);
    writeMeta(file, state, versions);
    file.finish();
  }

  private static void writeAlarms(BoltWriter file, Loaded state) throws IOException {
    TreeMap<byte[], byte[]> alarms = new TreeMap<>(Arrays::compareUnsigned);
    for (AlarmKey alarm : state.alarms()) {
      byte[] message =
          new ProtoWriter(16)
              .number(Buckets.ALARM_MEMBER, alarm.memberId())
              .number(Buckets.ALARM_TYPE, alarm.type().ordinal())
              .toBytes();
      alarms.put(message, new byte[0]);
    }
    putAll(file, alarms);
  }

  private static void writeAuth(BoltWriter file, AuthState auth) throws IOException {
    file.beginBucket(Buckets.AUTH);
    file.put(Buckets.AUTH_ENABLED, new byte[] {(byte) (auth.isEnabled() ? 1 : 0)});
    file.put(Buckets.AUTH_REVISION, number(auth.revision()));
    TreeMap<byte[], byte[]> roles = new TreeMap<>(Arrays::compareUnsigned);
    auth.roles().forEach((name, role) -> roles.put(name(name), AuthTables.bytes(role)));
    TreeMap<byte[], byte[]> users = new TreeMap<>(Arrays::compareUnsigned);
    auth.users().forEach((name, user) -> users.put(name(name), AuthTables.bytes(user)));
    file.beginBucket(Buckets.AUTH_ROLES);
    putAll(file, roles);
    file.beginBucket(Buckets.AUTH_USERS);
    putAll(file, users);
  }

  private static void putAll(BoltWriter file, SortedMap<byte[], byte[]> pairs) throws IOException {
    for (Map.Entry<byte[], byte[]> pair : pairs.entrySet()) {
      file.put(pair.getKey(), pair.getValue());
    }
  }

  /** A TTL of less than a second, which etcd has not, becomes one. */
  private static void writeLeases(BoltWriter file, Loaded state) throws IOException {
    List<Long> ids = state.leases().keySet().stream().sorted(Long::compareUnsigned).toList();
    for (long id : ids) {
      long ttlMillis = state.leases().getOrDefault(id, 0L);
      long ttlSeconds = (ttlMillis + MILLIS_PER_SECOND - 1) / MILLIS_PER_SECOND;
      file.put(
          number(id),
          new ProtoWriter(32)
              .number(Buckets.LEASE_ID, id)
              .number(Buckets.LEASE_TTL_SECONDS, ttlSeconds)
              .toBytes());
    }
  }

  private static void writeMembers(BoltWriter file, Loaded state) throws IOException {
    TreeMap<byte[], byte[]> members = new TreeMap<>(Arrays::compareUnsigned);
    for (Member member : state.members()) {
      members.put(name(Long.toHexString(member.id())), name(json(member)));
    }
    putAll(file, members);
    TreeMap<byte[], byte[]> removed = new TreeMap<>(Arrays::compareUnsigned);
    for (long id : state.removedMembers()) {
      removed.put(name(Long.toHexString(id)), name("removed"));
    }
    file.beginBucket(Buckets.MEMBERS_REMOVED);
    putAll(file, removed);
  }

  private static String json(Member member) {
    StringBuilder json = new StringBuilder("{\"id\":").append(Long.toUnsignedString(member.id()));
    json.append(",\"peerURLs\":").append(Json.strings(member.peerUrls()));
    if (member.isLearner()) {
      json.append(",\"isLearner\":true");
    }
    if (!member.name().isEmpty()) {
      json.append(",\"name\":").append(Json.string(member.name()));
    }
    if (!member.clientUrls().isEmpty()) {
      json.append(",\"clientURLs\":").append(Json.strings(member.clientUrls()));
    }
    return json.append('}').toString();
  }

  private static void writeMeta(BoltWriter file, Loaded state, Versions versions)
      throws IOException {
    file.put(Buckets.CONF_STATE, name(json(state.conf())));
    file.put(Buckets.CONSISTENT_INDEX, number(state.applied().index()));
    if (state.compactRevision() > 0) {
      byte[] compacted = EtcdRecord.revision(state.compactRevision());
      file.put(Buckets.FINISHED_COMPACT, compacted);
      file.put(Buckets.SCHEDULED_COMPACT, compacted);
    }
    file.put(Buckets.STORAGE_VERSION, name(versions.storage()));
    file.put(Buckets.TERM, number(state.applied().term()));
  }

  private static String json(ConfState conf) {
    return "{\"voters\":"
        + ids(conf.voters())
        + ",\"learners\":"
        + ids(conf.learners())
        + ",\"voters_outgoing\":"
        + ids(conf.votersOutgoing())
        + ",\"learners_next\":"
        + ids(conf.learnersNext())
        + ",\"auto_leave\":"
        + conf.autoLeave()
        + "}";
  }

  private static String ids(List<Long> ids) {
    return Json.unsigned(ids.stream().sorted(Long::compareUnsigned).toList());
  }
}
