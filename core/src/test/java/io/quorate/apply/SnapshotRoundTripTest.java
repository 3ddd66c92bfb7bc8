package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.auth.AuthState;
import io.quorate.bbolt.BoltReader;
import io.quorate.bbolt.BoltWriter;
import io.quorate.command.AuthChange;
import io.quorate.command.Command;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Member;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.snapshot.SnapshotException;
import io.quorate.snapshot.SnapshotFile;
import io.quorate.snapshot.SnapshotImport;
import io.quorate.snapshot.SnapshotStatus;
import io.quorate.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state written as etcd's file, and read back from it. */
class SnapshotRoundTripTest {
  private static final SnapshotWriter.Versions VERSIONS =
      new SnapshotWriter.Versions("3.6.0", "3.6.0");

  private final Path file;

  SnapshotRoundTripTest(@TempDir Path directory) {
    file = directory.resolve("snapshot.db");
  }

  @Test
  void anyStateComesBackAsItWas() throws IOException {
    for (long seed = 1; seed <= 25; seed++) {
      MachineOnMemory before = machine(seed);
      write(before.store);

      MachineOnMemory after = new MachineOnMemory(imported(0));

      StateStore.Loaded was = before.store.load();
      StateStore.Loaded is = after.store.load();
      assertThat(is.revision()).as("seed %s", seed).isEqualTo(was.revision());
      assertThat(is.compactRevision()).isEqualTo(was.compactRevision());
      assertThat(is.alarms()).isEqualTo(was.alarms());
      assertThat(seconds(is.leases())).isEqualTo(seconds(was.leases()));
      assertThat(after.all()).isEqualTo(before.all());
      for (long at = Math.max(1, was.compactRevision()); at <= was.revision(); at += 3) {
        assertThat(after.machine.kv().hash(at)).isEqualTo(before.machine.kv().hash(at));
      }
      Files.delete(file);
    }
  }

  @Test
  void statusTellsWhatIsInIt() throws IOException {
    MachineOnMemory before = machine(7);
    write(before.store);

    SnapshotStatus status = SnapshotStatus.of(file);

    assertThat(status.totalKeys()).isEqualTo(before.all().size());
    assertThat(status.totalBytes()).isEqualTo(Files.size(file) - SnapshotFile.DIGEST_BYTES);
    assertThat(status.version()).isEqualTo("3.6.0");
    assertThat(status.revision()).isLessThanOrEqualTo(before.machine.kv().revision());
    assertThat(status).isEqualTo(SnapshotStatus.of(file));
  }

  @Test
  void bucketsAreThoseOfEtcd() throws IOException {
    write(machine(1).store);
    List<String> names = new ArrayList<>();
    Map<String, String> members = new TreeMap<>();
    try (FileChannel channel = FileChannel.open(file)) {
      BoltReader reader = BoltReader.open(channel, channel.size() - SnapshotFile.DIGEST_BYTES);
      reader.forEachBucket(name -> names.add(new String(name, StandardCharsets.UTF_8)));
      reader.forEach(
          "members".getBytes(StandardCharsets.UTF_8),
          (key, value) ->
              members.put(
                  new String(key, StandardCharsets.UTF_8),
                  new String(value == null ? key : value, StandardCharsets.UTF_8)));
    }

    assertThat(names)
        .containsExactly(
            "alarm",
            "auth",
            "authRoles",
            "authUsers",
            "cluster",
            "key",
            "lease",
            "members",
            "members_removed",
            "meta");
    assertThat(members)
        .isEqualTo(
            Map.of(
                "8000000000000001",
                "{\"id\":9223372036854775809,\"peerURLs\":[\"http://a:2380\"],\"name\":\"a\","
                    + "\"clientURLs\":[\"http://a:2379\"]}"));
  }

  @Test
  void aRevisionThatIsRaisedLeavesAllBeforeItCompacted() throws IOException {
    MachineOnMemory before = machine(3);
    write(before.store);
    long revision = before.machine.kv().revision() + 1_000;

    MachineOnMemory after = new MachineOnMemory(imported(1_000));

    assertThat(after.machine.kv().revision()).isEqualTo(revision);
    assertThat(after.machine.kv().compactRevision()).isEqualTo(revision);
    assertThat(after.all()).isEqualTo(before.all());
    assertThatThrownBy(() -> after.machine.kv().hash(revision - 1))
        .isInstanceOf(EtcdException.class);

    // and again: the record that etcd would leave behind for such a revision is not there
    Files.delete(file);
    after.flush();
    write(after.store);
    assertThat(new MachineOnMemory(imported(0)).machine.kv().revision()).isEqualTo(revision);
  }

