/** What the guides show, executed. */
@NullMarked
package io.quorate.examples.vertx;

import org.jspecify.annotations.NullMarked;
