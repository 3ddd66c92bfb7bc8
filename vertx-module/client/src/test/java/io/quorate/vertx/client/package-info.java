@NullMarked
package io.quorate.vertx.client;

import org.jspecify.annotations.NullMarked;
