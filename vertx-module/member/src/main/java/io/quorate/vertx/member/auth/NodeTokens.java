package io.quorate.vertx.member.auth;

import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.node.QuorateNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** What simple tokens need of a member. */
public record NodeTokens(QuorateNode node) implements SimpleTokens.Host {
  @Override
  public Future<Long> tellAll(String user, Bytes digest, long authRevision) {
    Promise<Result> told = Promise.promise();
    node.propose(
        Caller.NODE, new Command.Login(user, digest, authRevision), Authentication.callback(told));
    return told.future().map(result -> ((Result.LoggedIn) result).index());
  }

  @Override
  public Future<?> catchUp() {
    return Authentication.catchUp(node);
  }

  @Override
  public long appliedIndex() {
    return node.status().applied();
  }

  @Override
  public long authRevision() {
    return node.auth().revision();
  }
}
