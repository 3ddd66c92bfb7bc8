package io.quorate.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  private final Path data;

  DataDirectoryTest(@TempDir Path temporary) {
    data = temporary.resolve("some").resolve("data");
  }

  /** Holds a data directory until its input ends: what another process is to the tests. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      try (DataDirectory held = DataDirectory.open(Path.of(args[0]))) {
        System.out.println("holds " + held.memberDirectory().getFileName());
        while (System.in.read() >= 0) {}
      }
    }
  }

  @Test
  void anotherProcessIsToldWhichDirectoryIsInUseAndWhatToDo() throws Exception {
    String path = System.getProperty("surefire.test.class.path");
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                path != null ? path : System.getProperty("java.class.path"),
                Holder.class.getName(),
                data.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).isEqualTo("holds member");
      assertInUse();
    } finally {
      holder.getOutputStream().close();
    }
    assertThat(holder.waitFor()).isZero();
    DataDirectory.open(data).close();
  }

  @Test
  void theSameProcessGetsTheSameErrorAndTheFirstKeepsItsLock() throws IOException {
    try (DataDirectory first = DataDirectory.open(data)) {
      assertInUse();
      assertInUse();
      assertThat(first.logFile().getFileName()).hasToString("log.db");
    }
    DataDirectory.open(data).close();
  }

  @Test
  void everythingThatIsCreatedIsForTheOwnerAlone() throws IOException {
    DataDirectory.open(data).close();
    for (Path directory : new Path[] {data.getParent(), data, data.resolve("member")}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
          .isEqualTo("rwx------");
    }
    for (String file : new String[] {"lock", "format"}) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(data.resolve("member").resolve(file))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void aDirectoryThatOthersCouldReadIsClosedToThem() throws IOException {
    Path member = Files.createDirectories(data.resolve("member"));
    Files.setPosixFilePermissions(member, PosixFilePermissions.fromString("rwxr-xr-x"));
    DataDirectory.open(data).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(member)))
        .isEqualTo("rwx------");
  }

  @Test
  void aDirectoryOfSomethingElseIsRefusedAndLeftAsItIs() throws IOException {
    Files.createDirectories(data.resolve("member").resolve("wal"));
    assertRefused("was not written by Quorate: it holds member/wal but no member/format");
    assertThat(data.resolve("member").toFile().list()).containsExactly("wal");
  }

  @Test
  void aNewerFormatIsRefusedWithBothVersions() throws IOException {
    DataDirectory.open(data).close();
    Files.writeString(data.resolve("member").resolve("format"), "quorate data directory 2\n");
    assertRefused("has format 2, this version knows 1");
    Files.writeString(data.resolve("member").resolve("format"), "quo");
    assertRefused("member/format: damaged: it does not say which format");
  }

  @Test
  void aDirectoryWhoseFirstStartDiedBeforeTheFormatWasWrittenIsCompleted() throws IOException {
    DataDirectory.open(data).close();
    Files.move(
        data.resolve("member").resolve("format"), data.resolve("member").resolve("format.new"));
    DataDirectory.open(data).close();
    assertThat(data.resolve("member").toFile().list()).containsExactlyInAnyOrder("lock", "format");
  }

  @Test
  void aDirectoryForOneLifeIsNeverOpenedAgain() throws IOException {
    try (DataDirectory once = DataDirectory.openForOneLife(data);
        SqliteStateStore state = SqliteStateStore.open(once)) {
      assertThat(state.sizeBytes()).isPositive();
    }
    assertRefused("it holds member/state.db but no member/format");
    assertThatThrownBy(() -> DataDirectory.openForOneLife(data))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("it holds member/state.db");
  }

  @Test
  void aMemberThatMayComeBackIsNotOpenedForOneLife() throws IOException {
    DataDirectory.open(data).close();
    assertThatThrownBy(() -> DataDirectory.openForOneLife(data))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("holds a member that may come back");
    DataDirectory.open(data).close();
  }

  @Test
  void onlyForOneLifeSqliteSyncsNothing(@TempDir Path temporary) throws Exception {
    Path file = temporary.resolve("some.db");
    StoreFiles.createPrivateFile(file);
    try (Database database = Database.openForWriting(file)) {
      Syncing.NEVER.of(database, "FULL");
      assertThat(database.queryLong("PRAGMA synchronous")).isZero();
      Syncing.AS_PROMISED.of(database, "FULL");
      assertThat(database.queryLong("PRAGMA synchronous")).isEqualTo(2);
      Syncing.AS_PROMISED.of(database, "NORMAL");
      assertThat(database.queryLong("PRAGMA synchronous")).isEqualTo(1);
    }
    try (DataDirectory directory = DataDirectory.open(data)) {
      assertThat(directory.syncing()).isEqualTo(Syncing.AS_PROMISED);
    }
  }

  @Test
  void aPathThatCannotBeADirectoryIsNamed() throws IOException {
    Files.createDirectories(data.getParent());
    Files.writeString(data, "a file");
    assertRefused(
        "cannot open data directory " + data + ": " + data.resolve("member") + ": Not a dir");
    assertThat(StoreFiles.why(new AccessDeniedException("/x/y")))
        .isEqualTo("/x/y: this user has no permission");
    assertThat(StoreFiles.why(new FileSystemException("/x", null, "Read-only file system")))
        .isEqualTo("/x: Read-only file system");
  }

  private void assertInUse() {
    assertRefused(
        "data directory "
            + data
            + " is in use by another running member: stop that one first, or give this one a data"
            + " directory of its own");
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(() -> DataDirectory.open(data))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
  }
}
