/**
 * Arithmetic of majorities, single and joint: values in, values out. Knows nothing of Raft's roles
 * and keeps nothing.
 */
@NullMarked
package io.quorate.raft.quorum;

import org.jspecify.annotations.NullMarked;
