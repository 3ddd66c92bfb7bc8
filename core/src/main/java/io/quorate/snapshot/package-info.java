/**
 * Snapshots as etcd makes them: a bbolt file that holds its buckets, and a checksum. What is in the
 * buckets is known here alone.
 */
@NullMarked
package io.quorate.snapshot;

import org.jspecify.annotations.NullMarked;
