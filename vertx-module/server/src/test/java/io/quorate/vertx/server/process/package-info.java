/** Tests with members as processes, with real sockets and disks, and with etcdctl. */
@NullMarked
package io.quorate.vertx.server.process;

import org.jspecify.annotations.NullMarked;
