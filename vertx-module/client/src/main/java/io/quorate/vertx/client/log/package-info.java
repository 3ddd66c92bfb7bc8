/** Logging where Vert.x logs, so that an application configures one place. */
@NullMarked
package io.quorate.vertx.client.log;

import org.jspecify.annotations.NullMarked;
