/** Members as processes, with real sockets and disks, and what a user has at hand against them. */
@NullMarked
package io.quorate.vertx.server.process;

import org.jspecify.annotations.NullMarked;
