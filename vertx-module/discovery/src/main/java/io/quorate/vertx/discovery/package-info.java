/**
 * A backend of {@code vertx-service-discovery} whose records are removed when their publisher ends.
 */
@NullMarked
package io.quorate.vertx.discovery;

import org.jspecify.annotations.NullMarked;
