/**
 * Quorate's services on the event bus, for verticles on any clustered Vert.x: the interfaces, their
 * requests and results, and proxies that repeat calls. Callers do not need a member or {@code
 * quorate-client}.
 */
@ModuleGen(name = "quorate", groupPackage = "io.quorate.vertx")
@NullMarked
package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ModuleGen;
import org.jspecify.annotations.NullMarked;
