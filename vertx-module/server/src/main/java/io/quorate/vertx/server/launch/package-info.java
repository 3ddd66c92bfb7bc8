/**
 * The command line: reads flags, environment and configuration file, and runs a member. Only {@link
 * io.quorate.vertx.server.launch.Main} ends the JVM.
 */
@NullMarked
package io.quorate.vertx.server.launch;

import org.jspecify.annotations.NullMarked;
