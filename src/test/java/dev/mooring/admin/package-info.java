/** An admin side of a whole server, spoken to over real sockets. */
@NullMarked
package dev.mooring.admin;

import org.jspecify.annotations.NullMarked;
