@NullMarked
package io.quorate.vertx.tls;

import org.jspecify.annotations.NullMarked;
