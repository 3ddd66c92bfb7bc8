@NullMarked
package io.quorate.vertx.discovery;

import org.jspecify.annotations.NullMarked;
