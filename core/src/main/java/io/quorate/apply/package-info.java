/**
 * Executes the log, as a function from (state, entry) to (state, results, events). Owns the applied
 * index; effects and applied index reach the disk in one transaction or not at all. Apply thread
 * only.
 */
@NullMarked
package io.quorate.apply;

import org.jspecify.annotations.NullMarked;
