/**
 * The public face: {@link io.quorate.vertx.member.QuorateServer}, its options, and the one place
 * where the parts of a member are put together.
 */
@NullMarked
package io.quorate.vertx.member;

import org.jspecify.annotations.NullMarked;
