/** Core's log messages, sent to the logging of Vert.x. */
@NullMarked
package io.quorate.vertx.member.log;

import org.jspecify.annotations.NullMarked;
