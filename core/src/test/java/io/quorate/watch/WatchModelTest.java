package io.quorate.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchResponse.Canceled;
import io.quorate.command.WatchResponse.Created;
import io.quorate.command.WatchResponse.Events;
import io.quorate.command.WatchResponse.Progress;
import io.quorate.command.WatchResponse.Refused;
import io.quorate.command.WatchSpec;
import io.quorate.mvcc.Record;
import io.quorate.mvcc.WriteTxn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random writers, watchers, slow consumers, compactions and snapshots, step by step in one thread.
 * What every watcher is sent is judged against the list of all changes: ordered, unique, without
 * gaps, whole revisions, and nothing at or below what progress has spoken of.
 */
class WatchModelTest {
  private static final int STEPS = 1500;

  private final List<Record> changes = new ArrayList<>();
  private final Map<Long, Map<Bytes, KeyValue>> byRevision = new HashMap<>();
  private final HubFixture hub = new HubFixture();
  private long delivered;
  private long compactCancels;

  /** One watcher as its client sees it. */
  private final class Seen {
    final WatchSpec spec;
    final long start;
    long upTo;
    boolean over;

    Seen(WatchSpec spec, long createdAt) {
      this.spec = spec;
      this.start = spec.startRevision() == 0 ? createdAt + 1 : spec.startRevision();
      this.upTo = start - 1;
    }

    /** What it should be sent of the revisions above {@link #upTo} and up to {@code last}. */
    List<Record> due(long last) {
      return changes.stream()
          .filter(record -> record.main() > upTo && record.main() <= last)
          .filter(record -> spec.range().contains(record.kv().key()))
          .filter(record -> record.kv().isTombstone() ? !spec.noDelete() : !spec.noPut())
          .toList();
    }
  }

  /** A stream whose every answer is checked as it comes. */
  private final class Checker implements WatchSink {
    final ServerWatchStream stream = hub.hub.open(this);
    final Map<Long, Seen> watchers = new HashMap<>();
    @Nullable WatchSpec asked;
    boolean full;
    boolean open = true;
    long progress;

    @Override
    public boolean isFull() {
      return full;
    }

    @Override
    public void send(WatchResponse response) {
      assertThat(open).isTrue();
      if (response instanceof Created created) {
        WatchSpec spec = asked;
        asked = null;
        assertThat(spec).isNotNull();
        if (spec != null) {
          assertThat(watchers.put(created.watchId(), new Seen(spec, created.revision()))).isNull();
        }
      } else if (response instanceof Refused refused) {
        assertThat(refused.reason()).startsWith("mvcc: duplicate");
        assertThat(watchers).containsKey(asked == null ? -1 : asked.watchId());
        asked = null;
      } else if (response instanceof Canceled canceled) {
        canceled(canceled);
      } else if (response instanceof Progress notice) {
        assertThat(full).isFalse();
        progress(notice);
      } else if (response instanceof Events events) {
        assertThat(full).isFalse();
        events(events);
      }
    }

    private void canceled(Canceled canceled) {
      Seen seen = watchers.get(canceled.watchId());
      assertThat(seen).isNotNull();
      if (seen == null) {
        return;
      }
      if (canceled.compactRevision() == 0) {
        watchers.remove(canceled.watchId());
        return;
      }
      assertThat(seen.over).isFalse();
      assertThat(canceled.revision()).isZero();
      assertThat(canceled.compactRevision()).isEqualTo(hub.store.kv.compactRevision());
      assertThat(seen.upTo + 1).isLessThan(canceled.compactRevision());
      seen.over = true;
      compactCancels++;
    }

    private void progress(Progress notice) {
      assertThat(notice.revision()).isLessThanOrEqualTo(hub.store.kv.revision());
      for (Map.Entry<Long, Seen> entry : watchers.entrySet()) {
        Seen seen = entry.getValue();
        if (notice.watchId() == -1 || notice.watchId() == entry.getKey()) {
          assertThat(seen.over).isFalse();
          assertThat(seen.due(notice.revision())).isEmpty();
          assertThat(notice.revision()).isGreaterThanOrEqualTo(seen.spec.startRevision());
        }
      }
      if (notice.watchId() == -1) {
        progress = notice.revision();
      }
    }

    private void events(Events message) {
      Seen seen = watchers.get(message.watchId());
      assertThat(seen).isNotNull();
      assertThat(message.events()).isNotEmpty();
      if (seen == null) {
        return;
      }
      assertThat(seen.over).isFalse();
      long last = message.events().get(message.events().size() - 1).kv().modRevision();
      assertThat(message.events())
          .extracting(Event::kv)
          .isEqualTo(seen.due(last).stream().map(Record::kv).toList());
      assertThat(message.revision()).isGreaterThanOrEqualTo(last);
      assertThat(message.fragment()).isEqualTo(seen.spec.fragment());
      for (Event event : message.events()) {
        assertThat(event.type() == Event.Type.DELETE).isEqualTo(event.kv().isTombstone());
        previous(seen, event);
      }
      seen.upTo = last;
      delivered += message.events().size();
    }

