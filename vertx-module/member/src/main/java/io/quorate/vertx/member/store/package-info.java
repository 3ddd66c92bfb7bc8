/** The store as a member shows it to those who serve clients. */
@NullMarked
package io.quorate.vertx.member.store;

import org.jspecify.annotations.NullMarked;
