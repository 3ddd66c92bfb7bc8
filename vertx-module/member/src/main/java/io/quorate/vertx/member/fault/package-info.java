/** Errors that keep a member from starting, and errors that end a running one. */
@NullMarked
package io.quorate.vertx.member.fault;

import org.jspecify.annotations.NullMarked;
