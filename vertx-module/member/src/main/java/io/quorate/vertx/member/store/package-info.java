/** The store of a member, as its client port uses it. */
@NullMarked
package io.quorate.vertx.member.store;

import org.jspecify.annotations.NullMarked;
