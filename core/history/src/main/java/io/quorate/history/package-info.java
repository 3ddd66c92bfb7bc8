/**
 * Judges of what clients of the store saw: pure functions of a recorded history, with no part of
 * the production code in them but the vocabulary of requests and answers. Any thread; the objects
 * themselves belong to one thread at a time.
 *
 * <p>{@link io.quorate.history.Linearizability} orders the operations, {@link
 * io.quorate.history.SerializableReads} looks at reads of single members, {@link
 * io.quorate.history.WatchGuarantees} at watchers, {@link io.quorate.history.LeaseHistory} at
 * leases and {@link io.quorate.history.LockHistory} at locks built on them. What they compare with
 * is {@link io.quorate.history.StoreModel}, a store in its plainest form, or {@link
 * io.quorate.history.Changes}, the revisions that really were.
 */
@NullMarked
package io.quorate.history;

import org.jspecify.annotations.NullMarked;
