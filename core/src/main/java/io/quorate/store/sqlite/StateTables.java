package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch.AlarmKey;
import io.quorate.command.Command.AlarmType;
import io.quorate.command.Member;
import io.quorate.command.Permission;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.store.sqlite.ContentDigest.Table;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the tables of {@code state.db} that are kept in memory whole, each row against its
 * checksum, and adds up what it has read. One thread at a time.
 */
final class StateTables {
  private final Path file;
  private final Database database;
  private final ContentDigest read = new ContentDigest();

  StateTables(Path file, Database database) {
    this.file = file;
    this.database = database;
  }

  /** Takes in one row. */
  @FunctionalInterface
  private interface Row {
    void take(ResultSet row) throws SQLException, DamagedException;
  }

  /** All of {@code meta}. */
  StateMeta meta() throws SQLException, DamagedException {
    Map<String, String> meta = new LinkedHashMap<>();
    query("SELECT key, value FROM meta", row -> meta.put(row.getString(1), row.getString(2)));
    return StateMeta.of(file, meta);
  }

  Map<Long, Long> leases() throws SQLException, DamagedException {
    Map<Long, Long> leases = new LinkedHashMap<>();
    query(
        "SELECT id, ttl_millis, crc FROM lease ORDER BY id",
        row -> {
          long id = row.getLong(1);
          long ttlMillis = row.getLong(2);
          require(Table.LEASE, id, StateCrc.lease(id, ttlMillis), row.getLong(3));
          leases.put(id, ttlMillis);
        });
    return leases;
  }

  List<Member> members() throws SQLException, DamagedException {
    List<Member> members = new ArrayList<>();
    // Ids are unsigned: those that SQL takes for negative are the highest.
    query(
        "SELECT id, name, peer_urls, client_urls, is_learner, crc FROM member"
            + " ORDER BY id < 0, id",
        row -> {
          long id = row.getLong(1);
          byte[] name = bytes(Table.MEMBER, row, 2);
          byte[] peerUrls = bytes(Table.MEMBER, row, 3);
          byte[] clientUrls = bytes(Table.MEMBER, row, 4);
          long isLearner = row.getLong(5);
          require(
              Table.MEMBER,
              id,
              StateCrc.member(id, name, peerUrls, clientUrls, isLearner),
              row.getLong(6));
          members.add(
              new Member(
                  id,
                  Soundness.text(name),
                  strings(Soundness.text(peerUrls)),
                  strings(Soundness.text(clientUrls)),
                  isLearner != 0));
        });
    return members;
  }

  Set<Long> removedMembers() throws SQLException, DamagedException {
    Set<Long> removed = new LinkedHashSet<>();
    query(
        "SELECT id, crc FROM removed_member ORDER BY id < 0, id",
        row -> {
          long id = row.getLong(1);
          require(Table.REMOVED_MEMBER, id, StateCrc.removedMember(id), row.getLong(2));
          removed.add(id);
        });
    return removed;
  }

  Set<AlarmKey> alarms() throws SQLException, DamagedException {
    Set<AlarmKey> alarms = new LinkedHashSet<>();
    query(
        "SELECT member_id, type, crc FROM alarm ORDER BY member_id < 0, member_id, type",
        row -> {
          long member = row.getLong(1);
          byte[] type = bytes(Table.ALARM, row, 2);
          require(Table.ALARM, member, StateCrc.alarm(member, type), row.getLong(3));
          alarms.add(new AlarmKey(member, alarmType(Soundness.text(type))));
        });
    return alarms;
  }

  List<User> users() throws SQLException, DamagedException {
    List<User> users = new ArrayList<>();
    query(
        "SELECT name, password, no_password, roles, crc FROM auth_user",
        row -> {
          byte[] name = bytes(Table.AUTH_USER, row, 1);
          byte[] password = bytes(Table.AUTH_USER, row, 2);
          long noPassword = row.getLong(3);
          byte[] roles = bytes(Table.AUTH_USER, row, 4);
          require(
              Table.AUTH_USER,
              Soundness.text(name),
              StateCrc.authUser(name, password, noPassword, roles),
              row.getLong(5));
          users.add(
              new User(
                  Soundness.text(name),
                  Soundness.text(password),
                  noPassword != 0,
                  strings(Soundness.text(roles))));
        });
    return users;
  }

  List<Role> roles() throws SQLException, DamagedException {
    List<Role> roles = new ArrayList<>();
    query(
        "SELECT name, permissions, crc FROM auth_role",
        row -> {
          byte[] name = bytes(Table.AUTH_ROLE, row, 1);
          byte[] permissions = bytes(Table.AUTH_ROLE, row, 2);
          require(
              Table.AUTH_ROLE,
              Soundness.text(name),
              StateCrc.authRole(name, permissions),
              row.getLong(3));
          roles.add(new Role(Soundness.text(name), permissions(Soundness.text(permissions))));
        });
    return roles;
  }

  private List<Permission> permissions(String jsonArray) throws SQLException, DamagedException {
    List<Permission> permissions = new ArrayList<>();
    for (String text : strings(jsonArray)) {
      try {
        permissions.add(StateText.permission(text));
      } catch (IllegalArgumentException e) {
        throw new DamagedException(file + ": auth_role: " + e.getMessage(), e);
      }
    }
    return permissions;
  }

  /** Checks what is kept for people only. */
  void checkWallClocks() throws SQLException, DamagedException {
    query(
        "SELECT revision, millis, crc FROM wall_clock",
        row -> {
          long revision = row.getLong(1);
          long crc = StateCrc.wallClock(revision, row.getLong(2));
          require(Table.WALL_CLOCK, revision, crc, row.getLong(3));
        });
  }

  /** Throws unless exactly those rows of {@code table} were read that had been written. */
  void requireComplete(StateMeta meta, Table table) throws DamagedException {
    requireComplete(file, meta, table, read);
  }

  static void requireComplete(Path file, StateMeta meta, Table table, ContentDigest read)
      throws DamagedException {
    if (!read.isSameFor(table, meta.content())) {
      throw new DamagedException(
          String.format(
              "%s: %s: these are not the rows that were written: found %d, written were %d,"
                  + " and each found is sound by itself",
              file, table.sqlName(), read.rows(table), meta.content().rows(table)));
    }
  }

  private AlarmType alarmType(String name) throws DamagedException {
    try {
      return AlarmType.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new DamagedException(file + ": alarm: " + e.getMessage(), e);
    }
  }

  private List<String> strings(String jsonArray) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (PreparedStatement each = database.prepare("SELECT value FROM json_each(?)")) {
      each.setString(1, jsonArray);
      try (ResultSet row = each.executeQuery()) {
        while (row.next()) {
          strings.add(row.getString(1));
        }
      }
    }
    return strings;
  }

  private byte[] bytes(Table table, ResultSet row, int column)
      throws SQLException, DamagedException {
    return Soundness.bytes(file, table.sqlName(), row.getBytes(column));
  }

  private void require(Table table, long id, long computed, long stored) throws DamagedException {
    require(table, Long.toHexString(id), computed, stored);
  }

  private void require(Table table, String id, long computed, long stored) throws DamagedException {
    Soundness.requireCrc(file, table.sqlName() + " " + id, computed, stored);
    read.add(table, stored);
  }

  private void query(String sql, Row action) throws SQLException, DamagedException {
    try (PreparedStatement select = database.prepare(sql);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        action.take(row);
      }
    }
  }
}
