@NullMarked
package io.quorate.vertx.health;

import org.jspecify.annotations.NullMarked;
