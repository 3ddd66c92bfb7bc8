/**
 * Ways for a node to come by a store: a replica of its own, the network, a client it was given.
 *
 * <h2>How a cluster begins</h2>
 *
 * <p>Where nobody has said who begins, two could, and what is written to the one would be missing
 * in the other. {@link io.quorate.cluster.connection.Founding} has the rules. On one host, without
 * any configuration: members share a range of ports, and only the process that holds the first one
 * may begin, once all other ports have refused a connection or answered that they look for a
 * cluster, too. The port is the lock: while it is held nobody else may begin, and each member of a
 * cluster that was begun before holds a port that is asked. A port that accepts a connection and
 * does not answer could be a member that is paused, so it is waited for, and named when time is
 * over. With seeds, the first of the list has the part of the first port; behind a DNS name, where
 * nobody is first by configuration, as many as are to vote have to be there and to agree.
 *
 * <h2>Who votes</h2>
 *
 * <p>Whoever joins learns at first. The {@link io.quorate.cluster.connection.Caretaker} beside the
 * leader gives votes, to odd numbers of members as far as there are enough, and takes them from
 * those that are away for longer than the hold-down. Of two members one votes: two voters would
 * both be needed, so a second one would make the cluster less available, not more. Who leaves
 * without being killed hands its vote over before it goes ({@link
 * io.quorate.cluster.connection.Departure}); since a vote cannot be given back, two voters remain
 * when one of three leaves and nobody learns.
 *
 * <h2>What this does not do</h2>
 *
 * <p>If the only voter is killed, those that learn cannot go on: what they have may not be all that
 * was acknowledged. And whoever begins must see all that could be there: a seed list that names
 * none of the living members, together with a first seed that has lost everything, makes a second
 * cluster.
 */
@NullMarked
package io.quorate.cluster.connection;

import org.jspecify.annotations.NullMarked;
