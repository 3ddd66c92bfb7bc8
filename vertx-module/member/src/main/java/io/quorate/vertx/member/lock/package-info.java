/**
 * What etcd's lock and election services do, made of the requests of a {@link
 * io.quorate.vertx.member.store.MemberStore}. Every object of this package belongs to the event
 * loop that it is used on.
 */
@NullMarked
package io.quorate.vertx.member.lock;

import org.jspecify.annotations.NullMarked;
