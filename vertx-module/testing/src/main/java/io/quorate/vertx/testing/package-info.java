/** What tests have at hand that knows nothing of Quorate. */
@NullMarked
package io.quorate.vertx.testing;

import org.jspecify.annotations.NullMarked;