  @Test
  void aWrongChecksumIsNamed() throws IOException {
    write(machine(1).store);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> imported(0))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("checksum");
    assertThatThrownBy(() -> SnapshotStatus.of(file))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("checksum");
  }

  @Test
  void aFileWithoutChecksumIsTakenOnlyIfAskedFor() throws IOException {
    write(machine(1).store);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - SnapshotFile.DIGEST_BYTES));

    assertThatThrownBy(() -> imported(0))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("--skip-hash-check");
    SnapshotFile.open(file, SnapshotFile.Check.SKIPPED).close();
    assertThat(SnapshotStatus.of(file).totalKeys()).isPositive();
  }

  @Test
  void aTruncatedFileIsNamed() throws IOException {
    write(machine(1).store);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 5_000));

    assertThatThrownBy(() -> imported(0))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("truncated");
  }

  /** Otherwise everybody could read and write what was protected. */
  @Test
  void usersAndRolesAreRestoredAndAskedFor() throws IOException {
    MachineOnMemory before = machine(1);
    for (AuthChange change :
        List.of(
            new AuthChange.UserAdd("root", new Password.Hashed("$2a$10$hash")),
            new AuthChange.UserGrantRole("root", "root"),
            new AuthChange.UserAdd("cn", Password.NONE),
            new AuthChange.RoleAdd("some"),
            new AuthChange.RoleGrantPermission(
                "some", new Permission(Permission.Type.WRITE, KeyRange.all())),
            new AuthChange.UserGrantRole("cn", "some"),
            new AuthChange.Enable())) {
      before.apply(new Command.Auth(change));
    }
    before.flush();
    write(before.store);

    AuthState restored = imported(0).load().auth();

    assertThat(restored.isEnabled()).isTrue();
    assertThat(restored).isEqualTo(before.machine.auth());
  }

  @Test
  void anotherProgramsFileIsRefused() throws IOException {
    try (FileChannel channel = create()) {
      BoltWriter writer = new BoltWriter(channel);
      writer.beginBucket(bytes("key"));
      writer.finish();
    }
    sign();

    assertThatThrownBy(() -> imported(0))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("not one of etcd");
  }

  @Test
  void aKeyWithoutItsLeaseIsDamage() throws IOException {
    try (FileChannel channel = create()) {
      BoltWriter writer = new BoltWriter(channel);
      writer.beginBucket(bytes("key"));
      ByteBuffer key = ByteBuffer.allocate(17).putLong(2).put((byte) '_').putLong(0);
      writer.put(key.array(), new byte[] {10, 1, 'k', 16, 2, 24, 2, 32, 1, 48, 77});
      writer.beginBucket(bytes("meta"));
      writer.finish();
    }
    sign();

    assertThatThrownBy(() -> imported(0))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("lease 4d");
  }

  @Test
  void whatNobodyWantsIsNotWritten() throws IOException {
    MachineOnMemory machine = machine(1);
    try (FileChannel channel = create()) {
      assertThatThrownBy(
              () ->
                  machine.store.view(
                      view -> SnapshotWriter.write(view, VERSIONS, channel, () -> false)))
          .isInstanceOf(CancellationException.class);
    }
  }

  // ---- helpers

  /** Some hundred commands, partly compacted, and in part swept. */
  private static MachineOnMemory machine(long seed) throws IOException {
    MachineOnMemory machine =
        MachineOnMemory.withVoter(
            new Member(
                0x8000000000000001L,
                "a",
                List.of("http://a:2380"),
                List.of("http://a:2379"),
                false));
    RandomCommands commands = new RandomCommands(seed);
    for (int i = 0; i < 300; i++) {
      machine.apply(commands.next(machine.machine.kv().revision()));
      if (i % 40 == 0) {
        machine.machine.sweep(2);
      }
    }
    machine.apply(new Command.Alarm(Command.AlarmAction.DEACTIVATE, 0, Command.AlarmType.NOSPACE));
    machine.apply(new Command.Alarm(Command.AlarmAction.DEACTIVATE, 1, Command.AlarmType.NOSPACE));
    machine.apply(MachineOnMemory.put("last", "one"));
    machine.apply(new Command.Alarm(Command.AlarmAction.ACTIVATE, 5, Command.AlarmType.NOSPACE));
    machine.flush();
    return machine;
  }

  private void write(StateStore store) throws IOException {
    try (FileChannel channel = create()) {
      store.view(view -> SnapshotWriter.write(view, VERSIONS, channel, () -> true));
    }
    sign();
  }

  private FileChannel create() throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private void sign() throws IOException {
    byte[] digest = SnapshotFile.sha256().digest(Files.readAllBytes(file));
    Files.write(file, digest, StandardOpenOption.APPEND);
  }

  private MemoryStateStore imported(long bumpRevision) throws IOException {
    MemoryStateStore store = new MemoryStateStore();
    try (SnapshotFile snapshot = SnapshotFile.open(file, SnapshotFile.Check.REQUIRED)) {
      store.commit(SnapshotImport.run(snapshot, store, bumpRevision));
    }
    return store;
  }

  private static Map<Long, Long> seconds(Map<Long, Long> millis) {
    return millis.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, lease -> (lease.getValue() + 999) / 1_000));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
