package io.quorate.apply;

import io.quorate.auth.AuthState;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.Permission;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A state store whose disk is memory: for tests that cut the power. The object is the disk too: a
 * crash is to use it no more until {@link #reopen}, which also mends a store that is closed, or
 * dead after a failure.
 */
public final class MemoryStateStore implements StateStore {
  private volatile long usableBytes = Long.MAX_VALUE;

  private static final int MAGIC = 0x514d5331;
  private static final long SLICE_BYTES = 256;

  /** What a power cut leaves, without the commits that happen to survive. */
  private State durable = new State();

  private final List<StateBatch> sinceSync = new ArrayList<>();

  /** Up to where a sync has said that a power cut takes nothing. */
  private LogPosition claimed = LogPosition.ZERO;

  private int syncsToLose;
  private @Nullable String damage;
  private State current = new State();

  /** What deleted records have left and {@link #vacuum} has not given back. */
  private long freeBytes;

  private @Nullable IOException failure;
  private @Nullable IOException death;
  private boolean closed;

  /** Everything in the store. */
  private static final class State {
    final TreeMap<Long, Record> records = new TreeMap<>();
    final TreeMap<Long, Long> leases = new TreeMap<>();
    final TreeMap<Long, Member> members = new TreeMap<>(Long::compareUnsigned);
    final TreeSet<Long> removed = new TreeSet<>(Long::compareUnsigned);
    final TreeMap<Long, TreeSet<Command.AlarmType>> alarms = new TreeMap<>();
    final TreeMap<Long, Long> wallClocks = new TreeMap<>();
    final TreeMap<String, User> users = new TreeMap<>();
    final TreeMap<String, Role> roles = new TreeMap<>();
    boolean authEnabled;
    long authRevision = 1;
    LogPosition applied = LogPosition.ZERO;
    ConfState conf = ConfState.EMPTY;
    long revision = 1;
    int featureLevel = FeatureLevel.FIRST;
    long compactRevision = -1;
    long nextRecordId = 1;

    void write(StateBatch batch) {
      for (Record record : batch.records) {
        records.put(record.id(), record);
      }
      batch.deadRecords.forEach(records::remove);
      batch.leases.forEach((id, ttl) -> set(leases, id, ttl));
      batch.members.forEach(
          (id, member) -> {
            set(members, id, member);
            if (member.isEmpty()) {
              removed.add(id);
            }
          });
      batch.alarms.forEach(
          (key, raised) -> {
            TreeSet<Command.AlarmType> types =
                alarms.computeIfAbsent(key.memberId(), id -> new TreeSet<>());
            if (raised) {
              types.add(key.type());
            } else {
              types.remove(key.type());
            }
          });
      batch.wallClocks.forEach(w -> wallClocks.put(w.revision(), w.wallClockMillis()));
      batch.users.forEach((name, user) -> set(users, name, user));
      batch.roles.forEach((name, role) -> set(roles, name, role));
      authEnabled = batch.authEnabled;
      authRevision = batch.authRevision;
      applied = batch.applied;
      conf = batch.conf;
      revision = batch.revision;
      compactRevision = batch.compactRevision;
      nextRecordId = batch.nextRecordId;
      featureLevel = batch.featureLevel;
    }

    private static <K, V> void set(Map<K, V> map, K id, Optional<V> value) {
      if (value.isPresent()) {
        map.put(id, value.get());
      } else {
        map.remove(id);
      }
    }

    List<String> rows() {
      List<String> rows = new ArrayList<>();
      records.forEach((id, record) -> rows.add("record " + id + "=" + record));
      leases.forEach((id, ttl) -> rows.add("lease " + id + "=" + ttl));
      members.forEach((id, member) -> rows.add("member " + id + "=" + member));
      rows.add("applied=" + applied + conf + revision + " " + compactRevision + nextRecordId);
      return rows;
    }

    TreeSet<StateBatch.AlarmKey> alarmKeys() {
      TreeSet<StateBatch.AlarmKey> keys =
          new TreeSet<>(
              java.util.Comparator.comparingLong(StateBatch.AlarmKey::memberId)
                  .thenComparing(StateBatch.AlarmKey::type));
      alarms.forEach(
          (id, types) -> types.forEach(type -> keys.add(new StateBatch.AlarmKey(id, type))));
      return keys;
    }
  }

  // ---- faults

  /** Commits that a power cut may take. */
  public synchronized int unsyncedCommits() {
    return sinceSync.size();
  }

  /**
   * Cuts the power: of the commits since the last sync only the {@code kept} oldest are there when
   * it comes back.
   */
  public synchronized void powerCut(int kept) {
    List<StateBatch> surviving = List.copyOf(sinceSync.subList(0, kept));
    surviving.forEach(durable::write);
    sinceSync.clear();
    current = copy(durable);
    claimed = durable.applied;
  }

  /** The next process opens the store; like the real one it first makes durable what it finds. */
  public synchronized void reopen() {
    closed = false;
    death = null;
    makeDurable();
  }

  private void makeDurable() {
    sinceSync.forEach(durable::write);
    sinceSync.clear();
    claimed = durable.applied;
  }

  /** The next syncs report success and do nothing; a later one makes up for them. */
  public synchronized void loseSyncs(int syncs) {
    syncsToLose = syncs;
  }

  /** Whether a power cut now might take something that was reported as durable. */
  public synchronized boolean isUnsynced() {
    return claimed.index() > durable.applied.index();
  }

  /**
   * One bit of a row is another one: of a record, a lease, a member or what there is once only.
   *
   * @param choice which one of all rows
   * @param bit which one, modulo the bits of the row
   */
  public synchronized void flipBit(int choice, int bit) {
    List<String> rows = current.rows();
    String row = rows.get(Math.floorMod(choice, rows.size()));
    byte[] bytes = row.getBytes(StandardCharsets.UTF_8);
    int sum = crc(bytes);
    int at = Math.floorMod(bit, 8 * bytes.length);
    bytes[at / 8] ^= (byte) (1 << at % 8);
    if (crc(bytes) != sum) {
      damage = "state: " + row.split("=", 2)[0] + ": its checksum does not fit";
    }
  }

  /** A record has another value than it was given, and nothing tells: a mistake in a program. */
  public synchronized void mistake(long recordId) {
    Record right = current.records.get(recordId);
    if (right == null) {
      throw new IllegalArgumentException("no record " + recordId);
    }
    KeyValue kv = right.kv();
    KeyValue wrong =
        new KeyValue(
            kv.key(),
            Bytes.utf8("wrong"),
            kv.createRevision(),
            kv.modRevision(),
            kv.version(),
            kv.lease());
    current.records.put(recordId, new Record(recordId, right.sub(), wrong));
  }

  /** What a process finds wrong that opens or copies the store; null for nothing. */
  public synchronized @Nullable String damage() {
    return damage;
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** From now on every write fails with {@code failure}; null mends the disk. */
  public synchronized void failWith(@Nullable IOException failure) {
    this.failure = failure;
  }

  /** Up to where a process that starts now finds it applied. */
  public synchronized LogPosition applied() {
    return current.applied;
  }

  /** Up to where a process that starts now finds it compacted. */
  public synchronized long compactRevision() {
    return current.compactRevision;
  }

  // ---- as a store

  @Override
  public synchronized Loaded load() {
    requireOpen();
    return loaded(current);
  }

  private static Loaded loaded(State state) {
    return new Loaded(
        state.applied,
        state.conf,
        state.revision,
        state.compactRevision,
        state.nextRecordId,
        Collections.unmodifiableMap(new TreeMap<>(state.leases)),
        List.copyOf(state.members.values()),
        Collections.unmodifiableSet(new TreeSet<>(state.removed)),
        Collections.unmodifiableSet(state.alarmKeys()),
        state.featureLevel,
        AuthState.of(
            state.authEnabled,
            state.authRevision,
            List.copyOf(state.users.values()),
            List.copyOf(state.roles.values())));
  }

  @Override
  public synchronized void commit(StateBatch batch) throws IOException {
    checkDisk();
    if (batch.applied.index() < current.applied.index() || batch.revision < current.revision) {
      throw new IllegalStateException(
          "batch up to " + batch.applied + " on a store at " + current.applied);
    }
    long last = current.nextRecordId - 1;
    for (Record record : batch.records) {
      if (record.id() <= last) {
        throw dead(new IOException("record " + record.id() + " after " + last));
      }
      last = record.id();
    }
    if (last >= batch.nextRecordId) {
      throw new IllegalStateException("record " + last + " but next " + batch.nextRecordId);
    }
    for (long id : batch.deadRecords) {
      Record dead = current.records.get(id);
      freeBytes += dead == null ? 0 : size(dead);
    }
    current.write(batch);
    sinceSync.add(batch);
  }

  @Override
  public synchronized LogPosition synced() {
    return claimed;
  }

  @Override
  public synchronized LogPosition sync() throws IOException {
    checkDisk();
    if (syncsToLose > 0) {
      syncsToLose--;
      claimed = current.applied;
    } else {
      makeDurable();
    }
    return claimed;
  }

  @Override
  public synchronized void export(Path file) throws IOException {
    requireOpen();
    if (damage != null) {
      throw new DamagedStateException(new IOException(damage));
    }
    byte[] bytes = encode(current);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    ByteBuffer whole = ByteBuffer.allocate(bytes.length + 4).put(bytes);
    whole.putInt((int) crc.getValue());
    Files.write(file, whole.array(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  @Override
  public void view(ViewUse use) throws IOException {
    Loaded loaded;
    List<Record> records;
    synchronized (this) {
      requireOpen();
      if (damage != null) {
        throw new DamagedStateException(new IOException(damage));
      }
      loaded = loaded(current);
      records = List.copyOf(current.records.values());
    }
    use.use(
        new View() {
          @Override
          public Loaded loaded() {
            return loaded;
          }

          @Override
          public void forEachRecord(RecordVisitor visitor) throws IOException {
            for (Record record : records) {
              visitor.visit(record);
            }
          }
        });
  }

  @Override
  public synchronized Loaded check(Path file) throws IOException {
    return loaded(decode(read(file)));
  }

  @Override
  public synchronized Loaded replaceWith(Path file) throws IOException {
    checkDisk();
    durable = decode(read(file));
    current = copy(durable);
    sinceSync.clear();
    claimed = durable.applied;
    freeBytes = 0;
    Files.delete(file);
    return load();
  }

  private static byte[] read(Path file) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    if (whole.length < 8 || ByteBuffer.wrap(whole).getInt() != MAGIC) {
      throw new IOException(file + " is no copy of a store");
    }
    CRC32C crc = new CRC32C();
    crc.update(whole, 0, whole.length - 4);
    if ((int) crc.getValue() != ByteBuffer.wrap(whole).getInt(whole.length - 4)) {
      throw new IOException(file + " is damaged");
    }
    return whole;
  }

  @Override
  public synchronized long sizeBytes() {
    return sizeInUseBytes() + freeBytes;
  }

  private static long size(Record record) {
    return 64L + record.kv().key().length() + record.kv().value().length();
  }

  @Override
  public synchronized long freeBytes() {
    return freeBytes;
  }

  /** In small slices, so that something can come in between. */
  @Override
  public synchronized long vacuum(long maxBytes, long keepBytes) throws IOException {
    checkDisk();
    long given = Math.max(0, Math.min(Math.min(maxBytes, SLICE_BYTES), freeBytes - keepBytes));
    freeBytes -= given;
    return given;
  }

  /** The disk as it fills up. */
  public void setUsableBytes(long bytes) {
    usableBytes = bytes;
  }

  @Override
  public long usableBytes() {
    return usableBytes;
  }

  @Override
  public synchronized long sizeInUseBytes() {
    long size = 4096;
    for (Record record : current.records.values()) {
      size += size(record);
    }
    return size;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  // ---- as a reader

  @Override
  public synchronized @Nullable Record read(long id) {
    requireOpen();
    return current.records.get(id);
  }

  @Override
  public synchronized List<Record> scan(long fromId, int limit) {
    requireOpen();
    return current.records.tailMap(fromId, true).values().stream().limit(limit).toList();
  }

  /** Main revisions ascend with ids, so this is a bisection over the ids. */
  @Override
  public synchronized long firstIdAtOrAfter(long main) {
    requireOpen();
    if (current.records.isEmpty() || current.records.lastEntry().getValue().main() < main) {
      return Long.MAX_VALUE;
    }
    long low = current.records.firstKey();
    long high = current.records.lastKey();
    while (low < high) {
      long middle = low + (high - low) / 2;
      if (recordAtOrAfter(middle).main() >= main) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return recordAtOrAfter(low).id();
  }

  private Record recordAtOrAfter(long id) {
    Map.Entry<Long, Record> entry = current.records.ceilingEntry(id);
    if (entry == null) {
      throw new IllegalStateException("no record from " + id + " on");
    }
    return entry.getValue();
  }

  @Override
  public void forEach(Consumer<Record> consumer) {
    List<Record> view;
    synchronized (this) {
      requireOpen();
      view = List.copyOf(current.records.values());
    }
    view.forEach(consumer);
  }

  /** All of it as text, for comparing two stores. */
  public synchronized String dump() {
    StringBuilder text = new StringBuilder();
    text.append("applied ").append(current.applied).append('\n');
    text.append("conf ").append(current.conf).append('\n');
    text.append("revision ").append(current.revision);
    text.append(" compacted ").append(current.compactRevision);
    text.append(" next record ").append(current.nextRecordId).append('\n');
    current.records.values().forEach(r -> text.append(r).append('\n'));
    text.append("leases ").append(current.leases).append('\n');
    text.append("members ").append(current.members).append('\n');
    text.append("removed ").append(current.removed).append('\n');
    text.append("alarms ").append(current.alarmKeys()).append('\n');
    text.append("auth ").append(loaded(current).auth()).append('\n');
    text.append("clocks ").append(current.wallClocks).append('\n');
    return text.toString();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  private void checkDisk() throws IOException {
    requireOpen();
    if (death != null) {
      throw new IOException("stopped after an earlier failure", death);
    }
    if (failure != null) {
      throw dead(failure);
    }
  }

  private IOException dead(IOException reason) {
    death = reason;
    return reason;
  }

  // ---- the file

  private static State copy(State state) {
    try {
      return decode(encode(state));
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
  }

  private static byte[] encode(State state) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(MAGIC);
    out.writeLong(state.applied.term());
    out.writeLong(state.applied.index());
    writeIds(out, state.conf.voters());
    writeIds(out, state.conf.votersOutgoing());
    writeIds(out, state.conf.learners());
    writeIds(out, state.conf.learnersNext());
    out.writeBoolean(state.conf.autoLeave());
    out.writeLong(state.revision);
    out.writeInt(state.featureLevel);
    out.writeLong(state.compactRevision);
    out.writeLong(state.nextRecordId);
    out.writeInt(state.records.size());
    for (Record record : state.records.values()) {
      out.writeLong(record.id());
      out.writeLong(record.sub());
      writeBytes(out, record.kv().key());
      writeBytes(out, record.kv().value());
      out.writeLong(record.kv().createRevision());
      out.writeLong(record.kv().modRevision());
      out.writeLong(record.kv().version());
      out.writeLong(record.kv().lease());
    }
    writeNumbers(out, state.leases);
    writeNumbers(out, state.wallClocks);
    out.writeInt(state.members.size());
    for (Member member : state.members.values()) {
      out.writeLong(member.id());
      out.writeUTF(member.name());
      writeTexts(out, member.peerUrls());
      writeTexts(out, member.clientUrls());
      out.writeBoolean(member.isLearner());
    }
    writeIds(out, List.copyOf(state.removed));
    TreeSet<StateBatch.AlarmKey> alarms = state.alarmKeys();
    out.writeInt(alarms.size());
    for (StateBatch.AlarmKey alarm : alarms) {
      out.writeLong(alarm.memberId());
      out.writeInt(alarm.type().ordinal());
    }
    out.writeBoolean(state.authEnabled);
    out.writeLong(state.authRevision);
    out.writeInt(state.users.size());
    for (User user : state.users.values()) {
      out.writeUTF(user.name());
      out.writeUTF(user.passwordHash());
      out.writeBoolean(user.noPassword());
      writeTexts(out, user.roles());
    }
    out.writeInt(state.roles.size());
    for (Role role : state.roles.values()) {
      out.writeUTF(role.name());
      out.writeInt(role.permissions().size());
      for (Permission permission : role.permissions()) {
        out.writeInt(permission.type().ordinal());
        writeBytes(out, permission.keys().start());
        writeBytes(out, permission.keys().end());
      }
    }
    return bytes.toByteArray();
  }

  private static State decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    State state = new State();
    in.readInt();
    state.applied = new LogPosition(in.readLong(), in.readLong());
    state.conf =
        new ConfState(readIds(in), readIds(in), readIds(in), readIds(in), in.readBoolean());
    state.revision = in.readLong();
    state.featureLevel = in.readInt();
    state.compactRevision = in.readLong();
    state.nextRecordId = in.readLong();
    for (int left = in.readInt(); left > 0; left--) {
      long id = in.readLong();
      long sub = in.readLong();
      KeyValue kv =
          new KeyValue(
              readBytes(in),
              readBytes(in),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong());
      state.records.put(id, new Record(id, sub, kv));
    }
    readNumbers(in, state.leases);
    readNumbers(in, state.wallClocks);
    for (int left = in.readInt(); left > 0; left--) {
      long id = in.readLong();
      state.members.put(
          id, new Member(id, in.readUTF(), readTexts(in), readTexts(in), in.readBoolean()));
    }
    state.removed.addAll(readIds(in));
    for (int left = in.readInt(); left > 0; left--) {
      state
          .alarms
          .computeIfAbsent(in.readLong(), id -> new TreeSet<>())
          .add(Command.AlarmType.values()[in.readInt()]);
    }
    state.authEnabled = in.readBoolean();
    state.authRevision = in.readLong();
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readUTF();
      state.users.put(name, new User(name, in.readUTF(), in.readBoolean(), readTexts(in)));
    }
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readUTF();
      List<Permission> permissions = new ArrayList<>();
      for (int more = in.readInt(); more > 0; more--) {
        Permission.Type type = Permission.Type.values()[in.readInt()];
        permissions.add(new Permission(type, new KeyRange(readBytes(in), readBytes(in))));
      }
      state.roles.put(name, new Role(name, permissions));
    }
    return state;
  }

  private static void writeNumbers(DataOutputStream out, TreeMap<Long, Long> numbers)
      throws IOException {
    out.writeInt(numbers.size());
    for (Map.Entry<Long, Long> entry : numbers.entrySet()) {
      out.writeLong(entry.getKey());
      out.writeLong(entry.getValue());
    }
  }

  private static void readNumbers(DataInputStream in, TreeMap<Long, Long> into) throws IOException {
    for (int left = in.readInt(); left > 0; left--) {
      into.put(in.readLong(), in.readLong());
    }
  }

  private static void writeIds(DataOutputStream out, List<Long> ids) throws IOException {
    out.writeInt(ids.size());
    for (long id : ids) {
      out.writeLong(id);
    }
  }

  private static List<Long> readIds(DataInputStream in) throws IOException {
    List<Long> ids = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      ids.add(in.readLong());
    }
    return ids;
  }

  private static void writeTexts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      out.writeUTF(text);
    }
  }

  private static List<String> readTexts(DataInputStream in) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      texts.add(in.readUTF());
    }
    return texts;
  }

  private static void writeBytes(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeInt(bytes.length());
    out.write(bytes.array());
  }

  private static Bytes readBytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return Bytes.of(bytes);
  }
}
