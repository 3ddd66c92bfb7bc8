/** Examples for those who write verticles: one idea and one file each, all of them programs. */
@NullMarked
package io.quorate.examples.vertx;

import org.jspecify.annotations.NullMarked;
