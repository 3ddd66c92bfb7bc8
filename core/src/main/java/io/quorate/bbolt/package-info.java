/**
 * Files of bbolt, the database inside of etcd: written in one go, and read. Knows nothing of what
 * is in them.
 */
@NullMarked
package io.quorate.bbolt;

import org.jspecify.annotations.NullMarked;
