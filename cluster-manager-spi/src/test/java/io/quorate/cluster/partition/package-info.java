/**
 * Nodes that are processes of their own, and what becomes of the cluster when their links are cut,
 * or they are killed or stopped.
 */
@NullMarked
package io.quorate.cluster.partition;

import org.jspecify.annotations.NullMarked;
