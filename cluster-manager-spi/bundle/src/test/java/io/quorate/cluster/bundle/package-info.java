@org.jspecify.annotations.NullMarked
package io.quorate.cluster.bundle;
