/**
 * Users, roles and permissions, as a part of the replicated state, and the rules of who may do
 * what. No passwords are checked and no tokens issued here.
 */
@NullMarked
package io.quorate.auth;

import org.jspecify.annotations.NullMarked;
