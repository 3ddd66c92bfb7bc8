/**
 * The services for RxJava 3: the generated interfaces, and wrappers that repeat calls.
 *
 * <p>As usual in Vert.x, {@code rxGet} sends a request for each subscription, and {@code get} sends
 * one at once.
 */
@NullMarked
package io.quorate.vertx.rxjava3.service;

import org.jspecify.annotations.NullMarked;
