/**
 * Watchers over the stream of changes: those that have caught up are fed as changes are applied,
 * the others from history. Everything here runs on the apply thread, except reads of history.
 */
@NullMarked
package io.quorate.watch;

import org.jspecify.annotations.NullMarked;
