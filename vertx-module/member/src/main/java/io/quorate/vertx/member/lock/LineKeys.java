package io.quorate.vertx.member.lock;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a line, laid out as etcd does: its name, a slash, and the lease in hexadecimal. */
final class LineKeys {
  private LineKeys() {}

  static Bytes prefix(Bytes name) {
    return concatenated(name, "/");
  }

  /** As Go prints a number in hexadecimal: without leading zeros, a negative one with its sign. */
  static Bytes key(Bytes prefix, long lease) {
    return concatenated(prefix, Long.toString(lease, 16));
  }

  private static Bytes concatenated(Bytes start, String end) {
    byte[] ascii = end.getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(start.array(), start.length() + ascii.length);
    System.arraycopy(ascii, 0, all, start.length(), ascii.length);
    return Bytes.of(all);
  }

  /** The oldest key of the line. */
  static Command.Range first(Bytes prefix) {
    return sorted(prefix, Command.SortOrder.ASCEND);
  }

  /** The newest key of the line that is older than the one created at that revision. */
  static Command.Range lastBefore(Bytes prefix, long createRevision) {
    return sorted(prefix, Command.SortOrder.DESCEND).createdUpTo(createRevision - 1);
  }

  private static Command.Range sorted(Bytes prefix, Command.SortOrder order) {
    return Command.Range.of(KeyRange.prefix(prefix))
        .withLimit(1)
        .sortedBy(Command.SortTarget.CREATE, order);
  }

  /** True while the key has not been deleted since. */
  static Command.Compare createdAt(Bytes key, long createRevision) {
    return new Command.Compare(
        KeyRange.single(key),
        Command.CompareResult.EQUAL,
        Command.CompareTarget.CREATE,
        createRevision,
        Bytes.EMPTY);
  }

  /** The pair that was read; null if there is none. */
  static @Nullable KeyValue only(Result.Ranged read) {
    List<KeyValue> kvs = read.kvs();
    return kvs.isEmpty() ? null : kvs.get(0);
  }
}
