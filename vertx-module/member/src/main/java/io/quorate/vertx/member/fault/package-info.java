/** What keeps a member from starting, and what ends one that runs. */
@NullMarked
package io.quorate.vertx.member.fault;

import org.jspecify.annotations.NullMarked;
