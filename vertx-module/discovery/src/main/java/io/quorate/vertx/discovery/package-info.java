/** A backend of {@code vertx-service-discovery} whose records go with their publisher. */
@NullMarked
package io.quorate.vertx.discovery;

import org.jspecify.annotations.NullMarked;
