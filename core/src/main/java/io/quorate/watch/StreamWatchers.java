package io.quorate.watch;

import io.quorate.auth.Rights;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.watch.Watcher.Phase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The watchers of one client stream: etcd's Watch RPC, create, cancel and progress. */
final class StreamWatchers implements ServerWatchStream {
  private static final long REFUSED_ID = -1;
  private static final long WHOLE_STREAM_ID = -1;

  private final WatchHub hub;
  private final WatchSink sink;
  private final Map<Long, Watcher> watchers = new LinkedHashMap<>();
  private long nextId;
  private boolean closed;

  StreamWatchers(WatchHub hub, WatchSink sink) {
    this.hub = hub;
    this.sink = sink;
  }

  WatchSink sink() {
    return sink;
  }

  @Override
  public void create(Caller caller, WatchSpec spec) {
    if (closed) {
      return;
    }
    KeyRange range = spec.range();
    if (range.start().isEmpty()) {
      range = new KeyRange(Bytes.ZERO, range.end());
    }
    String reason = reasonToRefuse(caller, spec, range);
    if (reason != null) {
      sink.send(new WatchResponse.Refused(REFUSED_ID, hub.revision(), reason));
      return;
    }
    long next = spec.startRevision() == 0 ? hub.revision() + 1 : spec.startRevision();
    long id = spec.watchId() == 0 ? chooseId() : spec.watchId();
    Watcher watcher = new Watcher(this, id, caller, range, spec, next);
    watchers.put(id, watcher);
    hub.admit(watcher);
  }

  @Override
  public void refuse(String reason) {
    if (!closed) {
      sink.send(new WatchResponse.Refused(REFUSED_ID, hub.revision(), reason));
    }
  }

  private @Nullable String reasonToRefuse(Caller caller, WatchSpec spec, KeyRange range) {
    if (spec.startRevision() < 0) {
      return EtcdError.COMPACTED.message();
    }
    try {
      Rights.checkRead(hub.auth(), caller, range);
    } catch (EtcdException refused) {
      return refused.error().statusText();
    }
    if (!range.isSingle() && !range.isOpenEnded() && range.end().compareTo(range.start()) <= 0) {
      return "mvcc: watcher range is empty";
    }
    if (spec.watchId() != 0 && watchers.containsKey(spec.watchId())) {
      return "mvcc: duplicate watch ID provided on the WatchStream";
    }
    return null;
  }

  private long chooseId() {
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  @Override
  public void cancel(long watchId) {
    Watcher watcher = watchers.remove(watchId);
    if (watcher != null) {
      hub.dismiss(watcher);
      sink.send(new WatchResponse.Canceled(watchId, hub.revision(), 0));
    }
  }

  @Override
  public void requestProgress() {
    if (watchers.isEmpty() || sink.isFull()) {
      return;
    }
    for (Watcher watcher : watchers.values()) {
      if (!hub.isCaughtUp(watcher)) {
        return;
      }
    }
    sink.send(new WatchResponse.Progress(WHOLE_STREAM_ID, hub.published()));
  }

  @Override
  public void progressTick() {
    for (Watcher watcher : List.copyOf(watchers.values())) {
      boolean due = watcher.progressNotify && !watcher.heardSinceTick;
      watcher.heardSinceTick = false;
      if (due && hub.isCaughtUp(watcher) && !sink.isFull()) {
        sink.send(new WatchResponse.Progress(watcher.id, hub.published()));
      }
    }
  }

  @Override
  public void resume() {
    List<Watcher> parked = new ArrayList<>();
    for (Watcher watcher : watchers.values()) {
      if (watcher.phase == Phase.PARKED) {
        parked.add(watcher);
      }
    }
    hub.catchUp(parked);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      watchers.values().forEach(hub::dismiss);
      watchers.clear();
      hub.closed(this);
    }
  }

  /** Ends those whose callers may not see their keys any more. */
  void recheck() {
    for (Watcher watcher : watchers()) {
      EtcdError refusal = Rights.refusalNow(hub.auth(), watcher.caller, watcher.range);
      if (refusal != null) {
        watchers.remove(watcher.id);
        hub.dismiss(watcher);
        sink.send(new WatchResponse.Canceled(watcher.id, hub.revision(), 0, refusal.statusText()));
      }
    }
  }

  List<Watcher> watchers() {
    return List.copyOf(watchers.values());
  }
}
