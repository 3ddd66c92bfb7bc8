package io.quorate.node;

import io.quorate.apply.StateStore;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Installs a snapshot that another member has sent: from when all of it is here until it is this
 * member's state, or Raft has no use for it. One at a time. Node loop only.
 */
final class SnapshotInstaller {
  /** What an installation needs of the node. */
  interface Host {
    /**
     * Passes the message on to Raft, and carries out what Raft answers: if it has a use for the
     * snapshot, {@link #install} is called before this returns.
     */
    void step(Message.InstallSnapshot message);
  }

  private final ApplyLoop applyLoop;
  private final Executor loop;
  private final Host host;
  private @Nullable Received received;
  private boolean installing;
  private long installedIndex;

  private record Received(LogPosition position, Path file) {}

  SnapshotInstaller(ApplyLoop applyLoop, Executor loop, Host host) {
    this.applyLoop = applyLoop;
    this.loop = loop;
    this.host = host;
  }

  /** If true, the driver must not take a Ready from Raft, whose log is about to be replaced. */
  boolean isInstalling() {
    return installing;
  }

  /**
   * True if the entry at {@code index} is in the latest snapshot that was, or is being, installed.
   */
  boolean hasBrought(long index) {
    return index <= installedIndex;
  }

  /**
   * @param file holds what {@code message} announces; it is deleted if there is no use for it
   */
  void received(Message.InstallSnapshot message, Path file) {
    if (received != null || installing) {
      SnapshotTransfers.delete(file);
      return;
    }
    received = new Received(message.meta().position(), file);
    host.step(message);
    if (received != null && !installing) {
      received = null;
      SnapshotTransfers.delete(file);
    }
  }

  /**
   * Replaces the state by the snapshot that was received.
   *
   * @param done run on the node's loop once the state is replaced; the log is the caller's to
   *     replace, after that
   */
  void install(SnapshotMeta meta, Consumer<StateStore.Loaded> done) {
    Received snapshot = received;
    if (snapshot == null || !meta.position().equals(snapshot.position)) {
      throw new IllegalStateException(
          "asked to install a snapshot that is not here: " + meta.position());
    }
    installing = true;
    installedIndex = meta.position().index();
    applyLoop.replaceWith(
        snapshot.file,
        loaded ->
            loop.execute(
                () -> {
                  installing = false;
                  received = null;
                  done.accept(loaded);
                }));
  }
}
