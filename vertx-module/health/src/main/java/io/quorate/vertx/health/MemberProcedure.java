package io.quorate.vertx.health;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.Status;
import org.jspecify.annotations.Nullable;

/** Checks the status of a member in this process, then reads from it. */
final class MemberProcedure implements Handler<Promise<Status>> {
  private final Vertx vertx;
  private final QuorateServer server;
  private final MemberStore store;
  private final MemberCheck judgement;
  private final long timeoutMillis;

  MemberProcedure(Vertx vertx, QuorateServer server, MemberCheck judgement, long timeoutMillis) {
    if (timeoutMillis < 1) {
      throw new IllegalArgumentException("time-out " + timeoutMillis + " ms");
    }
    this.vertx = vertx;
    this.server = server;
    this.store = server.client(vertx);
    this.judgement = judgement;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public void handle(Promise<Status> answer) {
    MemberStatus status = store.memberStatus();
    JsonObject data =
        new JsonObject()
            .put("member", Long.toHexString(status.memberId()))
            .put("leader", Long.toHexString(status.leader()))
            .put("revision", status.revision());
    Future<Void> end = server.termination();
    @Nullable String reason;
    if (end.failed()) {
      reason = "has stopped: " + end.cause().getMessage();
    } else if (end.isComplete()) {
      reason = "is closed";
    } else {
      reason = judgement.reason(status);
    }
    if (reason != null) {
      BoundedRead.bad(answer, data, reason);
    } else {
      BoundedRead.when(vertx, store.range(read()), timeoutMillis, data, answer);
    }
  }

  /** A read of one key, which rarely exists. */
  private Command.Range read() {
    return Command.Range.of(KeyRange.single(Bytes.ZERO))
        .withLimit(1)
        .withSerializable(!judgement.readsLinearizable())
        .withKeysOnly(true);
  }
}
