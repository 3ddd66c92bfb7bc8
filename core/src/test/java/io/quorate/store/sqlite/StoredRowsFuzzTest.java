package io.quorate.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.apply.MemberTable;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateMachine;
import io.quorate.apply.StateStore;
import io.quorate.codec.CommandCodec;
import io.quorate.codec.FormatVersion;
import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Proposal;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.node.Bootstrap;
import io.quorate.node.LogStore;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfChangeCodec;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Raft;
import io.quorate.raft.RaftConfig;
import io.quorate.store.sqlite.ContentDigest.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows that nobody of ours wrote, in both databases of a member that has stopped: values changed,
 * rows gone or doubled, half of the time with checksums that fit them. A start on them goes well,
 * or ends with the file and what is wrong with it.
 *
 * <p>More of it: {@code -Dquorate.fuzz.rounds=20 -Dquorate.fuzz.from=100}.
 */
class StoredRowsFuzzTest {
  private static final int ROUNDS = Integer.getInteger("quorate.fuzz.rounds", 3);
  private static final long FROM = Long.getLong("quorate.fuzz.from", 1);
  private static final int STARTS_A_ROUND = 50;
  private static final int HANGS_SECONDS = 60;

  /** Seeds in a row would begin with the same choices. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  private static final long[] NUMBERS = {
    0, 1, -1, 2, 3, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, 1L << 31, 1L << 32, 1L << 62
  };

  private static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("entry", "idx"),
          Map.entry("identity", "id"),
          Map.entry("log_state", "id"),
          Map.entry("record", "id"),
          Map.entry("lease", "id"),
          Map.entry("member", "id"),
          Map.entry("removed_member", "id"),
          Map.entry("alarm", "member_id"),
          Map.entry("wall_clock", "revision"),
          Map.entry("auth_user", "name"),
          Map.entry("auth_role", "name"),
          Map.entry("meta", "key"));

  private static final List<String> LOG_TABLES = List.of("entry", "identity", "log_state");

  private final Path root;
  private final Map<String, byte[]> files = new TreeMap<>();

  private enum Outcome {
    /** The start was refused, and the reason names a file. */
    NAMED,
    /** Each row is sound, and they contradict each other; the reason says how. */
    CONTRADICTS,
    STARTED
  }

  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);

  StoredRowsFuzzTest(@TempDir Path directory) {
    root = directory.resolve("data");
  }

  @Test
  @Timeout(HANGS_SECONDS * 60)
  void whatever_the_rows_hold_a_start_goes_well_or_says_what_is_wrong() throws Exception {
    writeMember();
    assertThat(start()).isEqualTo(Outcome.STARTED);
    for (long seed = FROM * 1_000; seed < FROM * 1_000 + (long) ROUNDS * STARTS_A_ROUND; seed++) {
      restore();
      List<String> done = change(new Random(seed * SPREAD));
      try {
        long began = System.nanoTime();
        outcomes.merge(start(), 1, Integer::sum);
        assertThat((System.nanoTime() - began) / 1_000_000_000).isLessThan(HANGS_SECONDS);
      } catch (Exception | Error e) {
        throw new AssertionError("seed " + seed + ": " + String.join("; ", done), e);
      }
    }
    System.out.println("stored rows: " + outcomes);
    assertThat(outcomes).containsKeys(Outcome.NAMED, Outcome.STARTED);
  }

  // ---- a start, as a member does it

  private Outcome start() throws Exception {
    try (DataDirectory directory = DataDirectory.open(root);
        SqliteLogStore log = new SqliteLogStore(directory)) {
      LogStore.Recovered found = log.recover();
      if (found instanceof LogStore.Damaged damaged) {
        assertThat(damaged.what()).contains("log.db");
        return Outcome.NAMED;
      }
      try (SqliteStateStore state = SqliteStateStore.open(directory)) {
        read(Bootstrap.recover(log, (LogStore.Existing) found, state), state);
      }
      return Outcome.STARTED;
    } catch (Bootstrap.RecoveryException e) {
      return Outcome.CONTRADICTS;
    } catch (StoreException e) {
      assertThat(e).hasMessageContaining(".db");
      return Outcome.NAMED;
    } catch (UncheckedIOException e) {
      assertThat(e.getCause()).isInstanceOf(Bootstrap.RecoveryException.class);
      return Outcome.CONTRADICTS;
    }
  }

  /** All that is there is looked at; what is committed and not applied yet is applied. */
  private static void read(Bootstrap.Recovered recovered, StateStore store) throws IOException {
    StateStore.Loaded loaded = recovered.state();
    StateMachine machine = Bootstrap.stateMachine(store, loaded, 1 << 20);
    KvStore kv = machine.kv();
    RaftConfig config =
        new RaftConfig(
            recovered.identity().memberId(), 10, 1, 1 << 16, 8, 1 << 20, 1 << 20, true, true);
    Raft raft = new Raft(config, 1, recovered.raft());
    raft.validate();
    kv.range(Command.Range.of(KeyRange.all()));
    kv.history(Math.max(1, kv.compactRevision()), kv.revision(), 1_000);
    while (machine.sweep(10)) {
      continue;
    }
    store.commit(machine.takeBatch());
  }

  // ---- what is there

  private void writeMember() throws IOException {
    Member self = new Member(1, "", List.of("http://m1:2380"), List.of(), false);
    try (DataDirectory directory = DataDirectory.open(root);
        SqliteLogStore log = new SqliteLogStore(directory);
        SqliteStateStore state = SqliteStateStore.open(directory)) {
      log.recover();
      Bootstrap.newCluster(log, state, new LogStore.Identity(77, 1), List.of(self));
      StateStore.Loaded fresh = state.load();
      KvStore kv = new KvStore(state, 1 << 20);
      kv.load(fresh.revision(), fresh.compactRevision(), fresh.nextRecordId());
      StateMachine machine = new StateMachine(kv, fresh);
      List<Entry> entries = entries();
      HardState hard = new HardState(2, 1, entries.get(entries.size() - 1).index());
      log.write(List.of(new LogStore.Write(hard, entries, null)));
      for (Entry entry : entries.subList(0, entries.size() - 3)) {
        machine.apply(entry);
      }
      state.commit(machine.takeBatch());
    }
    for (String name : List.of("format", "lock", "log.synced", "log.db", "state.db")) {
      files.put(name, Files.readAllBytes(root.resolve("member").resolve(name)));
    }
  }

  private static List<Entry> entries() {
    Bytes[] keys = {Bytes.utf8("a"), Bytes.utf8("b"), Bytes.utf8("c")};
    List<Command> commands = new ArrayList<>();
    commands.add(new Command.RaiseLevel(FeatureLevel.NEWEST));
    Password hashed = new Password.Hashed("$2a$10$hash");
    Permission reading = new Permission(Permission.Type.READ, KeyRange.prefix(keys[0]));
    for (AuthChange change :
        List.of(
            new AuthChange.UserAdd("ann", hashed),
            new AuthChange.UserAdd("cn", Password.NONE),
            new AuthChange.RoleAdd("some"),
            new AuthChange.RoleGrantPermission("some", reading),
            new AuthChange.UserGrantRole("ann", "some"))) {
      commands.add(new Command.Auth(change));
    }
    commands.add(new Command.LeaseGrant(7, 60));
    commands.add(new Command.LeaseGrantMillis(-8, 500));
    for (int i = 0; i < 12; i++) {
      Bytes key = keys[i % keys.length];
      commands.add(new Command.Put(key, key, i % 3 == 0 ? 7 : 0, false, false, false));
    }
    commands.add(new Command.DeleteRange(KeyRange.single(keys[1]), false));
    commands.add(new Command.Alarm(Command.AlarmAction.ACTIVATE, 1, Command.AlarmType.NOSPACE));
    commands.add(new Command.MemberPublish(1, "one", List.of("http://m1:2379", "http://m:1")));
    commands.add(new Command.Compact(6, false));
    List<Entry> entries = new ArrayList<>();
    for (Command command : commands) {
      byte[] proposal = CommandCodec.encode(command);
      add(entries, batch(proposal), false);
    }
    add(entries, change(new MemberChange.Add(2, List.of("http://m2:2380"), true)), true);
    add(entries, change(new MemberChange.Remove(2)), true);
    add(entries, new byte[0], false);
    add(entries, new byte[0], false);
    add(entries, new byte[0], false);
    return entries;
  }

  private static byte[] batch(byte[] command) {
    return CommandCodec.encodeBatch(
        new CommandCodec.Batch(
            FormatVersion.WITH_CALLERS,
            5,
            List.of(new Proposal(1, 9, new Caller.User("ann", 3), command))));
  }

  private static void add(List<Entry> entries, byte[] data, boolean change) {
    LogPosition position = new LogPosition(2, entries.size() + Bootstrap.FIRST.index() + 1);
    entries.add(new Entry(position, change ? Entry.Kind.CONF_CHANGE : Entry.Kind.NORMAL, data));
  }

  private static byte[] change(MemberChange change) {
    byte[] context =
        CommandCodec.encodeChange(new CommandCodec.ProposedChange(2, 1, 9, Caller.NOBODY, change));
    return ConfChangeCodec.encode(
        new ConfChange(ConfChange.Transition.AUTO, List.of(MemberTable.step(change)), context));
  }

  private void restore() throws IOException {
    TestDirectory.delete(root.resolve("member"));
    Files.createDirectories(root.resolve("member"));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(root.resolve("member").resolve(file.getKey()), file.getValue());
    }
  }

  // ---- what is changed

  private List<String> change(Random random) throws SQLException {
    boolean inLog = random.nextBoolean();
    Path file = root.resolve("member").resolve(inLog ? "log.db" : "state.db");
    List<String> done = new ArrayList<>();
    try (Database database = Database.openForWriting(file)) {
      database.beginImmediate();
      database.execute("PRAGMA ignore_check_constraints = ON");
      for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
        List<String> tables =
            KEYS.keySet().stream().filter(t -> LOG_TABLES.contains(t) == inLog).sorted().toList();
        String table = tables.get(random.nextInt(tables.size()));
        done.add(changeRow(database, table, random));
      }
      if (random.nextBoolean()) {
        done.add("with checksums that fit");
        if (inLog) {
          signLog(database);
        } else {
          signState(database);
        }
      }
      database.commit();
    }
    return done;
  }

  private static String changeRow(Database database, String table, Random random)
      throws SQLException {
    long rows = database.queryLong("SELECT count(*) FROM " + table);
    long which = rows == 0 ? 0 : random.nextInt((int) rows);
    String key = KEYS.get(table);
    String where =
        " WHERE %s = (SELECT %s FROM %s LIMIT 1 OFFSET %d)".formatted(key, key, table, which);
    List<String> columns = columns(database, table);
    String column = columns.get(random.nextInt(columns.size()));
    String text;
    if (random.nextInt(8) == 0) {
      text = "DELETE FROM " + table + where;
      database.execute(text);
      return text;
    }
    text = "UPDATE OR REPLACE " + table + " SET " + column + " = ?" + where;
    Object value = value(database, table, column, where, random);
    try (PreparedStatement update = database.prepare(text)) {
      update.setObject(1, value);
      update.executeUpdate();
      return text + ": " + (value instanceof byte[] b ? b.length + " bytes" : value);
    } catch (SQLException refused) { // a key must be a number, no column may be null
      return text + ": not possible";
    }
  }

  private static List<String> columns(Database database, String table) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (PreparedStatement select = database.prepare("PRAGMA table_info(" + table + ")");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        columns.add(row.getString("name"));
      }
    }
    return columns;
  }

  private static Object value(
      Database database, String table, String column, String where, Random random)
      throws SQLException {
    byte[] now = new byte[0];
    try (PreparedStatement select =
            database.prepare("SELECT " + column + " FROM " + table + where);
        ResultSet row = select.executeQuery()) {
      byte[] found = row.next() ? row.getBytes(1) : null;
      now = found == null ? now : found;
    }
    switch (random.nextInt(8)) {
      case 0:
        return random.nextLong();
      case 1:
      case 2:
        return NUMBERS[random.nextInt(NUMBERS.length)];
      case 3:
        return new String[] {"", "x", "[", "[1]", "{}", "-1", "voters=", "NaN", "\u0000"}
            [random.nextInt(9)];
      case 4:
        return random.nextDouble() * 1e300;
      case 5:
        byte[] bytes = new byte[random.nextInt(64)];
        random.nextBytes(bytes);
        return bytes;
      default: // what is there, but for some of its bytes
        byte[] changed = Arrays.copyOf(now, Math.max(0, now.length - random.nextInt(3)));
        for (int i = random.nextInt(3); i > 0 && changed.length > 0; i--) {
          changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return random.nextBoolean() ? changed : new String(changed, StandardCharsets.UTF_8);
    }
  }

  // ---- checksums that fit what is there

  private interface Row {
    long crc(ResultSet row) throws SQLException;
  }

  private static byte[] bytes(ResultSet row, int column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? new byte[0] : bytes;
  }

  private static void sign(Database database, String table, String columns, Row crc)
      throws SQLException {
    String key = KEYS.get(table);
    Map<Object, Long> sums = new LinkedHashMap<>();
    try (PreparedStatement select =
            database.prepare("SELECT " + columns + ", " + key + " FROM " + table);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        sums.put(row.getObject(key), crc.crc(row));
      }
    }
    try (PreparedStatement update =
        database.prepare("UPDATE " + table + " SET crc = ? WHERE " + key + " = ?")) {
      for (Map.Entry<Object, Long> sum : sums.entrySet()) {
        update.setLong(1, sum.getValue());
        update.setObject(2, sum.getKey());
        update.executeUpdate();
      }
    }
  }

  private static void signLog(Database database) throws SQLException {
    sign(
        database,
        "entry",
        "idx, term, kind, data",
        row -> {
          CRC32C crc = new CRC32C();
          ByteBuffer head = ByteBuffer.allocate(20);
          head.putLong(row.getLong(1)).putLong(row.getLong(2)).putInt(row.getInt(3));
          crc.update(head.flip());
          crc.update(bytes(row, 4));
          return crc.getValue();
        });
    sign(database, "identity", "cluster_id, member_id", row -> numbers(row, 2));
    sign(
        database,
        "log_state",
        "term, vote, commit_index, start_term, start_index, last_term, last_index, commits",
        row -> numbers(row, 8));
  }

  private static long numbers(ResultSet row, int count) throws SQLException {
    ByteBuffer bytes = ByteBuffer.allocate(8 * count);
    for (int i = 1; i <= count; i++) {
      bytes.putLong(row.getLong(i));
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes.flip());
    return crc.getValue();
  }

  private static void signState(Database database) throws SQLException {
    sign(
        database,
        "record",
        "main, sub, create_revision, version, lease, id, key, value",
        row ->
            StateCrc.record(
                new Record(
                    row.getLong(6),
                    row.getLong(2),
                    new KeyValue(
                        Bytes.of(bytes(row, 7)),
                        Bytes.of(bytes(row, 8)),
                        row.getLong(3),
                        row.getLong(1),
                        row.getLong(4),
                        row.getLong(5)))));
    sign(database, "lease", "id, ttl_millis", r -> StateCrc.lease(r.getLong(1), r.getLong(2)));
    sign(
        database,
        "member",
        "id, name, peer_urls, client_urls, is_learner",
        row ->
            StateCrc.member(
                row.getLong(1), bytes(row, 2), bytes(row, 3), bytes(row, 4), row.getLong(5)));
    sign(database, "removed_member", "id", row -> StateCrc.removedMember(row.getLong(1)));
    sign(database, "alarm", "member_id, type", r -> StateCrc.alarm(r.getLong(1), bytes(r, 2)));
    sign(
        database,
        "wall_clock",
        "revision, millis",
        row -> StateCrc.wallClock(row.getLong(1), row.getLong(2)));
    sign(
        database,
        "auth_user",
        "name, password, no_password, roles",
        row -> StateCrc.authUser(bytes(row, 1), bytes(row, 2), row.getLong(3), bytes(row, 4)));
    sign(
        database,
        "auth_role",
        "name, permissions",
        row -> StateCrc.authRole(bytes(row, 1), bytes(row, 2)));
    signMeta(database);
  }

  private static void signMeta(Database database) throws SQLException {
    ContentDigest content = new ContentDigest();
    for (Table table : Table.values()) {
      try (PreparedStatement select = database.prepare("SELECT crc FROM " + table.sqlName());
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          content.add(table, row.getLong(1));
        }
      }
    }
    database.execute("UPDATE meta SET value = '" + content + "' WHERE key = 'content'");
    CRC32C crc = new CRC32C();
    StateBatch batch = new StateBatch();
    batch.featureLevel = FeatureLevel.NEWEST;
    for (StateMeta.Row row : StateMeta.after(batch, content).rows()) {
      if (!row.key().equals("crc")) {
        String value = database.queryText("SELECT value FROM meta WHERE key = '" + row.key() + "'");
        crc.update((row.key() + "=" + value + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }
    database.execute("UPDATE meta SET value = " + crc.getValue() + " WHERE key = 'crc'");
  }
}
