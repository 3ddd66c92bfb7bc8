/** Who somebody is: passwords, tokens and certificates. What they may do is decided in the core. */
@NullMarked
package io.quorate.vertx.member.auth;

import org.jspecify.annotations.NullMarked;
