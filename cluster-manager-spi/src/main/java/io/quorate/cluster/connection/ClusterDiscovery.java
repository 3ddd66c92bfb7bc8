package io.quorate.cluster.connection;

import io.quorate.cluster.connection.Founding.Decision;
import io.quorate.cluster.connection.Probe.Finding;
import io.quorate.cluster.connection.Probe.Kind;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Looks around until there is something to do. Blocks; for one thread. */
final class Search {
  private static final long AGAIN_MILLIS = 20;

  /** In between, those are asked again that were somebody; newcomers are noticed a little later. */
  private static final int ALL_EVERY_ROUNDS = 10;

  private final Probe probe;
  private final Address self;
  private final Supplier<Founding> founding;
  private final Patience patience;
  private final Map<Address, Finding> known = new LinkedHashMap<>();
  private int round;

  /**
   * @param founding what holds at the moment; may block
   */
  Search(Probe probe, Address self, Supplier<Founding> founding, Patience patience) {
    this.probe = probe;
    this.self = self;
    this.founding = founding;
    this.patience = patience;
  }

  /**
   * Anything but {@link Decision.Wait}.
   *
   * @throws JoinFailedException time is over, or it will not become better
   */
  Decision decision() throws InterruptedException, ExecutionException {
    while (true) {
      Founding now = founding.get();
      Decision decision = look(now, round++ % ALL_EVERY_ROUNDS == 0);
      if (decision instanceof Decision.Begin && round % ALL_EVERY_ROUNDS != 1) {
        decision = look(now, true); // not on what was heard a while ago
      }
      if (decision instanceof Decision.Refuse refuse) {
        throw new JoinFailedException(refuse.why());
      }
      if (!(decision instanceof Decision.Wait wait)) {
        return decision;
      }
      if (patience.isOver()) {
        known.putAll(await(probe.explained(known)));
        throw new JoinFailedException(
            now.decide(self, known) instanceof Decision.Wait still ? still.why() : wait.why());
      }
      patience.pause(AGAIN_MILLIS);
    }
  }

  private Decision look(Founding now, boolean all) throws InterruptedException, ExecutionException {
    Set<Address> asked = new HashSet<>(now.candidates());
    asked.remove(self);
    known.keySet().retainAll(asked);
    if (!all) {
      asked.removeIf(a -> known.containsKey(a) && isNobody(known.get(a)) && !now.isDecisive(a));
    }
    known.putAll(await(probe.findAll(asked)));
    return now.decide(self, known);
  }

  private static boolean isNobody(Finding finding) {
    return finding.kind() == Kind.NOBODY;
  }

  /** Each question has an end of its own, so this comes to one even if time is over. */
  private Map<Address, Finding> await(Future<Map<Address, Finding>> found)
      throws InterruptedException, ExecutionException {
    try {
      return patience.atLeast(10_000).await(found);
    } catch (TimeoutException e) {
      throw new IllegalStateException("a question without an end", e);
    }
  }
}
