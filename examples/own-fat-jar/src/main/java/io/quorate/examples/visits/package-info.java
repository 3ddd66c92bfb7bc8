/** An application of its own that is clustered: one class, one jar. */
@NullMarked
package io.quorate.examples.visits;

import org.jspecify.annotations.NullMarked;
