/**
 * Records to bytes and back, for the log and the peer bus: versioned, and refusing what it does not
 * know. Pure functions, any thread.
 */
@NullMarked
package io.quorate.codec;

import org.jspecify.annotations.NullMarked;
