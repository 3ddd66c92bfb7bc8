/**
 * What can be configured. {@link io.quorate.cluster.options.ClusterOptions} is the table:
 * everything about an option is in its row. {@link
 * io.quorate.cluster.options.QuorateClusterOptions} has the values, {@link
 * io.quorate.cluster.options.OptionSources} reads them from outside.
 */
@NullMarked
package io.quorate.cluster.options;

import org.jspecify.annotations.NullMarked;
