package io.quorate.vertx.member.store;

import io.quorate.command.Bytes;
import io.vertx.core.Future;

/**
 * A snapshot in etcd's format, to be read once, from its beginning. Every user has to close it. To
 * be used on the context of the request.
 */
public interface SnapshotSource {
  /** Its length, a multiple of 512. */
  long sizeBytes();

  /**
   * The next bytes: as many as asked for, or what is left; none at the end. Must not be called
   * before the previous call has completed.
   */
  Future<Bytes> next(int maxBytes);

  /** SHA-256 of all that was read. */
  Bytes sha256();

  /** May be called at any time, also repeatedly; a read that is under way fails. */
  void close();
}
