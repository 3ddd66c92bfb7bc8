@NullMarked
package io.quorate.vertx.http;

import org.jspecify.annotations.NullMarked;
