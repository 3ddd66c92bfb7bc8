/** Tokens that are signed, which only the server has. */
@NullMarked
package io.quorate.vertx.server.token;

import org.jspecify.annotations.NullMarked;
