/** Encodings that etcd uses in its files, as far as they are needed here. Knows only bytes. */
@NullMarked
package io.quorate.wire;

import org.jspecify.annotations.NullMarked;
