package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.StateBatch.AlarmKey;
import io.quorate.apply.StateBatch.WallClock;
import io.quorate.apply.StateStore.Loaded;
import io.quorate.auth.AuthState;
import io.quorate.command.Bytes;
import io.quorate.command.Command.AlarmType;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.Permission;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link StateStore} must do; a subclass says how one is opened and how it crashes. */
public abstract class StateStoreContract {
  private final Map<String, StateStore> open = new HashMap<>();
  private final Path exports;

  protected StateStoreContract(@TempDir Path exports) {
    this.exports = exports;
  }

  /** Opens the store of this name on its disk as it is now. */
  protected abstract StateStore open(String name) throws IOException;

  /** Kills the process: the open store is never used again, the disk stays as it is. */
  protected abstract void crash(String name, StateStore open) throws IOException;

  @AfterEach
  void closeStores() {
    open.values().forEach(StateStore::close);
  }

  private static final User ANN = new User("ann", "$2a$10$hash", false, List.of("ro \"le", "x"));
  private static final User CERTIFIED = new User("näme", "", true, List.of());
  private static final Role EMPTY_ROLE = new Role("x", List.of());
  private static final Role ROLE =
      new Role(
          "ro \"le",
          List.of(
              new Permission(Permission.Type.READ, KeyRange.single(Bytes.of(new byte[] {0, -1}))),
              new Permission(Permission.Type.READWRITE, KeyRange.all())));

  @Test
  void aFreshStoreHasTheDefaultsOfAnEmptyState() throws IOException {
    StateBatch empty = new StateBatch();
    Loaded loaded = store("a").load();
    assertThat(loaded)
        .isEqualTo(
            new Loaded(
                empty.applied,
                empty.conf,
                empty.revision,
                empty.compactRevision,
                empty.nextRecordId,
                Map.of(),
                List.of(),
                Set.of(),
                Set.of(),
                FeatureLevel.FIRST,
                AuthState.INITIAL));
    assertThat(store("a").synced()).isEqualTo(LogPosition.ZERO);
    assertThat(store("a").scan(0, 10)).isEmpty();
    assertThat(store("a").firstIdAtOrAfter(0)).isEqualTo(Long.MAX_VALUE);
    assertThat(store("a").read(1)).isNull();
  }

  @Test
  void allOfABatchIsThereAfterACrash() throws IOException {
    StateBatch batch = fullBatch();
    store("a").commit(batch);
    crash("a");
    assertThat(store("a").load())
        .isEqualTo(
            new Loaded(
                new LogPosition(3, 17),
                batch.conf,
                4,
                2,
                9,
                Map.of(-5L, 60L, 6L, 5L),
                List.of(
                    new Member(2, "", List.of("http://b:2380"), List.of(), true),
                    new Member(
                        -2,
                        "a \"quoted\\\" näme\n",
                        List.of("http://a:2380", "http://a,b:1", ""),
                        List.of("x"),
                        false)),
                Set.of(3L, -9L),
                Set.of(new AlarmKey(-2, AlarmType.NOSPACE), new AlarmKey(2, AlarmType.CORRUPT)),
                FeatureLevel.AUTH,
                AuthState.of(true, 12, List.of(ANN, CERTIFIED), List.of(ROLE, EMPTY_ROLE))));
    assertThat(store("a").scan(0, 10)).isEqualTo(batch.records);
  }

  @Test
  void whatALaterBatchTakesAwayIsGone() throws IOException {
    store("a").commit(fullBatch());
    StateBatch later = next(fullBatch(), 18);
    later.leases.put(-5L, Optional.empty());
    later.leases.put(6L, Optional.of(7L));
    later.leases.put(99L, Optional.empty());
    later.members.put(2L, Optional.empty());
    later.members.put(-2L, Optional.of(new Member(-2, "b", List.of(), List.of("y"), false)));
    later.users.put("ann", Optional.of(ANN.withRoles(List.of())));
    later.users.put(CERTIFIED.name(), Optional.empty());
    later.roles.put(ROLE.name(), Optional.empty());
    later.authEnabled = false;
    later.authRevision = 13;
    later.alarms.put(new AlarmKey(-2, AlarmType.NOSPACE), false);
    later.deadRecords.addAll(List.of(1L, 4L));
    store("a").commit(later);
    crash("a");
    Loaded loaded = store("a").load();
    assertThat(loaded.applied()).isEqualTo(new LogPosition(3, 18));
    assertThat(loaded.leases()).isEqualTo(Map.of(6L, 7L));
    assertThat(loaded.members())
        .containsExactly(new Member(-2, "b", List.of(), List.of("y"), false));
    assertThat(loaded.removedMembers()).isEqualTo(Set.of(3L, -9L, 2L));
    assertThat(loaded.alarms()).isEqualTo(Set.of(new AlarmKey(2, AlarmType.CORRUPT)));
    assertThat(loaded.auth())
        .isEqualTo(AuthState.of(false, 13, List.of(ANN.withRoles(List.of())), List.of(EMPTY_ROLE)));
    assertThat(store("a").scan(0, 10)).extracting(Record::id).containsExactly(2L, 3L, 8L);
  }

