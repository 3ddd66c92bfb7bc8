package io.quorate.vertx.member;

import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.node.Callback;
import io.quorate.node.QuorateNode;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** Publishes a member's name and client URLs to the cluster, and logs when the member is ready. */
final class Publication {
  private static final Logger LOG = Logger.getLogger(QuorateServer.class);
  private static final long PUBLISH_RETRY_MILLIS = 500;
  private static final long LOOK_MILLIS = 100;

  private final QuorateNode member;
  private final Vertx vertx;
  private final String name;
  private final List<String> clientUrls;
  private final BooleanSupplier stopping;

  Publication(
      QuorateNode member,
      Vertx vertx,
      String name,
      List<String> clientUrls,
      BooleanSupplier stopping) {
    this.member = member;
    this.vertx = vertx;
    this.name = name;
    this.clientUrls = clientUrls;
    this.stopping = stopping;
  }

  /**
   * Proposes this member's name and client URLs until the proposal succeeds. If the cluster already
   * has them, it is enough that there is a leader. Then the member is ready; the line in the log is
   * written at this point, as in etcd.
   */
  void publish() {
    if (stopping.getAsBoolean()) {
      return;
    }
    long self = member.identity().memberId();
    if (isPublished()) {
      member.readIndex(new Published<>(() -> {}));
    } else {
      Published<Result> published =
          new Published<>(
              () ->
                  LOG.info(
                      "published local member to cluster through raft: {} as {}",
                      Long.toHexString(self),
                      name));
      member.propose(Caller.NODE, new Command.MemberPublish(self, name, clientUrls), published);
      published.lookOut();
    }
  }

  private boolean isPublished() {
    Member known = member.members().member(member.identity().memberId());
    return known != null && known.name().equals(name) && known.clientUrls().equals(clientUrls);
  }

  private final class Published<T> implements Callback<T> {
    private final Runnable done;
    private final AtomicBoolean over = new AtomicBoolean();

    Published(Runnable done) {
      this.done = done;
    }

    /**
     * A member that gets the outcome as a part of a snapshot never hears of it otherwise, and would
     * wait until its request times out.
     */
    void lookOut() {
      vertx.setTimer(
          LOOK_MILLIS,
          timer -> {
            if (isPublished()) {
              published();
            } else if (!over.get() && !stopping.getAsBoolean()) {
              lookOut();
            }
          });
    }

    @Override
    public boolean isWanted() {
      return !over.get();
    }

    @Override
    public void complete(T result) {
      published();
    }

    private void published() {
      if (!over.compareAndSet(false, true)) {
        return;
      }
      done.run();
      LOG.info(
          "ready to serve client requests on {}: member {} ({}) of cluster {}",
          clientUrls,
          name,
          Long.toHexString(member.identity().memberId()),
          Long.toHexString(member.identity().clusterId()));
    }

    @Override
    public void fail(EtcdError error) {
      if (over.compareAndSet(false, true) && !stopping.getAsBoolean()) {
        LOG.info("cannot publish this member yet: {}", error.message());
        vertx.setTimer(PUBLISH_RETRY_MILLIS, timer -> publish());
      }
    }
  }
}
