/**
 * The peer bus: a private Vert.x whose clustered event bus carries only the communication between
 * members. Its cluster manager, the {@link io.quorate.vertx.member.peer.PeerDirectory}, needs no
 * registry, since an address contains its node.
 */
@NullMarked
package io.quorate.vertx.member.peer;

import org.jspecify.annotations.NullMarked;
