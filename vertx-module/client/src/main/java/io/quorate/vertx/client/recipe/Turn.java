package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When a key in a line has its turn: there are fewer than {@code permits} before it. */
record Turn(KeyRange line, int permits) {

  /**
   * What is in the way.
   *
   * @param range a change of it is worth another look
   * @param deletesOnly only deletes are
   */
  record Obstacle(KeyRange range, boolean deletesOnly) {}

  static Turn alone(Bytes prefix) {
    return new Turn(KeyRange.prefix(prefix), 1);
  }

  /** The nearest ones before the key that was created at {@code createRevision}. */
  Command.Range ahead(long createRevision) {
    return Command.Range.of(line)
        .withLimit(permits == 1 ? 1 : permits + 1L)
        .sortedBy(Command.SortTarget.CREATE, Command.SortOrder.DESCEND)
        .withKeysOnly(true)
        .createdUpTo(createRevision - 1);
  }

  /**
   * Null if the turn has come. With one permit it comes when the one before is gone. With more,
   * whoever is next waits for any to leave; those behind wait for the one before them to leave or
   * to get its turn, which it shows by another put.
   */
  @Nullable Obstacle obstacle(Result.Ranged ahead) {
    List<KeyValue> keys = ahead.kvs();
    if (keys.size() < permits) {
      return null;
    }
    if (permits > 1 && keys.size() == permits) {
      return new Obstacle(line, true);
    }
    return new Obstacle(KeyRange.single(keys.get(0).key()), permits == 1);
  }
}
