/**
 * Commands and other requests with their results, as records with etcd's meaning. Pure values: this
 * package knows nothing else of Quorate, may be used on any thread, and is the one domain model
 * that every face of the product (gRPC, HTTP, service proxies) translates from and to.
 */
@NullMarked
package io.quorate.command;

import org.jspecify.annotations.NullMarked;
