package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryLogStoreTest extends LogStoreContract {
  private final MemoryLogStore.Disk disk = new MemoryLogStore.Disk();

  @Override
  protected LogStore open() {
    return new MemoryLogStore(disk);
  }

  @Override
  protected void crash(LogStore open) {
    disk.repair();
  }

  @Test
  void aFailedWriteStopsTheStoreAndIsKeptOrLostAsTold() throws IOException {
    for (boolean kept : new boolean[] {false, true}) {
      disk.wipe();
      LogStore store = createdStore();
      disk.failWrites(1, kept);
      store.write(List.of(entries(1, 1, 1)));
      assertThatThrownBy(() -> store.write(List.of(entries(1, 2, 2))))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> store.write(List.of(entries(1, 2, 2))))
          .hasMessageContaining("earlier failure");
      assertThat(recoverAfterCrash().entries()).hasSize(kept ? 2 : 1);
    }
  }

  @Test
  void damageIsFoundAtTheNextStart() throws IOException {
    createdStore();
    disk.damage("log: entry 3: flipped");
    assertThat(reopenAfterCrash().recover())
        .isEqualTo(new LogStore.Damaged("log: entry 3: flipped"));
  }
}
