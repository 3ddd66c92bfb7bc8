/**
 * {@link io.quorate.vertx.member.QuorateServer}, a member with its storage, consensus and ports,
 * and what starts, publishes and removes it.
 */
@NullMarked
package io.quorate.vertx.member;

import org.jspecify.annotations.NullMarked;
