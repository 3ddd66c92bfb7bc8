/**
 * Quorate's services on the event bus, for verticles on any clustered Vert.x: the interfaces, what
 * they take and give, and what makes calling them safe. Who calls needs no member.
 */
@ModuleGen(name = "quorate", groupPackage = "io.quorate.vertx")
@NullMarked
package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ModuleGen;
import org.jspecify.annotations.NullMarked;
