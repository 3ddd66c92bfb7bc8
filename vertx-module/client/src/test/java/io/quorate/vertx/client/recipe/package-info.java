@NullMarked
package io.quorate.vertx.client.recipe;

import org.jspecify.annotations.NullMarked;
