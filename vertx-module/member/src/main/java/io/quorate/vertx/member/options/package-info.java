/**
 * A member's options under etcd's names, with their flags. The command line, the environment, the
 * configuration file and a verticle's configuration all use them.
 */
@NullMarked
package io.quorate.vertx.member.options;

import org.jspecify.annotations.NullMarked;
