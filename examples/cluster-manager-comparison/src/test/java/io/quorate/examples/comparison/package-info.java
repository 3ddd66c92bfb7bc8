@org.jspecify.annotations.NullMarked
package io.quorate.examples.comparison;
