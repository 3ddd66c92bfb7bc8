/**
 * TLS for clients and peers alike: which files and versions, what the files hold once they are read
 * and checked, and what a handshake that failed means in words.
 */
@NullMarked
package io.quorate.vertx.member.tls;

import org.jspecify.annotations.NullMarked;
