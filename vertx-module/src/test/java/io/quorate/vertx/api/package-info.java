@NullMarked
package io.quorate.vertx.api;

import org.jspecify.annotations.NullMarked;
