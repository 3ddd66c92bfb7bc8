/**
 * TLS for clients and peers alike: files and allowed versions, the content of the files once it was
 * read and checked, and descriptions of failed handshakes.
 */
@NullMarked
package io.quorate.vertx.member.tls;

import org.jspecify.annotations.NullMarked;
