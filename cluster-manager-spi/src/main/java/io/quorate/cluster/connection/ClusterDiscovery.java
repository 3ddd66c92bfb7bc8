package io.quorate.cluster.connection;

import io.quorate.cluster.connection.BootstrapPolicy.Decision;
import io.quorate.cluster.connection.PeerProbe.Finding;
import io.quorate.cluster.connection.PeerProbe.Kind;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks the candidate addresses until the policy decides. Blocks; for one thread. */
final class ClusterDiscovery {
  private static final long AGAIN_MILLIS = 20;

  /**
   * All addresses are asked in every tenth round; in the others, those that refused the connection
   * are skipped.
   */
  private static final int ALL_EVERY_ROUNDS = 10;

  private final PeerProbe probe;
  private final Address self;
  private final Supplier<BootstrapPolicy> policy;
  private final Deadline deadline;
  private final Map<Address, Finding> known = new LinkedHashMap<>();
  private int round;

  /**
   * @param policy the policy that applies now; may block
   */
  ClusterDiscovery(
      PeerProbe probe, Address self, Supplier<BootstrapPolicy> policy, Deadline deadline) {
    this.probe = probe;
    this.self = self;
    this.policy = policy;
    this.deadline = deadline;
  }

  /**
   * The decision of the policy; never {@link Decision.Wait}.
   *
   * @throws JoinFailedException if the deadline passes, or the policy refuses
   */
  Decision decision() throws InterruptedException, ExecutionException {
    while (true) {
      BootstrapPolicy now = policy.get();
      Decision decision = look(now, round++ % ALL_EVERY_ROUNDS == 0);
      if (decision instanceof Decision.Begin && round % ALL_EVERY_ROUNDS != 1) {
        decision = look(now, true); // not on answers from earlier rounds
      }
      if (decision instanceof Decision.Refuse refuse) {
        throw new JoinFailedException(refuse.why());
      }
      if (!(decision instanceof Decision.Wait wait)) {
        return decision;
      }
      if (deadline.isOver()) {
        known.putAll(await(probe.explained(known)));
        throw new JoinFailedException(
            now.decide(self, known) instanceof Decision.Wait still ? still.why() : wait.why());
      }
      deadline.pause(AGAIN_MILLIS);
    }
  }

  private Decision look(BootstrapPolicy now, boolean all)
      throws InterruptedException, ExecutionException {
    Set<Address> asked = new HashSet<>(now.candidates());
    asked.remove(self);
    known.keySet().retainAll(asked);
    if (!all) {
      asked.removeIf(a -> known.containsKey(a) && isRefused(known.get(a)) && !now.isDecisive(a));
    }
    known.putAll(await(probe.findAll(asked)));
    return now.decide(self, known);
  }

  private static boolean isRefused(Finding finding) {
    return finding.kind() == Kind.REFUSED;
  }

  /** Each request has its own timeout, so this completes even after the deadline. */
  private Map<Address, Finding> await(Future<Map<Address, Finding>> found)
      throws InterruptedException, ExecutionException {
    try {
      return deadline.atLeast(10_000).await(found);
    } catch (TimeoutException e) {
      throw new IllegalStateException("a question without an end", e);
    }
  }
}
