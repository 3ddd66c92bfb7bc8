package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The double must keep the promises of the real one, or tests on it show nothing. */
final class MemoryStateStoreTest extends StateStoreContract {
  private final Path directory;
  private final Map<String, MemoryStateStore> disks = new HashMap<>();
  private final MemoryStateStore store = new MemoryStateStore();

  MemoryStateStoreTest(@TempDir Path directory) {
    super(directory);
    this.directory = directory;
  }

  @Override
  protected StateStore open(String name) {
    MemoryStateStore disk = disks.computeIfAbsent(name, n -> new MemoryStateStore());
    disk.reopen();
    return disk;
  }

  @Override
  protected void crash(String name, StateStore open) {
    // what was committed is on the disk, which is the store itself
  }

  @Test
  void aPowerCutTakesWholeCommitsFromTheEndButNothingThatWasSynced() throws IOException {
    store.commit(full());
    assertThat(store.sync()).isEqualTo(new LogPosition(2, 7));
    String synced = store.dump();
    store.commit(batch(8));
    String eight = store.dump();
    store.commit(batch(9));
    assertThat(store.synced()).isEqualTo(new LogPosition(2, 7));
    store.powerCut(1);
    assertThat(store.dump()).isEqualTo(eight);
    assertThat(store.synced()).isEqualTo(new LogPosition(2, 8));
    store.commit(batch(9));
    store.powerCut(0);
    assertThat(store.dump()).isEqualTo(eight).isNotEqualTo(synced);
  }

  @Test
  void aCopyReplacesAnotherStoreAndIsConsumed() throws IOException {
    store.commit(full());
    Path file = directory.resolve("copy");
    store.export(file);
    assertThatThrownBy(() -> store.export(file)).isInstanceOf(IOException.class);
    MemoryStateStore other = new MemoryStateStore();
    other.commit(batch(3));
    assertThat(other.replaceWith(file)).isEqualTo(store.load());
    assertThat(other.dump()).isEqualTo(store.dump());
    other.powerCut(0);
    assertThat(other.dump()).as("it is durable at once").isEqualTo(store.dump());
    assertThat(file).doesNotExist();
  }

  @Test
  void aDamagedCopyChangesNothing() throws IOException {
    store.commit(full());
    Path file = directory.resolve("copy");
    store.export(file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    String before = store.dump();
    assertThatThrownBy(() -> store.replaceWith(file)).isInstanceOf(IOException.class);
    Files.write(file, new byte[3]);
    assertThatThrownBy(() -> store.replaceWith(file)).isInstanceOf(IOException.class);
    assertThat(store.dump()).isEqualTo(before);
  }

  @Test
  void aBrokenStoreRefusesEveryWrite() throws IOException {
    store.failWith(new IOException("no more"));
    assertThatThrownBy(() -> store.commit(full())).hasMessage("no more");
    store.reopen();
    assertThatThrownBy(store::sync).hasMessage("no more");
    store.failWith(null);
    assertThatThrownBy(() -> store.commit(full())).hasMessageContaining("earlier failure");
    store.reopen();
    assertThat(store.load().applied()).isEqualTo(LogPosition.ZERO);
    store.commit(full());
  }

  @Test
  void aBatchThatDoesNotFollowIsRefused() throws IOException {
    store.commit(full());
    assertThatThrownBy(() -> store.commit(batch(6))).isInstanceOf(IllegalStateException.class);
  }

  private static StateBatch full() {
    StateBatch batch = batch(7);
    batch.records.add(record(1, 2, 0));
    batch.records.add(record(2, 3, 0));
    batch.records.add(record(3, 4, 0));
    batch.leases.put(5L, Optional.of(10L));
    batch.members.put(1L, Optional.of(member(1)));
    batch.members.put(9L, Optional.empty());
    batch.alarms.put(new StateBatch.AlarmKey(1, Command.AlarmType.NOSPACE), true);
    batch.wallClocks.add(new StateBatch.WallClock(4, 1_000));
    return batch;
  }

  private static StateBatch batch(long index) {
    StateBatch batch = new StateBatch();
    batch.applied = new LogPosition(2, index);
    batch.conf = new ConfState(List.of(1L), List.of(2L), List.of(3L), List.of(4L), true);
    batch.revision = 4;
    batch.compactRevision = 2;
    batch.nextRecordId = 4;
    return batch;
  }

  private static Member member(long id) {
    return new Member(id, "näme", List.of("http://p"), List.of("http://c"), true);
  }

  private static Record record(long id, long main, long sub) {
    return new Record(
        id, sub, new KeyValue(Bytes.utf8("k" + id), Bytes.utf8("v"), main, main, 1, 0));
  }
}
