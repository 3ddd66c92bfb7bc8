/**
 * Configuration changes as a function from configuration to configuration (thesis 4.3). Public so
 * that whoever reads the log can follow who votes.
 */
@NullMarked
package io.quorate.raft.membership;

import org.jspecify.annotations.NullMarked;
