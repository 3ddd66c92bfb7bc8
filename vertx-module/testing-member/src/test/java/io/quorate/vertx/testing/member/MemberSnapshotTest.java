package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.snapshot.SnapshotFile;
import io.quorate.snapshot.SnapshotStatus;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.store.SnapshotSource;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of a member with a store on disk. */
class MemberSnapshotTest {
  private static final int MAX_OPEN = 4;

  @Test
  void eachShowsTheMomentItWasAskedForWhileWritesGoOn(@TempDir Path directory) throws IOException {
    try (OneMember member = new OneMember(directory.resolve("data"))) {
      MemberStore store = member.server().client();
      List<SnapshotSource> open = new ArrayList<>();
      List<Long> revisions = new ArrayList<>();
      for (int i = 0; i < MAX_OPEN; i++) {
        revisions.add(put(store, "key" + i));
        open.add(Await.await(snapshot(store)));
      }

      for (int i = MAX_OPEN - 1; i >= 0; i--) {
        Path file = directory.resolve("saved" + i);
        save(open.get(i), file);
        SnapshotStatus status = SnapshotStatus.of(file);
        assertThat(status.revision()).isEqualTo(revisions.get(i));
        assertThat(status.totalKeys()).isEqualTo(i + 1);
        open.get(i).close();
      }
    }
  }

  @Test
  void onlySomeAreOpenAtOnce(@TempDir Path directory) {
    try (OneMember member = new OneMember(directory)) {
      MemberStore store = member.server().client();
      List<SnapshotSource> open = new ArrayList<>();
      for (int i = 0; i < MAX_OPEN; i++) {
        open.add(Await.await(snapshot(store)));
      }
      assertThatThrownBy(() -> Await.await(snapshot(store)))
          .isInstanceOf(EtcdException.class)
          .hasMessage(EtcdError.TOO_MANY_REQUESTS.message());

      open.get(0).close();
      open.get(0).close();

      // it is closed on another thread, before this one's file is made
      Await.untilTrue("there is room for one", () -> isTaken(store, open));
      assertThat(isTaken(store, open)).isFalse();
      open.forEach(SnapshotSource::close);
    }
  }

  private static boolean isTaken(MemberStore store, List<SnapshotSource> open) {
    Future<SnapshotSource> asked = snapshot(store);
    Await.untilTrue("answered", asked::isComplete);
    if (asked.succeeded()) {
      open.add(asked.result());
    }
    return asked.succeeded();
  }

  @Test
  void whoGivesUpGetsNoneAndHoldsNone(@TempDir Path directory) {
    try (OneMember member = new OneMember(directory)) {
      MemberStore store = member.server().client();
      long unused = put(store, "a");
      for (int i = 0; i < 2 * MAX_OPEN; i++) {
        Future<SnapshotSource> asked = snapshot(store.onBehalfOf(this, () -> false));
        Await.untilTrue("answered", asked::isComplete);
        assertThat(asked.failed()).isTrue();
        assertThat(asked.cause()).hasMessage(EtcdError.TIMEOUT.message());
      }
      Await.await(snapshot(store)).close();
    }
  }

  /** So nothing is left of it, whatever ends the process. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aSnapshotHasNoName(@TempDir Path directory) throws IOException {
    try (OneMember member = new OneMember(directory)) {
      SnapshotSource source = Await.await(snapshot(member.server().client()));

      assertThat(directory.resolve("member/snapshots")).isEmptyDirectory();
      assertThat(Await.await(source.next(512)).length()).isEqualTo(512);
      source.close();
    }
  }

  private static Future<SnapshotSource> snapshot(MemberStore store) {
    return store.snapshot("3.6.0", "3.6.0");
  }

  private static long put(MemberStore store, String key) {
    return Await.await(store.put(Command.Put.of(Bytes.utf8(key), Bytes.utf8("value")))).revision();
  }

  private static void save(SnapshotSource source, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      long bytes = 0;
      for (Bytes next = Await.await(source.next(10_000));
          !next.isEmpty();
          next = Await.await(source.next(10_000))) {
        out.write(next.array());
        bytes += next.length();
      }
      assertThat(bytes).isEqualTo(source.sizeBytes());
      assertThat(bytes % SnapshotFile.BLOCK_BYTES).isZero();
      out.write(source.sha256().array());
    }
  }
}
