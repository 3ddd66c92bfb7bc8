/** What the client's read streams have in common. For the client's own packages. */
@NullMarked
package io.quorate.vertx.client.stream;

import org.jspecify.annotations.NullMarked;