  @Test
  void aRecordThatCameAndDiedInOneBatchIsNotThere() throws IOException {
    StateBatch batch = puts(1, 3, 1);
    batch.deadRecords.add(2L);
    store("a").commit(batch);
    assertThat(store("a").scan(0, 10)).extracting(Record::id).containsExactly(1L, 3L);
  }

  @Test
  void entriesThatShareARevisionDoNotCollide() throws IOException {
    StateBatch batch = puts(1, 1, 1);
    batch.wallClocks.addAll(List.of(new WallClock(2, 1000), new WallClock(2, 1001)));
    store("a").commit(batch);
    StateBatch later = next(batch, 2);
    later.wallClocks.add(new WallClock(2, 1002));
    store("a").commit(later);
    crash("a");
    assertThat(store("a").load().applied()).isEqualTo(new LogPosition(1, 2));
  }

  @Test
  void aRecordThatIsWrittenTwiceStopsTheStore() throws IOException {
    store("a").commit(puts(1, 3, 1));
    assertThatThrownBy(() -> store("a").commit(puts(3, 4, 2))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> store("a").commit(puts(4, 5, 2))).isInstanceOf(IOException.class);
    crash("a");
    assertThat(store("a").load().applied()).isEqualTo(new LogPosition(1, 1));
    assertThat(store("a").scan(0, 10)).hasSize(3);
  }

  @Test
  void recordsAreFoundByIdAndByRevisionWhateverGapsThereAre() throws IOException {
    TreeMap<Long, Record> model = new TreeMap<>();
    StateBatch batch = new StateBatch();
    long id = 1;
    for (long main = 2; main < 300; main += 1 + main % 3) {
      for (long sub = 0; sub <= main % 4; sub++) {
        Record put = put(id++, main, sub);
        batch.records.add(put);
        model.put(put.id(), put);
      }
    }
    for (long dead = 1; dead < id; dead++) {
      if (dead % 5 == 0 || (dead > 40 && dead < 90)) {
        batch.deadRecords.add(dead);
        model.remove(dead);
      }
    }
    batch.nextRecordId = id;
    batch.revision = 300;
    batch.applied = new LogPosition(1, 1);
    store("a").commit(batch);

    for (long wanted = -1; wanted <= id + 1; wanted++) {
      assertThat(store("a").read(wanted)).isEqualTo(model.get(wanted));
      assertThat(store("a").scan(wanted, 7))
          .isEqualTo(model.tailMap(wanted).values().stream().limit(7).toList());
    }
    for (long main = -1; main < 305; main++) {
      long sought = main;
      assertThat(store("a").firstIdAtOrAfter(main))
          .as("first at or after %d", main)
          .isEqualTo(
              model.values().stream()
                  .filter(put -> put.main() >= sought)
                  .findFirst()
                  .map(Record::id)
                  .orElse(Long.MAX_VALUE));
    }
    List<Record> all = new ArrayList<>();
    store("a").forEach(all::add);
    assertThat(all).containsExactlyElementsOf(model.values());
    assertThat(store("a").scan(0, 0)).isEmpty();
  }

  @Test
  void aConsumerMayReadWhileItIsFed() throws IOException {
    store("a").commit(puts(1, 50, 1));
    store("a").forEach(put -> assertThat(store("a").read(put.id())).isEqualTo(put));
  }

  @Test
  void whatSyncReturnsIsWhatWasApplied() throws IOException {
    store("a").commit(puts(1, 10, 1));
    assertThat(store("a").sync()).isEqualTo(new LogPosition(1, 1));
    store("a").commit(puts(11, 20, 2));
    assertThat(store("a").synced()).isEqualTo(new LogPosition(1, 1));
    assertThat(store("a").sync()).isEqualTo(new LogPosition(1, 2));
    store("a").commit(puts(21, 30, 3));
    crash("a");
    assertThat(store("a").synced()).isEqualTo(store("a").load().applied());
  }

