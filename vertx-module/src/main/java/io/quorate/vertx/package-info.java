/**
 * The public face: {@link io.quorate.vertx.QuorateServer}, its options, and the one place where the
 * parts of a member are put together.
 */
@NullMarked
package io.quorate.vertx;

import org.jspecify.annotations.NullMarked;
