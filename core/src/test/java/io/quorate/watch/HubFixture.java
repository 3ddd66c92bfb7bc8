package io.quorate.watch;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.mvcc.Record;
import io.quorate.mvcc.StoreFixture;
import io.quorate.mvcc.WriteTxn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A hub over a store whose two executors run when the test says so. */
final class HubFixture {
  StoreFixture store;
  final Queue<Runnable> readers = new ArrayDeque<>();
  final Queue<Runnable> home = new ArrayDeque<>();
  final WatchHub hub;

  HubFixture() {
    this(new StoreFixture());
  }

  HubFixture(StoreFixture store) {
    this.store = store;
    hub = new WatchHub(store.kv, readers::add, home::add);
  }

  /** One step of one of the two, if there is one. */
  boolean stepReader() {
    return step(readers);
  }

  boolean stepHome() {
    return step(home);
  }

  private static boolean step(Queue<Runnable> queue) {
    Runnable task = queue.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  void settle() {
    while (stepReader() || stepHome()) {
      continue;
    }
  }

  void published(List<Record> records) {
    if (!records.isEmpty()) {
      hub.publish(records.get(0).main(), records);
    }
  }

  void put(String key, String value) {
    published(store.put(key, value));
  }

  void delete(String key) {
    published(store.delete(key));
  }

  void delete(KeyRange range) {
    published(store.delete(range));
  }

  void end(WriteTxn txn) {
    published(store.end(txn));
  }

  Client open() {
    return new Client(hub);
  }

  /** What is asked for, part by part. */
  static final class Spec {
    private long id;
    private final KeyRange range;
    private long start;
    private boolean noPut;
    private boolean noDelete;
    private boolean prevKv;
    private boolean progress;
    private boolean fragment;

    private Spec(KeyRange range) {
      this.range = range;
    }

    static Spec key(String key) {
      return new Spec(KeyRange.single(Bytes.utf8(key)));
    }

    static Spec on(KeyRange range) {
      return new Spec(range);
    }

    static Spec all() {
      return new Spec(KeyRange.all());
    }

    Spec id(long id) {
      this.id = id;
      return this;
    }

    Spec from(long revision) {
      this.start = revision;
      return this;
    }

    Spec noPut() {
      this.noPut = true;
      return this;
    }

    Spec noDelete() {
      this.noDelete = true;
      return this;
    }

    Spec prevKv() {
      this.prevKv = true;
      return this;
    }

    Spec progress() {
      this.progress = true;
      return this;
    }

    Spec fragment() {
      this.fragment = true;
      return this;
    }

    WatchSpec build() {
      return new WatchSpec(id, range, start, noPut, noDelete, prevKv, progress, fragment);
    }
  }

  /** One stream and what has come out of it. */
  static final class Client implements WatchSink {
    final ServerWatchStream stream;
    final List<WatchResponse> got = new ArrayList<>();
    boolean full;

    private Client(WatchHub hub) {
      stream = hub.open(this);
    }

    @Override
    public void send(WatchResponse response) {
      got.add(response);
    }

    @Override
    public boolean isFull() {
      return full;
    }

    Client create(Spec spec) {
      stream.create(spec.build());
      return this;
    }

    /** What has come since the last call. */
    List<WatchResponse> take() {
      List<WatchResponse> taken = List.copyOf(got);
      got.clear();
      return taken;
    }

    /** The events of a watcher so far, as {@code revision key=value} or {@code revision key-}. */
    List<String> events(long id) {
      List<String> events = new ArrayList<>();
      for (WatchResponse response : got) {
        if (response instanceof WatchResponse.Events some && some.watchId() == id) {
          some.events().forEach(event -> events.add(text(event)));
        }
      }
      return events;
    }

    static String text(Event event) {
      String what =
          event.kv().modRevision()
              + " "
              + event.kv().key()
              + (event.type() == Event.Type.PUT ? "=" + event.kv().value() : "-");
      return event.prevKv() == null ? what : what + " was " + event.prevKv().value();
    }
  }
}
