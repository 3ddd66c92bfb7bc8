package io.quorate.node;

import io.quorate.apply.DamagedStateException;
import io.quorate.apply.StateStore;
import io.quorate.command.EtcdError;
import io.quorate.log.LoggerSource;
import io.quorate.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes snapshots for clients, as files of etcd's format that exist only as long as they are open.
 * A file is written at the speed of the disk, so that the view of the state, which keeps its
 * write-ahead log from being cut, ends soon however slow the client is. They are written one at a
 * time, so that other reads have a thread left. Any thread.
 */
public final class SnapshotExports {
  /** Each may need as much of the disk as the state. */
  static final int MAX_OPEN = 4;

  private static final System.Logger LOG = LoggerSource.loggerOf(SnapshotExports.class);
  private static final String PERMISSIONS = "rw-------";

  private final Path directory;
  private final ApplyLoop applyLoop;
  private final StateStore store;
  private final Turns turns;
  private final Consumer<Throwable> failed;
  private final AtomicLong lastFile;
  private final AtomicInteger open = new AtomicInteger();

  SnapshotExports(
      NodeConfig config,
      ApplyLoop applyLoop,
      StateStore store,
      NodeThreads threads,
      Consumer<Throwable> failed) {
    this.directory = config.snapshotDirectory();
    this.applyLoop = applyLoop;
    this.store = store;
    this.turns = new Turns(threads.readers(), 1);
    this.failed = failed;
    this.lastFile = new AtomicLong(config.incarnation());
  }

  /** Gets the file, or why there is none; exactly one of the two, on any of the node's threads. */
  public interface Receiver {
    void made(Export file);

    /** With an {@link io.quorate.command.EtcdException} or an {@link IOException}. */
    void failed(Exception reason);
  }

  /** A snapshot without a checksum. To be closed, which deletes it. */
  public static final class Export implements AutoCloseable {
    private final FileChannel channel;
    private final long sizeBytes;
    private final Runnable ended;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Export(FileChannel channel, long sizeBytes, Runnable ended) {
      this.channel = channel;
      this.sizeBytes = sizeBytes;
      this.ended = ended;
    }

    /** To be read by position. */
    public FileChannel channel() {
      return channel;
    }

    public long sizeBytes() {
      return sizeBytes;
    }

    /** Once is enough; a read that is under way fails. */
    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        try {
          channel.close();
        } catch (IOException e) {
          LOG.log(System.Logger.Level.WARNING, "cannot close a snapshot: {0}", e.getMessage());
        } finally {
          ended.run();
        }
      }
    }
  }

  /**
   * Writes the state as it is now, or a little later, into a new file.
   *
   * @param client clients take turns
   * @param wanted becomes false once nobody waits for it any more
   */
  public void make(
      Object client, SnapshotWriter.Versions versions, BooleanSupplier wanted, Receiver receiver) {
    if (open.incrementAndGet() > MAX_OPEN) {
      open.decrementAndGet();
      receiver.failed(EtcdError.TOO_MANY_REQUESTS.exception());
      return;
    }
    Runnable stopped =
        () -> {
          open.decrementAndGet();
          receiver.failed(EtcdError.STOPPED.exception());
        };
    applyLoop.flushThen(
        machine -> {},
        () -> turns.run(client, () -> make(versions, wanted, receiver), stopped),
        stopped);
  }

  private void make(SnapshotWriter.Versions versions, BooleanSupplier wanted, Receiver receiver) {
    FileChannel channel = null;
    try {
      requireSpace();
      FileChannel target = create();
      channel = target;
      store.view(view -> SnapshotWriter.write(view, versions, target, wanted));
      Export export = new Export(target, target.size(), open::decrementAndGet);
      receiver.made(export);
    } catch (IOException | RuntimeException | Error e) {
      open.decrementAndGet();
      close(channel, e);
      if (e instanceof CancellationException) {
        receiver.failed(EtcdError.TIMEOUT.exception());
      } else if (e instanceof IOException && !(e instanceof DamagedStateException)) {
        receiver.failed((IOException) e);
      } else {
        receiver.failed(EtcdError.STOPPED.exception());
        failed.accept(e);
      }
    }
  }

  /** Otherwise a snapshot could fill the disk up, and writes would be refused. */
  private void requireSpace() throws IOException {
    long neededBytes = store.sizeInUseBytes() + SpaceQuota.DISK_RESERVE_BYTES;
    long usableBytes = store.usableBytes();
    if (usableBytes < neededBytes) {
      throw new IOException(
          "a snapshot needs "
              + neededBytes
              + " bytes on the member's disk, of which "
              + usableBytes
              + " are free");
    }
  }

  /**
   * On POSIX systems the file loses its name at once, so that nothing of it outlives the process.
   */
  private FileChannel create() throws IOException {
    Path file =
        directory.resolve("export-" + Long.toHexString(lastFile.incrementAndGet()) + ".snapshot");
    boolean posix = Files.getFileStore(directory).supportsFileAttributeView("posix");
    Set<OpenOption> options =
        Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PERMISSIONS))
            }
            : new FileAttribute<?>[0];
    return FileChannel.open(file, options, ownerOnly);
  }

  private static void close(@Nullable FileChannel channel, Throwable cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }
}
