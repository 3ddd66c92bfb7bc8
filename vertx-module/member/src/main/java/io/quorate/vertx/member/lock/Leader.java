package io.quorate.vertx.member.lock;

import io.quorate.command.KeyValue;

/**
 * The leader of an election at some time.
 *
 * @param pair its key and value
 * @param revision of the store when it was read, or when the change was reported
 */
public record Leader(KeyValue pair, long revision) {}
