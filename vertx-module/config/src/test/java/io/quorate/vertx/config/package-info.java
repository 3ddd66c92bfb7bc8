@NullMarked
package io.quorate.vertx.config;

import org.jspecify.annotations.NullMarked;
