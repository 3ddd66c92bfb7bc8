/** Health checks of a member and of a client, for {@code vertx-health-check}. */
@NullMarked
package io.quorate.vertx.health;

import org.jspecify.annotations.NullMarked;