  @Test
  void anExportTakesThePlaceOfAnotherStoresContent() throws IOException {
    store("a").commit(fullBatch());
    Path export = exports.resolve("it's a copy.db");
    store("a").export(export);
    store("a").commit(next(fullBatch(), 18));
    store("b").commit(puts(1, 500, 1));

    Loaded before = store("b").load();
    Loaded checked = store("b").check(export);
    assertThat(store("b").load()).isEqualTo(before);
    Loaded replaced = store("b").replaceWith(export);

    assertThat(replaced).isEqualTo(checked);
    assertThat(replaced.applied()).isEqualTo(new LogPosition(3, 17));
    assertThat(export).doesNotExist();
    assertThat(store("b").synced()).isEqualTo(new LogPosition(3, 17));
    assertThat(store("b").scan(0, 1000)).isEqualTo(fullBatch().records);
    StateBatch later = next(fullBatch(), 18);
    later.records.add(put(9, 5, 0));
    later.nextRecordId = 10;
    later.revision = 5;
    store("b").commit(later);
    crash("b");
    assertThat(store("b").load().applied()).isEqualTo(new LogPosition(3, 18));
    assertThat(store("b").load().members()).isEqualTo(replaced.members());
    assertThat(store("b").scan(0, 1000)).hasSize(6);
  }

  @Test
  void anExportOfAnEmptyStoreCanBeInstalled() throws IOException {
    Path export = exports.resolve("empty");
    store("a").export(export);
    store("b").commit(puts(1, 5, 1));
    assertThat(store("b").replaceWith(export)).isEqualTo(store("a").load());
    assertThat(store("b").scan(0, 10)).isEmpty();
  }

