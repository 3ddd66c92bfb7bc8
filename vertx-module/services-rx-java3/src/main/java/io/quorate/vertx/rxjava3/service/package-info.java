/**
 * The services with RxJava 3: the interfaces, generated, and what makes calling them safe.
 *
 * <p>As everywhere in Vert.x, {@code rxGet} asks when it is subscribed to, each time anew, and
 * {@code get} at once and once.
 */
@NullMarked
package io.quorate.vertx.rxjava3.service;

import org.jspecify.annotations.NullMarked;
