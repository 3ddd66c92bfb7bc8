package io.quorate.store.sqlite;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.Permission;
import io.quorate.raft.ConfState;
import io.quorate.wire.Json;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How lists are written in columns that people read too. */
final class StateText {
  private static final String IDS = "([0-9a-f,]*)";
  private static final Pattern CONF =
      Pattern.compile(
          "voters=%s outgoing=%s learners=%s next=%s auto_leave=(true|false)"
              .formatted(IDS, IDS, IDS, IDS));

  private StateText() {}

  /** For example {@code voters=1,2,3 outgoing= learners=4 next= auto_leave=false}, ids in hex. */
  static String of(ConfState conf) {
    return "voters="
        + ids(conf.voters())
        + " outgoing="
        + ids(conf.votersOutgoing())
        + " learners="
        + ids(conf.learners())
        + " next="
        + ids(conf.learnersNext())
        + " auto_leave="
        + conf.autoLeave();
  }

  /** The reverse of {@link #of(ConfState)}; throws IllegalArgumentException for other text. */
  static ConfState conf(String text) {
    Matcher parts = CONF.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a configuration: " + text);
    }
    return new ConfState(
        ids(parts.group(1)),
        ids(parts.group(2)),
        ids(parts.group(3)),
        ids(parts.group(4)),
        parts.group(5).equals("true"));
  }

  /** A JSON array of strings; SQLite's json_each reads it. */
  static String jsonArray(List<String> strings) {
    return Json.strings(strings);
  }

  /** For example {@code READ 61 62}: the type, start and end of the range, which may be empty. */
  static String of(Permission permission) {
    return permission.type()
        + " "
        + hex(permission.keys().start())
        + " "
        + hex(permission.keys().end());
  }

  private static String hex(Bytes bytes) {
    return HexFormat.of().formatHex(bytes.array());
  }

  /** The reverse of {@link #of(Permission)}; throws IllegalArgumentException for other text. */
  static Permission permission(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("not a permission: " + text);
    }
    return new Permission(
        Permission.Type.valueOf(parts[0]),
        new KeyRange(
            Bytes.of(HexFormat.of().parseHex(parts[1])),
            Bytes.of(HexFormat.of().parseHex(parts[2]))));
  }

  private static String ids(List<Long> ids) {
    return ids.stream().map(Long::toHexString).collect(Collectors.joining(","));
  }

  private static List<Long> ids(String text) {
    List<Long> ids = new ArrayList<>();
    for (String id : text.split(",")) {
      if (!id.isEmpty()) {
        ids.add(Long.parseUnsignedLong(id, 16));
      }
    }
    return ids;
  }
}
