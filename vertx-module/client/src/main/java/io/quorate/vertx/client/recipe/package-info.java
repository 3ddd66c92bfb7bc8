/**
 * What applications coordinate with, made of keys, leases and watches as etcd's recipes are: a key
 * for each that waits, {@code <name>/<lease in hex>-<number>}, in a line by the revision that
 * created it. Each waits for the one before it, so that nobody is woken in vain.
 *
 * <p>A name must not be another's name with a slash and more behind it: their lines would be one.
 */
@NullMarked
package io.quorate.vertx.client.recipe;

import org.jspecify.annotations.NullMarked;
