package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.proto.mvcc.Event;
import io.quorate.vertx.client.proto.mvcc.KeyValue;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writers and readers on every member, each with one operation at a time, and a record of all
 * acknowledgements.
 *
 * <p>Each key has one writer, which counts up in it. After an attempt with an unknown outcome the
 * writer continues with a new key, so that a late execution is not mistaken for a step back. Each
 * client works on the event loop of its own connection.
 */
final class CheckedLoad {
  private static final int WRITERS_PER_MEMBER = 2;
  private static final long RETRY_MILLIS = 50;

  /** The record of one key; updated by its writer only. */
  private static final class KeyRecord {
    volatile long attempted;
    volatile long acknowledged;
  }

  /** An acknowledged put. */
  private record Acknowledged(String key, long counter, long revision) {}

  private final ProcessCluster cluster;
  private final String prefix;
  private final List<Client> clients = new ArrayList<>();
  private final Map<String, KeyRecord> cells = new ConcurrentHashMap<>();
  private final List<String> keys = new java.util.concurrent.CopyOnWriteArrayList<>();
  private final ConcurrentLinkedQueue<Acknowledged> book = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final AtomicLong revisionSeen = new AtomicLong();
  private final AtomicLong acknowledgedCount = new AtomicLong();
  private final AtomicLong readCount = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger keyNumber = new AtomicInteger();
  private volatile boolean stopping;

  CheckedLoad(ProcessCluster cluster, String prefix) {
    this.cluster = cluster;
    this.prefix = prefix;
  }

  void start() {
    for (MemberProcess member : cluster.members()) {
      for (int i = 0; i < WRITERS_PER_MEMBER; i++) {
        Client client = connect(member);
        client.vertx().getOrCreateContext().runOnContext(v -> write(client, newKey()));
      }
      Client client = connect(member);
      Random random = new Random(clients.size());
      client.vertx().getOrCreateContext().runOnContext(v -> read(client, random));
    }
  }

  private Client connect(MemberProcess member) {
    Client client = new Client(member.clientPort());
    clients.add(client);
    running.incrementAndGet();
    return client;
  }

  private String newKey() {
    String key = prefix + "/" + keyNumber.incrementAndGet();
    cells.put(key, new KeyRecord());
    keys.add(key);
    return key;
  }

  private KeyRecord keyRecord(String key) {
    KeyRecord keyRecord = cells.get(key);
    if (keyRecord == null) {
      throw new IllegalStateException(key);
    }
    return keyRecord;
  }

  private void write(Client client, String key) {
    if (stopping) {
      running.decrementAndGet();
      return;
    }
    KeyRecord keyRecord = keyRecord(key);
    long counter = keyRecord.attempted + 1;
    keyRecord.attempted = counter;
    long seenBefore = revisionSeen.get();
    Future<?> unused =
        client
            .putLater(key, Long.toString(counter))
            .onSuccess(
                done -> {
                  long revision = done.getHeader().getRevision();
                  if (revision <= seenBefore) {
                    violations.add(
                        "put of " + key + " at " + revision + ", but " + seenBefore + " was over");
                  }
                  keyRecord.acknowledged = counter;
                  book.add(new Acknowledged(key, counter, revision));
                  recordRevision(revision);
                  acknowledgedCount.incrementAndGet();
                  write(client, key);
                })
            .onFailure(lost -> client.vertx().setTimer(RETRY_MILLIS, t -> write(client, newKey())));
  }

  private void read(Client client, Random random) {
    if (stopping) {
      running.decrementAndGet();
      return;
    }
    // Mostly the keys that are being written.
    int size = keys.size();
    String key = keys.get(Math.max(0, size - 1 - random.nextInt(2 * cluster.members().size())));
    KeyRecord keyRecord = keyRecord(key);
    long atLeast = keyRecord.acknowledged;
    long seenBefore = revisionSeen.get();
    Future<?> unused =
        client
            .getLater(key)
            .onSuccess(
                found -> {
                  long counter =
                      found.getKvsCount() == 0
                          ? 0
                          : Long.parseLong(found.getKvs(0).getValue().toStringUtf8());
                  long revision = found.getHeader().getRevision();
                  if (counter < atLeast || counter > keyRecord.attempted) {
                    violations.add(
                        "read " + counter + " of " + key + " after " + atLeast + " was promised");
                  }
                  if (revision < seenBefore) {
                    violations.add(
                        "read at revision " + revision + " after " + seenBefore + " was seen");
                  }
                  recordRevision(revision);
                  readCount.incrementAndGet();
                  read(client, random);
                })
            .onFailure(lost -> client.vertx().setTimer(RETRY_MILLIS, t -> read(client, random)));
  }

  private void recordRevision(long revision) {
    long unused = revisionSeen.accumulateAndGet(revision, Math::max);
  }

  /** Waits until {@code puts} more puts were acknowledged and reads answered. */
  void awaitProgress(int puts) {
    long putsBefore = acknowledgedCount.get();
    long readsBefore = readCount.get();
    Await.untilTrue(
        puts + " more puts",
        () ->
            acknowledgedCount.get() >= putsBefore + puts && readCount.get() >= readsBefore + puts);
  }

  /** Waits for the running operations; starts no further ones. */
  void stop() {
    stopping = true;
    Await.untilTrue("clients stop", () -> running.get() == 0);
    clients.forEach(Client::close);
  }

  /**
   * Checks on each member that all acknowledged writes are there. After {@link #stop}, with all
   * members up.
   */
  void verify() {
    assertThat(violations).as("of linearizability").isEmpty();
    long last = cluster.member(0).client().putUntilAcknowledged(prefix + "/fence", "0");
    List<KeyValue> first = List.of();
    int firstHash = 0;
    for (MemberProcess member : cluster.members()) {
      List<Event> history = member.client().history(prefix + "/", last);
      verifyHistory(member.name(), history);
      List<KeyValue> now = member.client().localRange(prefix + "/");
      int hash = member.client().hashKv(last).getHash();
      if (member == cluster.member(0)) {
        first = now;
        firstHash = hash;
      }
      assertThat(now).as("all keys at %s", member.name()).isEqualTo(first);
      assertThat(hash).as("hash of %s at %s", member.name(), last).isEqualTo(firstHash);
    }
  }

  private void verifyHistory(String where, List<Event> history) {
    Map<String, Long> revisions = new HashMap<>();
    long before = 0;
    for (Event event : history) {
      KeyValue kv = event.getKv();
      assertThat(kv.getModRevision()).as("order of history at %s", where).isGreaterThan(before);
      before = kv.getModRevision();
      String put = kv.getKey().toStringUtf8() + "=" + kv.getValue().toStringUtf8();
      Long earlier = revisions.put(put, kv.getModRevision());
      if (!put.startsWith(prefix + "/fence")) {
        assertThat(earlier).as("%s put twice at %s", put, where).isNull();
      }
    }
    assertThat(book).isNotEmpty();
    for (Acknowledged promised : book) {
      assertThat(revisions.get(promised.key() + "=" + promised.counter()))
          .as("revision of %s at %s", promised, where)
          .isEqualTo(promised.revision());
    }
  }

  @Override
  public String toString() {
    return acknowledgedCount + " puts, " + readCount + " reads, " + keys.size() + " keys";
  }
}