  @Test
  void aFileThatIsNoExportIsRefusedAndNothingChanges() throws IOException {
    store("a").commit(puts(1, 5, 1));
    Path file = exports.resolve("file");
    for (byte[] content : List.of(new byte[0], Bytes.utf8("hello").array(), new byte[10_000])) {
      Files.write(file, content);
      assertThatThrownBy(() -> store("a").check(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("file");
      assertThatThrownBy(() -> store("a").replaceWith(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("file");
    }
    assertThatThrownBy(() -> store("a").replaceWith(exports.resolve("nowhere")))
        .isInstanceOf(IOException.class);
    store("a").commit(puts(6, 7, 2));
    crash("a");
    assertThat(store("a").scan(0, 10)).hasSize(7);
  }

  @Test
  void anExportNeverOverwritesAFile() throws IOException {
    Path file = exports.resolve("file");
    Files.writeString(file, "precious");
    assertThatThrownBy(() -> store("a").export(file)).isInstanceOf(IOException.class);
    assertThat(file).hasContent("precious");
  }

  /** Every view that a reader gets must be one that a commit left: ids without a gap. */
  @Test
  void readersSeeWholeCommitsWhileOthersFollow() throws Exception {
    StateStore store = store("a");
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<CompletableFuture<Long>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        readers.add(
            CompletableFuture.supplyAsync(
                () -> {
                  long seen = 0;
                  long views = 0;
                  while (!done.get() || views == 0) {
                    List<Long> ids = new ArrayList<>();
                    store.forEach(put -> ids.add(put.id()));
                    assertThat(ids.size() % 10).isZero();
                    assertThat((long) ids.size()).isGreaterThanOrEqualTo(seen);
                    seen = ids.size();
                    assertThat(seen == 0 || ids.get(ids.size() - 1) == seen).isTrue();
                    assertThat(store.scan(1, 10).size()).isIn(0, 10);
                    views++;
                  }
                  return views;
                },
                threads));
      }
      try {
        for (int i = 0; i < 100; i++) {
          store.commit(puts(i * 10L + 1, i * 10L + 10, i + 1));
          if (i % 10 == 0) {
            store.sync();
          }
        }
      } finally {
        done.set(true);
      }
      for (CompletableFuture<Long> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(store.scan(0, 2000)).hasSize(1000);
  }

  @Test
  void aViewShowsOneMomentWhileCommitsGoOn() throws IOException {
    StateStore store = store("a");
    store.commit(puts(1, 10, 1));
    List<Long> seen = new ArrayList<>();
    store.view(
        view -> {
          store.commit(puts(11, 20, 2));
          assertThat(view.loaded().applied().index()).isEqualTo(1);
          view.forEachRecord(record -> seen.add(record.id()));
        });

    assertThat(seen).hasSize(10);
    assertThat(store.load().applied().index()).isEqualTo(2);
  }

  @Test
  void whatAViewersUseThrowsComesBack() throws IOException {
    StateStore store = store("a");
    store.commit(puts(1, 10, 1));
    IOException full = new IOException("disk full");

    assertThatThrownBy(
            () ->
                store.view(
                    view ->
                        view.forEachRecord(
                            record -> {
                              throw full;
                            })))
        .isSameAs(full);
    store.commit(puts(11, 20, 2));
  }

  @Test
  void sizesGrowWithWhatIsStored() throws IOException {
    long before = store("a").sizeBytes();
    store("a").commit(puts(1, 5000, 1));
    assertThat(store("a").sizeBytes()).isGreaterThan(before + 5000 * 10);
    assertThat(store("a").sizeInUseBytes()).isBetween(5000L * 10, store("a").sizeBytes());
  }

  @Test
  void aClosedStoreAnswersNothing() throws IOException {
    StateStore store = store("a");
    store.close();
    assertThatThrownBy(() -> store.read(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.commit(puts(1, 1, 1))).isInstanceOf(IllegalStateException.class);
    store.close();
  }

  /** The open store of this name; closed after the test. */
  protected final StateStore store(String name) {
    return open.computeIfAbsent(
        name,
        missing -> {
          try {
            return open(missing);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  protected final void crash(String name) throws IOException {
    StateStore store = store(name);
    open.remove(name);
    crash(name, store);
  }

  /** Records with ids from {@code first} to {@code last}, each in a revision of its own. */
  protected static StateBatch puts(long first, long last, long appliedIndex) {
    StateBatch batch = new StateBatch();
    for (long id = first; id <= last; id++) {
      batch.records.add(put(id, id + 1, 0));
    }
    batch.applied = new LogPosition(1, appliedIndex);
    batch.revision = last + 1;
    batch.nextRecordId = last + 1;
    return batch;
  }

  private static Record put(long id, long main, long sub) {
    Bytes key = Bytes.utf8("key " + id % 100);
    return new Record(id, sub, new KeyValue(key, Bytes.utf8("value " + id), main, main, 1, id % 3));
  }

  private static StateBatch next(StateBatch before, long appliedIndex) {
    StateBatch batch = new StateBatch();
    batch.applied = new LogPosition(before.applied.term(), appliedIndex);
    batch.conf = before.conf;
    batch.revision = before.revision;
    batch.compactRevision = before.compactRevision;
    batch.nextRecordId = before.nextRecordId;
    batch.featureLevel = before.featureLevel;
    batch.authEnabled = before.authEnabled;
    batch.authRevision = before.authRevision;
    return batch;
  }

  private static StateBatch fullBatch() {
    StateBatch batch = new StateBatch();
    batch.featureLevel = FeatureLevel.AUTH;
    batch.authEnabled = true;
    batch.authRevision = 12;
    batch.users.put("ann", Optional.of(ANN));
    batch.users.put("", Optional.empty());
    batch.users.put(CERTIFIED.name(), Optional.of(CERTIFIED));
    batch.roles.put(ROLE.name(), Optional.of(ROLE));
    batch.roles.put(EMPTY_ROLE.name(), Optional.of(EMPTY_ROLE));
    batch.records.add(put(1, 2, 0));
    batch.records.add(put(2, 2, 1));
    batch.records.add(new Record(3, 0, KeyValue.tombstone(Bytes.of(new byte[] {0, -1}), 3)));
    batch.records.add(new Record(4, 1, new KeyValue(Bytes.utf8("k"), Bytes.EMPTY, 1, 3, 7, -77)));
    batch.records.add(
        new Record(8, 0, new KeyValue(Bytes.ZERO, Bytes.of(new byte[70_000]), 4, 4, 1, 0)));
    batch.leases.put(-5L, Optional.of(60L));
    batch.leases.put(6L, Optional.of(5L));
    batch.members.put(
        -2L,
        Optional.of(
            new Member(
                -2,
                "a \"quoted\\\" näme\n",
                List.of("http://a:2380", "http://a,b:1", ""),
                List.of("x"),
                false)));
    batch.members.put(
        2L, Optional.of(new Member(2, "", List.of("http://b:2380"), List.of(), true)));
    batch.members.put(3L, Optional.empty());
    batch.members.put(-9L, Optional.empty());
    batch.alarms.put(new AlarmKey(-2, AlarmType.NOSPACE), true);
    batch.alarms.put(new AlarmKey(2, AlarmType.CORRUPT), true);
    batch.alarms.put(new AlarmKey(5, AlarmType.CORRUPT), false);
    batch.wallClocks.add(new WallClock(3, 1_700_000_000_000L));
    batch.wallClocks.add(new WallClock(4, 1_700_000_001_500L));
    batch.applied = new LogPosition(3, 17);
    batch.conf = new ConfState(List.of(1L, -2L), List.of(1L, 2L), List.of(4L), List.of(2L), true);
    batch.revision = 4;
    batch.compactRevision = 2;
    batch.nextRecordId = 9;
    return batch;
  }
}
