@NullMarked
package io.quorate.vertx.support;

import org.jspecify.annotations.NullMarked;
