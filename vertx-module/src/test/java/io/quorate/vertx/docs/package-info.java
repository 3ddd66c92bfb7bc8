/** Keeps what documents show true. */
@NullMarked
package io.quorate.vertx.docs;

import org.jspecify.annotations.NullMarked;
