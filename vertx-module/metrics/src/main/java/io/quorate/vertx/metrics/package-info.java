/** A member's figures on the application's own Micrometer registry. */
@NullMarked
package io.quorate.vertx.metrics;

import org.jspecify.annotations.NullMarked;
