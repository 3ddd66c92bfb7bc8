package io.quorate.node;

import io.quorate.codec.PeerMessage;

/** What the leader says about a lease; as in {@link PeerMessage.LeaseAnswer}. */
public record LeaseReply(long ttlSeconds, long grantedTtlSeconds) {}
