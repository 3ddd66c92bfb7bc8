/**
 * A member in the test's process, a recorder of watch events, and RPC methods in the servers' form.
 */
@NullMarked
package io.quorate.vertx.testing.member;

import org.jspecify.annotations.NullMarked;
