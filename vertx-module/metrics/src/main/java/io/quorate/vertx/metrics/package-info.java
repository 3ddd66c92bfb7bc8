/** A member's figures on the application's Micrometer registry. */
@NullMarked
package io.quorate.vertx.metrics;

import org.jspecify.annotations.NullMarked;
