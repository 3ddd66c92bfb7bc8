/**
 * Revisions, the key index, transactions, ranges, compaction and history: etcd's multi-version
 * store. Declares what it reads from a disk as a port, {@link io.quorate.mvcc.RecordReader}. One
 * writer (the apply thread), any number of readers on any thread.
 */
@NullMarked
package io.quorate.mvcc;

import org.jspecify.annotations.NullMarked;
