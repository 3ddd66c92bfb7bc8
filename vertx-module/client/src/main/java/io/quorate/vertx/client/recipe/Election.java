package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of those who campaign leads, the one who has campaigned longest; the next follows when it
 * resigns or its session is over. Keys are as {@code etcdctl elect} has them. Any thread.
 */
public final class Election {
  private final QuorateClient client;
  private final String name;
  private final Bytes prefix;

  public Election(QuorateClient client, String name) {
    this.client = client;
    this.name = name;
    this.prefix = Bytes.utf8(name + "/");
  }

  /**
   * Waits until it leads; without a bound, but for {@code canceled} and the end of the session,
   * when it fails with {@link NotAcquiredException}.
   *
   * @param value what observers see of the leader
   * @param canceled takes it back when it completes
   */
  public Future<Leadership> campaign(Session session, Bytes value, @Nullable Future<?> canceled) {
    return Acquisition.begin(
            client,
            session,
            "election " + name,
            prefix,
            value,
            Turn.alone(prefix),
            Acquisition.NO_TIMEOUT,
            canceled)
        .map(Leadership::new);
  }

  /** Who leads now, with its value; linearizable. */
  public Future<Optional<KeyValue>> leader() {
    return client.store().range(first(prefix)).map(read -> read.kvs().stream().findFirst());
  }

  /**
   * Who leads, from now on: the leader there is, then each change of leader or of its value. If
   * they come faster than they are taken, only the newest is delivered. It ends with {@link
   * Observation#close}.
   */
  public Observation observe() {
    return new Observation(client, prefix, (ContextInternal) client.vertx().getOrCreateContext());
  }

  static Command.Range first(Bytes prefix) {
    return Command.Range.of(KeyRange.prefix(prefix))
        .withLimit(1)
        .sortedBy(Command.SortTarget.CREATE, Command.SortOrder.ASCEND);
  }
}
