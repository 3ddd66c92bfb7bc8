package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Future;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of a member with a store on disk becomes smaller while the member serves. */
class DefragmentTest {
  private static final long MIB = 1L << 20;
  private static final Bytes VALUE = Bytes.of(new byte[64 << 10]);

  private static void put(MemberStore store, String key) {
    Object unused = Await.await(store.put(Command.Put.of(Bytes.utf8(key), VALUE)));
  }

  /** Sixteen mebibytes come and go. */
  private static void fillAndEmpty(MemberStore store) {
    for (int i = 0; i < 256; i++) {
      put(store, "k" + i);
    }
    long revision =
        Await.await(store.delete(new Command.DeleteRange(KeyRange.all(), false))).revision();
    Object unused = Await.await(store.compact(new Command.Compact(revision, true)));
  }

  @Test
  void theFileShrinksAfterDeletesAndCompactionByItselfAndAtOnceIfAskedTo(@TempDir Path directory) {
    try (OneMember member = new OneMember(directory)) {
      MemberStore store = member.server().client();
      fillAndEmpty(store);
      Await.untilTrue(
          "most of it is given back", () -> store.memberStatus().dbSizeBytes() < 4 * MIB);

      fillAndEmpty(store);
      Future<Void> defragmented = store.defragment();
      put(store, "meanwhile");
      Void unused = Await.await(defragmented);
      assertThat(store.memberStatus().dbSizeBytes()).isLessThan(MIB);
    }
  }
}
