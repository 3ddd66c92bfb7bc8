/** Test tools that do not depend on Quorate. */
@NullMarked
package io.quorate.vertx.testing;

import org.jspecify.annotations.NullMarked;
