/**
 * Nodes in separate processes, and how the cluster behaves when their links are cut, or they are
 * killed or paused.
 */
@NullMarked
package io.quorate.cluster.partition;

import org.jspecify.annotations.NullMarked;
