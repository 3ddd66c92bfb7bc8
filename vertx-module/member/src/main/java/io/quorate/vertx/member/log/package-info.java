/** Core's log lines, where Vert.x logs. */
@NullMarked
package io.quorate.vertx.member.log;

import org.jspecify.annotations.NullMarked;
