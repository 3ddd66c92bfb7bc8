/** Quorate's services on the event bus, for verticles on any clustered Vert.x. */
@NullMarked
package io.quorate.vertx.service;

import org.jspecify.annotations.NullMarked;
