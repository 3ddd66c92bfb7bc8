/** A member in the process of a test, what a client heard, and RPCs as a server takes them. */
@NullMarked
package io.quorate.vertx.testing.member;

import org.jspecify.annotations.NullMarked;
