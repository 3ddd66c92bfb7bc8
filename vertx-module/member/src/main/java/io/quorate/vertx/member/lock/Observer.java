package io.quorate.vertx.member.lock;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.vertx.client.QuorateStore.WatchChannel;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Handler;
import org.jspecify.annotations.Nullable;

/**
 * Observes an election: the leader, each of its values, then the next leader. If there is none it
 * waits for the first candidate.
 */
public final class Observer {
  private final MemberStore asking;
  private final Bytes prefix;
  private final Handler<Leader> leaders;
  private final Handler<Throwable> failed;
  private @Nullable WatchChannel channel;
  private Bytes reportedKey = Bytes.EMPTY;
  private long reportedRevision;
  private boolean paused;
  private boolean over;

  /**
   * @param asking drops requests once the caller does not wait any more
   * @param leaders while paused, called once more at most
   * @param failed the last call of all; not after {@link #close}
   */
  public Observer(
      MemberStore asking, Bytes name, Handler<Leader> leaders, Handler<Throwable> failed) {
    this.asking = asking;
    this.prefix = LineKeys.prefix(name);
    this.leaders = leaders;
    this.failed = failed;
  }

  /** To be called once. */
  public void start() {
    look();
  }

  public void pause() {
    paused = true;
    WatchChannel open = channel;
    if (open != null) {
      open.pause();
    }
  }

  public void resume() {
    paused = false;
    WatchChannel open = channel;
    if (open != null) {
      open.resume();
    }
  }

  public void close() {
    over = true;
    closeChannel();
  }

  private void look() {
    asking
        .range(LineKeys.first(prefix))
        .onComplete(
            (read, failure) -> {
              if (over) {
                return;
              }
              if (read == null) {
                fail(failure);
              } else {
                looked(read);
              }
            });
  }

  private void looked(Result.Ranged read) {
    KeyValue first = LineKeys.only(read);
    if (first == null) {
      watch(KeyRange.prefix(prefix), read.revision() + 1, true, this::candidate);
    } else {
      leads(first, read.revision());
    }
  }

  /** The first one to come leads; its candidacy may have been reported together with others. */
  private void candidate(WatchResponse.Events arrived) {
    KeyValue first = arrived.events().get(0).kv();
    leads(first, first.modRevision());
  }

  private void leads(KeyValue leader, long revision) {
    watch(KeyRange.single(leader.key()), revision + 1, false, this::changed);
    report(leader, revision);
  }

  private void changed(WatchResponse.Events changes) {
    for (Event change : changes.events()) {
      if (over) {
        return;
      }
      if (change.type() == Event.Type.DELETE) {
        closeChannel();
        look();
        return;
      }
      report(change.kv(), changes.revision());
    }
  }

  /** After a compaction, what was already reported may have been read again. */
  private void report(KeyValue leader, long revision) {
    if (leader.modRevision() != reportedRevision || !leader.key().equals(reportedKey)) {
      reportedKey = leader.key();
      reportedRevision = leader.modRevision();
      leaders.handle(new Leader(leader, revision));
    }
  }

  private void watch(
      KeyRange range, long from, boolean putsOnly, Handler<WatchResponse.Events> events) {
    closeChannel();
    WatchChannel opened = asking.watch(response -> received(response, events));
    channel = opened;
    if (paused) {
      opened.pause();
    }
    opened.create(new WatchSpec(0, range, from, false, putsOnly, false, false, false));
  }

  private void received(WatchResponse response, Handler<WatchResponse.Events> events) {
    if (over) {
      return;
    }
    if (response instanceof WatchResponse.Events arrived) {
      events.handle(arrived);
    } else if (response instanceof WatchResponse.Canceled) { // compaction was faster
      closeChannel();
      look();
    } else if (response instanceof WatchResponse.Refused refused) {
      fail(new LockException(refused.reason()));
    }
  }

  private void fail(@Nullable Throwable failure) {
    close();
    failed.handle(failure);
  }

  private void closeChannel() {
    WatchChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }
}
