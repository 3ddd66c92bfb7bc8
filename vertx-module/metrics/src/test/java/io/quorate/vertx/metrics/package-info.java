@NullMarked
package io.quorate.vertx.metrics;

import org.jspecify.annotations.NullMarked;
