/** Ways for a node to come by a store: a replica of its own, the network, a client it was given. */
@NullMarked
package io.quorate.cluster.connection;

import org.jspecify.annotations.NullMarked;
