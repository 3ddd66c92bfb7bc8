package io.quorate.vertx.member.store;

import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.vertx.core.Future;
import java.util.List;

/** An answer that is in memory, read in pieces. */
final class WholePieces implements RangeAnswer.Pieces {
  private final Result.Ranged ranged;
  private int position;

  WholePieces(Result.Ranged ranged) {
    this.ranged = ranged;
  }

  @Override
  public long revision() {
    return ranged.revision();
  }

  @Override
  public long count() {
    return ranged.count();
  }

  @Override
  public boolean more() {
    return ranged.more();
  }

  @Override
  public long sizeBytes() {
    long bytes = 0;
    for (KeyValue pair : ranged.kvs()) {
      bytes += rawBytes(pair);
    }
    return bytes;
  }

  @Override
  public Future<List<KeyValue>> next(long maxBytes, int maxPairs) {
    List<KeyValue> pairs = ranged.kvs();
    int from = position;
    long bytes = 0;
    while (position < pairs.size() && position - from < maxPairs) {
      bytes += rawBytes(pairs.get(position));
      if (bytes > maxBytes && position > from) {
        break;
      }
      position++;
    }
    return Future.succeededFuture(pairs.subList(from, position));
  }

  private static long rawBytes(KeyValue pair) {
    return (long) pair.key().length() + pair.value().length();
  }

  @Override
  public boolean isAtEnd() {
    return position == ranged.kvs().size();
  }

  @Override
  public void close() {}
}
