@NullMarked
package io.quorate.vertx.client.api;

import org.jspecify.annotations.NullMarked;
