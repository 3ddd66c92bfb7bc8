/**
 * The ways in which a node reaches the store: its own replica, the network, or a client passed in.
 *
 * <h2>Bootstrap</h2>
 *
 * <p>Without a rule two processes could each bootstrap a cluster, and what is written to one would
 * be missing in the other. {@link io.quorate.cluster.connection.BootstrapPolicy} has the rules. On
 * one host, without any configuration, the members share a range of ports. Only the process that
 * holds the first port may bootstrap, once all other ports have refused a connection or answered
 * that they are searching too. The port is the lock: while it is held no other process may
 * bootstrap, and each member of an existing cluster holds a port that is asked. A port that accepts
 * a connection and does not answer could be a paused member, so the process waits for it, and names
 * it when the join timeout has passed. With seeds, the first seed takes the role of the first port.
 * Behind a DNS name no address is first by configuration, so as many processes as there are to be
 * voters must be present and answer that they are searching.
 *
 * <h2>Who votes</h2>
 *
 * <p>A member joins as a learner. The {@link io.quorate.cluster.connection.VoterBalancer} on the
 * leader promotes learners, so that the number of voters is odd where there are enough members, and
 * removes members that are absent for longer than the hold-down. Of two members one votes: with two
 * voters both would be needed, so a second voter would make the cluster less available, not more. A
 * member that leaves in order has a learner promoted in its place first ({@link
 * io.quorate.cluster.connection.GracefulLeave}). A voter cannot become a learner again, so two
 * voters remain when one of three leaves and there is no learner.
 *
 * <h2>Limits</h2>
 *
 * <p>If the only voter is killed, the learners cannot go on: they may lack acknowledged writes. And
 * the process that bootstraps must be able to ask all members that could exist: a seed list that
 * names no live member, together with a first seed that has lost its data, leads to a second
 * cluster.
 */
@NullMarked
package io.quorate.cluster.connection;

import org.jspecify.annotations.NullMarked;
