/**
 * A member's options as etcd names them: the table of the flags, and what becomes of each. The
 * command line, the environment, the configuration file and a verticle's configuration all read it.
 */
@NullMarked
package io.quorate.vertx.member.options;

import org.jspecify.annotations.NullMarked;
