@NullMarked
package io.quorate.cluster.connection;

import org.jspecify.annotations.NullMarked;
