package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the turn of a key in a line has come: when fewer than {@code permits} keys are
 * before it.
 */
record Turn(KeyRange line, int permits) {

  /**
   * What a waiting key has to watch.
   *
   * @param range a change in it may bring the turn
   * @param deletesOnly whether only deletes can
   */
  record Obstacle(KeyRange range, boolean deletesOnly) {}

  static Turn alone(Bytes prefix) {
    return new Turn(KeyRange.prefix(prefix), 1);
  }

  /** Reads the nearest keys before the one created at {@code createRevision}. */
  Command.Range ahead(long createRevision) {
    return Command.Range.of(line)
        .withLimit(permits == 1 ? 1 : permits + 1L)
        .sortedBy(Command.SortTarget.CREATE, Command.SortOrder.DESCEND)
        .withKeysOnly(true)
        .createdUpTo(createRevision - 1);
  }

  /**
   * Null if the turn has come. With one permit, a key watches the key before it. With more, the
   * next key in line watches for any delete; those behind watch the key before them, which is
   * deleted, or put again when its turn has come.
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
