/**
 * The command line: flags, environment and configuration file in; one running member out. Only
 * {@link io.quorate.vertx.server.launch.Main} ends the JVM.
 */
@NullMarked
package io.quorate.vertx.server.launch;

import org.jspecify.annotations.NullMarked;
