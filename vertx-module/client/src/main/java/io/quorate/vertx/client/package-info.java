/**
 * What a user of Quorate calls: futures and streams over the records of {@code io.quorate.command}.
 * Futures complete on the context of the caller.
 */
@NullMarked
package io.quorate.vertx.client;

import org.jspecify.annotations.NullMarked;
