/** TLS of the commands that are clients of a cluster. */
@NullMarked
package io.quorate.vertx.server.tls;

import org.jspecify.annotations.NullMarked;
