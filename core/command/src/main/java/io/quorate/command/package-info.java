/**
 * What can be replicated and asked, as records with etcd's meaning, and what comes back. Pure
 * values: this package knows nothing else of Quorate, may be used on any thread, and is the one
 * domain model that every face of the product (gRPC, HTTP, service proxies) translates from and to.
 */
@NullMarked
package io.quorate.command;

import org.jspecify.annotations.NullMarked;
