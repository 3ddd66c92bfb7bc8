/** Where core's log lines go. */
@NullMarked
package io.quorate.log;

import org.jspecify.annotations.NullMarked;
