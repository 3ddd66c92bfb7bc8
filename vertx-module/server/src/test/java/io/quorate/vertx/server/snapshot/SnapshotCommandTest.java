package io.quorate.vertx.server.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.bbolt.BoltWriter;
import io.quorate.snapshot.SnapshotFile;
import io.quorate.vertx.member.fault.ConfigurationException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotCommandTest {
  private final Path directory;
  private final Path file;
  private String out = "";
  private String err = "";

  SnapshotCommandTest(@TempDir Path directory) {
    this.directory = directory;
    this.file = directory.resolve("saved.db");
  }

  /** One key at revision 2, in a database with a checksum. */
  @BeforeEach
  void save() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      BoltWriter writer = new BoltWriter(channel);
      writer.beginBucket(bytes("key"));
      ByteBuffer revision = ByteBuffer.allocate(17).putLong(2).put((byte) '_').putLong(0);
      writer.put(revision.array(), new byte[] {10, 1, 'k', 16, 2, 24, 2, 32, 1});
      writer.beginBucket(bytes("meta"));
      writer.put(bytes("storageVersion"), bytes("3.6.0"));
      writer.finish();
    }
    byte[] digest = SnapshotFile.sha256().digest(Files.readAllBytes(file));
    Files.write(file, digest, StandardOpenOption.APPEND);
  }

  @Test
  void aWrongCommandLineIsOneLineAndTwo() {
    assertThat(run("sav", "x")).isEqualTo(2);
    assertThat(err.lines()).singleElement().asString().contains("'sav'", "save, status or restore");
    assertThat(run("save")).isEqualTo(2);
    assertThat(err.lines()).singleElement().asString().contains("<file>");
    assertThat(run("restore", "x", "--wal-dir=y")).isEqualTo(2);
    assertThat(err.lines()).singleElement().asString().contains("--wal-dir");
  }

  @Test
  void everyCommandHasHelp() {
    assertThat(run("--help")).isZero();
    assertThat(out).contains("save", "status", "restore");
    for (String command : List.of("save", "status", "restore")) {
      assertThat(run(command, "--help")).isZero();
      assertThat(out).contains("quorate snapshot " + command);
    }
  }

  @Test
  void statusHasEtcdutlsForms() {
    assertThat(run("status", file.toString())).isZero();
    assertThat(out).matches("[0-9a-f]{1,8}, 2, 1, 16 kB, 3.6.0\n");
    assertThat(run("status", file.toString(), "-w", "json")).isZero();
    assertThat(out)
        .matches(
            "\\{\"hash\":\\d+,\"revision\":2,\"totalKey\":1,\"totalSize\":16384,"
                + "\"version\":\"3.6.0\"}\n");
    assertThat(run("status", file.toString(), "--write-out=table")).isZero();
    assertThat(out.lines()).hasSize(5);
    assertThatThrownBy(() -> run("status", file.toString(), "-w=xml"))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void sizesAreShownAsEtcdutlShowsThem() {
    assertThat(List.of(9L, 16_384L, 131_072L, 9_949_999L, 9_950_000L, 1_234_567_890L))
        .extracting(StatusFormat::size)
        .containsExactly("9 B", "16 kB", "131 kB", "9.9 MB", "10 MB", "1.2 GB");
  }

  @Test
  void aFaultIsNamed() throws IOException {
    byte[] sound = Files.readAllBytes(file);
    assertThat(run("status", directory.resolve("none").toString())).isEqualTo(1);
    assertThat(err).contains("no such file");

    sound[9_000] ^= 1;
    Files.write(file, sound);
    assertThat(run("status", file.toString())).isEqualTo(1);
    assertThat(err).contains("checksum");

    Files.write(file, new byte[1_000]);
    assertThat(run("status", file.toString())).isEqualTo(1);
    assertThat(err).contains("not a bbolt file");
  }

  @Test
  void restoreWritesAMembersDirectoryOnce() {
    Path data = directory.resolve("data");

    assertThat(run("restore", file.toString(), "--data-dir=" + data)).isZero();

    assertThat(out).contains("restored to " + data, "revision 2");
    assertThat(data.resolve("member/state.db")).exists();
    assertThat(data.resolve("restoring")).doesNotExist();
    assertThat(run("restore", file.toString(), "--data-dir=" + data)).isEqualTo(1);
    assertThat(err).contains("not empty");
  }

  @Test
  void anEmptyDirectoryIsTaken() throws IOException {
    Path data = Files.createDirectory(directory.resolve("mount"));

    assertThat(run("restore", file.toString(), "--data-dir=" + data)).isZero();

    assertThat(data.resolve("member/state.db")).exists();
  }

  @Test
  void aFileThatIsDamagedInsideLeavesNothing() throws IOException {
    byte[] damaged = Files.readAllBytes(file);
    int at = new String(damaged, StandardCharsets.ISO_8859_1).indexOf("\n\1k");
    damaged[at + 3] = 24; // not the revision at which it was created
    Files.write(file, damaged);
    Path data = directory.resolve("data");
    Path mount = directory.resolve("mount");
    Files.createDirectory(mount);

    for (Path target : List.of(data, mount)) {
      assertThat(run("restore", file.toString(), "--skip-hash-check", "--data-dir=" + target))
          .isEqualTo(1);
      assertThat(err).contains("damaged", "revision 2");
    }
    assertThat(data).doesNotExist();
    assertThat(mount).isEmptyDirectory();
  }

  @Test
  void aRaisedRevisionNeedsBothFlags() {
    Path data = directory.resolve("data");
    for (String flag : List.of("--bump-revision=5", "--mark-compacted")) {
      assertThatThrownBy(() -> run("restore", file.toString(), "--data-dir=" + data, flag))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("together");
    }
    assertThat(
            run(
                "restore",
                file.toString(),
                "--data-dir=" + data,
                "--bump-revision=1000000",
                "--mark-compacted"))
        .isZero();
    assertThat(out).contains("revision 1000002");
  }

  @Test
  void aClusterThatDoesNotNameTheMemberIsRefused() {
    assertThatThrownBy(
            () -> run("restore", file.toString(), "--name=a", "--initial-cluster=b=http://h:1"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'a'");
  }

  private int run(String... args) {
    ByteArrayOutputStream standard = new ByteArrayOutputStream();
    ByteArrayOutputStream error = new ByteArrayOutputStream();
    int code =
        SnapshotCommand.run(
            args,
            new PrintStream(standard, true, StandardCharsets.UTF_8),
            new PrintStream(error, true, StandardCharsets.UTF_8));
    out = standard.toString(StandardCharsets.UTF_8);
    err = error.toString(StandardCharsets.UTF_8);
    return code;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