    private void previous(Seen seen, Event event) {
      long before = event.kv().modRevision() - 1;
      KeyValue previous =
          seen.spec.prevKv() && event.kv().createRevision() != event.kv().modRevision()
              ? byRevision.getOrDefault(before, Map.of()).get(event.kv().key())
              : null;
      if (event.prevKv() != null || before >= hub.store.kv.compactRevision()) {
        assertThat(event.prevKv()).isEqualTo(previous);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void everyWatcherSeesEachMatchingEventOnceAndInOrder(long seed) {
    Random random = new Random(seed);
    byRevision.put(1L, Map.of());
    List<Checker> clients = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      step(random, clients);
    }
    for (Checker client : clients) {
      client.full = false;
      client.stream.resume();
    }
    hub.settle();
    long now = hub.store.kv.revision();
    for (Checker client : clients) {
      for (Seen seen : client.watchers.values()) {
        if (client.open && !seen.over) {
          assertThat(seen.due(now)).isEmpty();
        }
      }
      boolean all =
          client.open
              && !client.watchers.isEmpty()
              && client.watchers.values().stream()
                  .allMatch(seen -> !seen.over && seen.spec.startRevision() <= now);
      client.progress = 0;
      client.stream.requestProgress();
      assertThat(client.progress).isEqualTo(all ? now : 0);
    }
    assertThat(delivered).isGreaterThan(100);
    assertThat(compactCancels).isPositive();
  }

  private void step(Random random, List<Checker> clients) {
    int dice = random.nextInt(100);
    if (dice < 35) {
      write(random);
    } else if (dice < 60) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        boolean moved = random.nextBoolean() ? hub.stepReader() : hub.stepHome();
        if (!moved) {
          break;
        }
      }
    } else if (dice < 64) {
      hub.store.flush();
    } else if (dice < 67) {
      long revision = hub.store.kv.revision() - random.nextInt(20);
      if (revision > hub.store.kv.compactRevision()) {
        hub.store.kv.compact(revision);
        if (random.nextBoolean()) {
          hub.store.sweep();
        }
      }
    } else if (dice < 68) {
      snapshot(random);
    } else if (clients.isEmpty() || (dice == 68 && clients.size() < 8)) {
      clients.add(new Checker());
    } else {
      client(random, clients.get(random.nextInt(clients.size())), dice);
    }
  }

  private void client(Random random, Checker client, int dice) {
    if (dice < 78) {
      if (client.watchers.size() < 12 && client.open) {
        client.asked = spec(random);
        client.stream.create(client.asked);
        assertThat(client.asked).isNull();
      }
    } else if (dice < 83) {
      client.stream.cancel(random.nextInt(8));
    } else if (dice < 88) {
      client.full = !client.full;
      if (!client.full) {
        client.stream.resume();
      }
    } else if (dice < 93) {
      client.stream.requestProgress();
    } else if (dice < 99) {
      client.stream.progressTick();
    } else if (random.nextInt(4) == 0) {
      client.stream.close();
      client.open = false;
    }
  }

  /** The same state, read from the disk by another store; what the old one is told is not lost. */
  private void snapshot(Random random) {
    hub.store.sweep();
    hub.store.kv.retire();
    hub.stepReader();
    write(random);
    hub.stepHome();
    hub.store.flush();
    hub.store = hub.store.reopened(1000);
    hub.hub.reset(hub.store.kv);
  }

  /** Like one entry of the log: some revisions are applied, then published one by one. */
  private void write(Random random) {
    List<List<Record>> revisions = new ArrayList<>();
    for (int txn = random.nextInt(3); txn >= 0; txn--) {
      revisions.add(apply(random));
    }
    revisions.forEach(hub::published);
  }

  private List<Record> apply(Random random) {
    WriteTxn txn = hub.store.kv.begin();
    Map<Bytes, KeyValue> now =
        new HashMap<>(byRevision.getOrDefault(txn.beginRevision(), Map.of()));
    for (int op = random.nextInt(3); op >= 0; op--) {
      if (random.nextInt(3) > 0) {
        KeyValue kv = txn.put(key(random), Bytes.utf8("v" + random.nextInt(1000)), 0);
        now.put(kv.key(), kv);
      } else {
        now.keySet().removeAll(txn.delete(range(random)));
      }
    }
    List<Record> records = hub.store.end(txn);
    if (!records.isEmpty()) {
      changes.addAll(records);
      byRevision.put(records.get(0).main(), now);
    }
    return records;
  }

  private WatchSpec spec(Random random) {
    long now = hub.store.kv.revision();
    long start =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> now + random.nextInt(10);
          case 2 -> Math.max(1, now - random.nextInt(10));
          default -> 1 + random.nextInt((int) now);
        };
    return new WatchSpec(
        random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 0,
        range(random),
        start,
        random.nextInt(5) == 0,
        random.nextInt(5) == 0,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean());
  }

  private static Bytes key(Random random) {
    return Bytes.utf8("" + (char) ('a' + random.nextInt(5)));
  }

  private static KeyRange range(Random random) {
    Bytes start = key(random);
    Bytes end = key(random);
    return switch (random.nextInt(4)) {
      case 0 -> KeyRange.all();
      case 1 -> new KeyRange(start, Bytes.ZERO);
      case 2 -> end.compareTo(start) > 0 ? new KeyRange(start, end) : KeyRange.prefix(start);
      default -> KeyRange.single(start);
    };
  }
}
