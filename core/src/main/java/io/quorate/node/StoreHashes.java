package io.quorate.node;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.mvcc.KvStore;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Makes hashes of this member's store. Any thread. */
final class StoreHashes {
  private final ApplyLoop applyLoop;
  private final Executor readers;

  /**
   * @param readers where blocking is allowed
   */
  StoreHashes(ApplyLoop applyLoop, Executor readers) {
    this.applyLoop = applyLoop;
    this.readers = readers;
  }

  /** See {@link QuorateNode#hash}. */
  void hash(long revision, Callback<KvStore.KvHash> callback) {
    if (revision <= 0) {
      hashNow(revision, callback);
    } else {
      applyLoop.compactionHash(revision, callback, () -> hashNow(revision, callback));
    }
  }

  private void hashNow(long revision, Callback<KvStore.KvHash> callback) {
    AtomicReference<@Nullable HashAt> at = new AtomicReference<>();
    applyLoop.flushThen(
        machine -> {
          // what is applied after this may not be on the disk yet when the hash is made
          long newest = machine.kv().revision();
          at.set(new HashAt(machine.kv(), revision <= 0 ? newest : revision, newest));
        },
        () -> readers.execute(() -> hash(at.get(), revision, callback)),
        () -> callback.fail(EtcdError.STOPPED));
  }

  private record HashAt(KvStore kv, long revision, long flushed) {}

  private void hash(@Nullable HashAt at, long wanted, Callback<KvStore.KvHash> callback) {
    if (at == null || at.revision > at.flushed) {
      callback.fail(EtcdError.FUTURE_REV);
      return;
    }
    KvStore.KvHash hash;
    try {
      hash = at.kv.hash(at.revision);
    } catch (EtcdException e) {
      if (e.error() == EtcdError.COMPACTED && wanted <= 0) {
        hashNow(wanted, callback); // compacted meanwhile, so a newer revision is the newest now
      } else {
        callback.fail(e.error());
      }
      return;
    } catch (RuntimeException | Error e) {
      callback.fail(EtcdError.STOPPED);
      throw e;
    }
    callback.complete(hash);
  }
}
