/**
 * The peer bus: a private Vert.x whose clustered event bus carries nothing but what members say to
 * each other. Its cluster manager, the {@link io.quorate.vertx.member.peer.PeerDirectory}, needs no
 * registry, since an address says where it lives.
 */
@NullMarked
package io.quorate.vertx.member.peer;

import org.jspecify.annotations.NullMarked;
