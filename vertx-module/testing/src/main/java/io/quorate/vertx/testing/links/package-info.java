/** Ports on loopback that stand before others, so that the ways between processes can be broken. */
@NullMarked
package io.quorate.vertx.testing.links;

import org.jspecify.annotations.NullMarked;
