/**
 * Quorate's Java client: futures and streams over the records of {@code io.quorate.command}.
 * Futures complete on the caller's context.
 */
@NullMarked
package io.quorate.vertx.client;

import org.jspecify.annotations.NullMarked;
