package io.quorate.node;

/**
 * What a member does by itself beside what it is asked for.
 *
 * @param disarmsNoSpace whether a NOSPACE alarm that this member has raised ends by itself once
 *     there is room again; else, as in etcd, somebody has to disarm it
 * @param autoCompaction how much history is kept when nobody asks for a compaction
 * @param corruptCheckMillis how often the leader compares the members' stores; 0 for never
 * @param compactHashCheckMillis how often the leader compares what compactions have kept on the
 *     members; 0 for never
 */
public record Maintenance(
    boolean disarmsNoSpace,
    AutoCompaction autoCompaction,
    long corruptCheckMillis,
    long compactHashCheckMillis) {}
