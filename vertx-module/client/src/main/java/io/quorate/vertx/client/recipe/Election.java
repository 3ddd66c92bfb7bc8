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
 * Elects one leader among the candidates: the one that has campaigned longest. The next one leads
 * when the leader resigns or its session ends. The keys are those of {@code etcdctl elect}. Any
 * thread.
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
   * Waits until the candidate leads, without a time limit. Fails with {@link NotAcquiredException}
   * if {@code canceled} completes or the session ends.
   *
   * @param value the leader's value, visible to observers
   * @param canceled gives up the campaign when it completes
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

  /** The key and value of the current leader. The read is linearizable. */
  public Future<Optional<KeyValue>> leader() {
    return client.store().range(first(prefix)).map(read -> read.kvs().stream().findFirst());
  }

  /**
   * Observes the election: the current leader, then each change of the leader or of its value. If
   * changes come faster than they are consumed, only the newest is delivered. Close it with {@link
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
