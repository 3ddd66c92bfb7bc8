/** Logging through the framework that Vert.x uses, so that an application configures one place. */
@NullMarked
package io.quorate.vertx.client.log;

import org.jspecify.annotations.NullMarked;
