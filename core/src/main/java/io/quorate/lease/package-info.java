/**
 * The replicated table of leases. Expiry is a command that the leader proposes, never a decision
 * taken here. Apply thread only.
 */
@NullMarked
package io.quorate.lease;

import org.jspecify.annotations.NullMarked;
