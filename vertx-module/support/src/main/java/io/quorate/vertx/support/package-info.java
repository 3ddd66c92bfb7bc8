/**
 * What callers of the services and users of the client both need: the demand of a read stream, the
 * time a lease holds, options and requests read from JSON. For Quorate's own artifacts.
 */
@NullMarked
package io.quorate.vertx.support;

import org.jspecify.annotations.NullMarked;
