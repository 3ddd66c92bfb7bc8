/** Proxies on loopback that let tests interrupt the network between processes. */
@NullMarked
package io.quorate.vertx.testing.links;

import org.jspecify.annotations.NullMarked;
