package io.quorate.node;

/**
 * What a member does by itself beside what it is asked for.
 *
 * @param disarmsNoSpace whether a NOSPACE alarm that this member has raised ends by itself once
 *     there is room again; else, as in etcd, somebody has to disarm it
 * @param autoCompaction how much history is kept when nobody asks for a compaction
 */
public record Maintenance(boolean disarmsNoSpace, AutoCompaction autoCompaction) {}
