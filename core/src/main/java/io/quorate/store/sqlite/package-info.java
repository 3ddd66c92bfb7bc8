/** The stores on SQLite, the only package that knows SQL. Blocking; one writer a database. */
@NullMarked
package io.quorate.store.sqlite;

import org.jspecify.annotations.NullMarked;
