package io.quorate.raft;

/**
 * What Raft must know of a snapshot: the last entry that is in it and the members at that point.
 */
public record SnapshotMeta(LogPosition position, ConfState conf) {}
