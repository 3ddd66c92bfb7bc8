@org.jspecify.annotations.NullUnmarked
package io.quorate.vertx.service;
