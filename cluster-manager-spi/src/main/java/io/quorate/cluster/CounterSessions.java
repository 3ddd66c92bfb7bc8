package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.recipe.Counters;

/** The sessions of this node, as its counters need them. {@link ManagerContext} only. */
record CounterSessions(KeyLayout keys, String nodeId, NodeSession nodeSession)
    implements Counters.Sessions {
  /** Callers wait for a session no longer than for a quorum. */
  private static final long TIMEOUT_MILLIS = 10_000;

  /** The counters of a node. */
  static Counters counters(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      String nodeId,
      NodeSession nodeSession) {
    Counters counters =
        new Counters(
            context.vertxContext(),
            store,
            new CounterSessions(keys, nodeId, nodeSession),
            TIMEOUT_MILLIS);
    nodeSession.add(
        new NodeSession.Listener() {
          @Override
          public void sessionBegun() {
            counters.sessionBegun();
          }

          @Override
          public void sessionLost() {
            // the request under way completes or fails by itself
          }
        });
    return counters;
  }

  @Override
  public long leaseId() {
    return nodeSession.lease();
  }

  @Override
  public Bytes slot(long leaseId) {
    return keys.counterSlot(nodeId, leaseId);
  }

  @Override
  public boolean mayContinue() {
    return true;
  }

  @Override
  public Throwable noSession() {
    return new IllegalStateException("this node is not in the cluster");
  }
}
